// Package cli turns arguments into requests of app, and results into views and exit codes; one file for each command.
// It decides nothing about plans, and it is the only place that knows flags.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// Program is the outside of one call of wpctl. All fields are required.
type Program struct {
	Args    []string // without the program's name
	Stdin   *os.File
	Stdout  *os.File
	Stderr  *os.File
	Getenv  func(string) string
	Version Version
	// New wires an app for the settings that the flags gave.
	New func(Settings) (*app.App, error)
}

// Settings are what the flags say that concerns every command.
type Settings struct {
	Flags      map[string]string // of the configuration, by name
	PolicyFrom string            // a git revision whose configuration grants, too
	Kubeconfig string
	Overrides  *clientcmd.ConfigOverrides
	LogLevel   string
	LogFormat  string
	Stderr     io.Writer
}

// Main runs the command that the arguments name and returns the exit code.
// When ctx ends the command ends as soon as what it started has ended, and the code is the one of the command.
func (p Program) Main(ctx context.Context) int {
	c := &command{Program: p, overrides: &clientcmd.ConfigOverrides{}, flags: map[string]string{}}
	root := c.root()
	root.SetArgs(p.Args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	if err := noSuchCommand(root, p.Args); err != nil {
		return c.end(err)
	}
	err := root.ExecuteContext(ctx)
	if err != nil && strings.HasPrefix(err.Error(), "unknown command ") {
		err = unknownCommand(root, p.Args, err)
	}
	if signal, ok := errors.AsType[*Signal](context.Cause(ctx)); ok && errors.Is(err, context.Canceled) {
		err = &exitError{signal.Exit, errors.New("interrupted")}
	}
	return c.end(err)
}

// command is one call with its flags.
type command struct {
	Program
	color      string
	output     string
	quiet      bool
	plain      bool
	noInput    bool
	logLevel   string
	logFormat  string
	kubeconfig string
	overrides  *clientcmd.ConfigOverrides
	flags      map[string]string
	policyFrom string
	untrusted  bool
	typed      *bufio.Reader // what a person types
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "wpctl",
		Short: "Prove the tasks of a workplan, and write what was proven back into it",
		Long: `wpctl reads workplans: markdown files with task blocks and verify steps.
It runs the steps along the graph of the tasks, against the cluster and everything around it,
and writes status and findings back into the same file, without touching another byte.`,
		SilenceErrors: true, SilenceUsage: true, DisableSuggestions: true,
		Version: c.Version.Version,
	}
	root.SetVersionTemplate("wpctl {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetFlagErrorFunc(wordFlag)
	root.Flags().Bool("version", false, "show the version") // without cobra's -v, which is kubectl's verbosity
	f := root.PersistentFlags()
	f.StringVar(&c.color, "color", "auto", "colours: auto, always or never")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "no progress on stderr")
	f.BoolVar(&c.plain, "plain", false, "progress as lines, also on a terminal")
	f.BoolVar(&c.noInput, "no-input", false, "never ask")
	f.StringVar(&c.logLevel, "log-level", "", "trace, debug, info, warn or error (default warn; also WPCTL_LOG)")
	f.StringVar(&c.logFormat, "log-format", "text", "text or json")
	f.StringSlice("grant-run", nil, "kinds of step that may run code or change something without being asked, or *")
	f.StringSlice("grant-env", nil, "environment names that plans may read; a * at the end stands for any rest")
	f.StringArray("grant-credential", nil, "NAME=HOST,HOST: hosts that a credential may go to")
	c.addGroups(root)
	root.AddCommand(c.gen(), exitCodes(), environment())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, sub := range root.Commands() {
		if sub.Name() == "help" { // cobra ends with 0 for a topic that is not there
			sub.Run, sub.RunE = nil, help
		}
	}
	c.completeFlags(root)
	wordArgs(root)
	return root
}

// addGroups adds the commands, by what they are for.
func (c *command) addGroups(root *cobra.Command) {
	for _, g := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Prove:", []*cobra.Command{c.run(), c.verify(), c.plan(), c.lint(), c.log()}},
		{"See what there is:", []*cobra.Command{c.list(), c.ready(), c.blocked(), c.show(), c.graph(), c.check(), c.watch()}},
		{"Write plans:", []*cobra.Command{c.init(), c.new(), c.add(), c.set(), c.decide(), c.fmt(), c.mv()}},
		{"Agree:", []*cobra.Command{c.trust(), c.approve()}},
		{"Share:", []*cobra.Command{c.sync(), c.hub()}},
		{"Find out how:", []*cobra.Command{c.doctor(), c.explain(), c.schema(), c.config(), c.version()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, sub := range g.commands {
			sub.GroupID = g.title
			root.AddCommand(sub)
		}
		root.SetHelpCommandGroupID(g.title) // the last one
		root.SetCompletionCommandGroupID(g.title)
	}
}

// app wires the app with the flags of cmd.
func (c *command) app(cmd *cobra.Command) (*app.App, error) {
	switch c.color {
	case "auto", "always", "never":
	default:
		return nil, fmt.Errorf("--color is auto, always or never, not %q", c.color)
	}
	if t := c.overrides.Timeout; t != "" {
		if _, err := clientcmd.ParseTimeout(t); err != nil {
			return nil, fmt.Errorf("--request-timeout is a time such as 30s or 2m, not %q", t)
		}
	}
	for name := range config.Flags() {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			c.flags[name] = flagText(f)
		}
	}
	a, err := c.New(Settings{
		Flags: c.flags, PolicyFrom: c.policyFrom, Kubeconfig: c.kubeconfig, Overrides: c.overrides,
		LogLevel: c.logLevel, LogFormat: c.logFormat, Stderr: c.Stderr,
	})
	if err != nil {
		return nil, err
	}
	if err := knownKinds(a, c.flags["grant-run"]); err != nil {
		a.Close()
		return nil, err
	}
	if !c.quiet {
		if err := view.Diagnostics(c.Stderr, a.ConfigDiags, nil, c.style(c.Stderr)); err != nil {
			a.Close()
			return nil, err
		}
	}
	c.distrust(cmd, a)
	return a, nil
}

// knownKinds finds a kind in a list that is not there: a grant for it would silently do nothing.
func knownKinds(a *app.App, list string) error {
	for _, name := range strings.Split(list, ",") {
		if _, ok := a.Kinds.Kind(name); ok || name == "" || name == app.FromGrant || strings.HasSuffix(name, "*") {
			continue
		}
		return fmt.Errorf("--grant-run: no kind of step %q; %s", name, diag.OneOf(name, a.Kinds.Names()))
	}
	return nil
}

// flagText is a flag's value as the configuration takes it.
func flagText(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		sep := ","
		if f.Value.Type() == "stringArray" {
			sep = ";"
		}
		return strings.Join(list.GetSlice(), sep)
	}
	return f.Value.String()
}

// style says how text looks on a stream.
func (c *command) style(f *os.File) view.Options { return view.Terminal(f, c.color, c.Getenv) }

// outputFlag adds -o with the formats of a command.
func (c *command) outputFlag(cmd *cobra.Command, formats ...string) {
	cmd.Flags().StringVarP(&c.output, "output", "o", formats[0], "output: "+strings.Join(formats, ", "))
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.defaultOutput(cmd, formats[0])
		for _, f := range formats {
			if c.output == f {
				return run(cmd, args)
			}
		}
		return fmt.Errorf("no output %q for this command; there are %s", c.output, strings.Join(formats, ", "))
	}
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// defaultOutput sets the output of the command that runs: all commands share the variable.
func (c *command) defaultOutput(cmd *cobra.Command, format string) {
	if !cmd.Flags().Changed("output") {
		c.output = format
	}
}

// kubeFlags adds the flags that kubectl has, for commands that talk to a cluster.
// --cluster is left out, since a plan's cluster: is a name of another kind; so are the flags that would put a
// secret into the process list.
func (c *command) kubeFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.kubeconfig, "kubeconfig", "", "path of the kubeconfig file")
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.ClusterOverrideFlags = clientcmd.RecommendedClusterOverrideFlags("")
	names.ContextOverrideFlags.ClusterName = clientcmd.FlagInfo{}
	names.ContextOverrideFlags.Namespace.ShortName = "n"
	names.AuthOverrideFlags.Token = clientcmd.FlagInfo{}
	names.AuthOverrideFlags.Password = clientcmd.FlagInfo{}
	names.AuthOverrideFlags.Username = clientcmd.FlagInfo{}
	clientcmd.BindOverrideFlags(c.overrides, f, names)
	for name, usage := range kubeUsage {
		f.Lookup(name).Usage = usage
	}
}

// kubeUsage says what kubectl's flags mean, in the words of the others.
var kubeUsage = map[string]string{
	"as":                       "act as this user",
	"as-group":                 "act as a member of this group; as often as you like",
	"as-uid":                   "act as the user with this UID",
	"certificate-authority":    "certificates that vouch for the API server: a file",
	"client-certificate":       "certificate that says who you are: a file",
	"client-key":               "key of that certificate: a file",
	"context":                  "context of the kubeconfig",
	"disable-compression":      "ask the API server for answers that are not compressed",
	"insecure-skip-tls-verify": "do not check the API server's certificate: whoever is in between can read and change everything",
	"namespace":                "namespace of steps that name none",
	"proxy-url":                "proxy to the API server",
	"request-timeout":          "longest time for one request to the API server, such as 30s; 0: no limit",
	"server":                   "address of the API server",
	"tls-server-name":          "name that the API server's certificate has to be for, when not the one in its address",
	"user":                     "user of the kubeconfig",
}
