package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
	"github.com/spf13/cobra"
)

func (c *command) add() *cobra.Command {
	var req app.AddRequest
	var write bool
	var selector string
	cmd := &cobra.Command{
		Use:   "add KIND TARGET [FIELD=VALUE...]",
		Short: "Make a step of what is there today",
		Long: `Add looks at TARGET and makes a step that expects what it sees: what is seen now becomes what is expected.
Only what lasts is expected: no times, no generated names, no addresses that are handed out, and nothing that looks like
a secret. The step is tried before it is written, so that it holds when the plan is run.

It is shown as a difference first. At a terminal you are asked whether to write it; elsewhere --yes writes it.
It goes to the end of the steps of a task: --task names it, and may be left out where --plan has one task only.

TARGET is what the kind looks at: KIND/NAME as kubectl takes it for k8s, or KIND with -l for a set; a URL for http, a
reference for image, a name for dns, host:port for tls and tcp, a path for file, a release for helm, a commit, tag or branch
for git; for postgres host:port, namespace/name of a Service, or the NAME of the environment that has the URL.
FIELD=VALUE sets other fields of the kind, see "wpctl explain KIND": they are taken as they are given, and what is seen is
added to them.

It ends with 1 where what it sees is nothing to expect, such as an object that is not there or a server's fault, and with
3 where it could not look.`,
		Example: `  wpctl add k8s deployment/web -n web --task APP-WP-0001-T03
  wpctl add http https://web.example/health --task T03 --plan APP-WP-0001
  wpctl add k8s pods -l app=web -n web --task APP-WP-0001-T03
  wpctl add postgres db.example:5432 user=web passwordEnv=PGPASSWORD database=web --task APP-WP-0001-T02
  wpctl add image registry.example/org/web:1.4.2 --task APP-WP-0001-T03 --yes
  wpctl add dns web.example type=MX server=authoritative --task APP-WP-0001-T04`,
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: c.completeAdd,
	}
	f := cmd.Flags()
	f.StringVar(&req.Task, "task", "", "the task: a full id, a short one with --plan, or a plan's id for its own steps")
	f.StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	f.StringVar(&req.Name, "name", "", "what the step proves, in a few words")
	f.StringVar(&req.Cluster, "cluster", "", "the name that the configuration gives a cluster; it is written with the step")
	f.StringVarP(&selector, "selector", "l", "", "labels of a set of objects, for k8s")
	f.BoolVarP(&write, "yes", "y", false, "write it without being asked")
	f.BoolVar(&req.DryRun, "dry-run", false, "show the change and write nothing")
	c.kubeFlags(cmd)
	f.Lookup("namespace").Usage = "namespace of the object; it is written with the step"
	cmd.MarkFlagsMutuallyExclusive("yes", "dry-run")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "task", "plan", "name", "cluster", "namespace", "selector"); err != nil {
			return err
		}
		req.Kind, req.Target = args[0], args[1]
		var err error
		if req.Values, err = fieldValues(args[2:]); err != nil {
			return err
		}
		namespace := c.overrides.Context.Namespace
		c.overrides.Context.Namespace = "" // it stands in the step
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		more, err := flagValues(req.Kind, selector, namespace)
		if err != nil {
			return cmp.Or(a.CanAdd(req.Kind), err)
		}
		req.Values = append(req.Values, more...)
		return c.adds(cmd, a, req, write)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// fieldValues are the fields that are given as FIELD=VALUE.
func fieldValues(args []string) (out []app.KeyValue, err error) {
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is not FIELD=VALUE", arg)
		}
		out = append(out, app.KeyValue{Key: key, Value: value})
	}
	return out, nil
}

// flagValues are the fields that flags stand for.
func flagValues(kind, selector, namespace string) (out []app.KeyValue, err error) {
	if selector != "" {
		if kind != "k8s" {
			return nil, fmt.Errorf("--selector is for k8s, and %s looks at no set of objects", kind)
		}
		out = append(out, app.KeyValue{Key: "selector", Value: selector})
	}
	if namespace != "" {
		if kind != "k8s" && kind != "helm" {
			return nil, fmt.Errorf("--namespace is for k8s and helm, and %s looks at nothing in one", kind)
		}
		out = append(out, app.KeyValue{Key: "namespace", Value: namespace})
	}
	return out, nil
}

// adds shows what a step would change, and writes it where somebody says so.
func (c *command) adds(cmd *cobra.Command, a *app.App, req app.AddRequest, write bool) error {
	ask := c.asksToAdd(req, write)
	dry := req.DryRun || !write
	req.DryRun = dry
	res, err := a.Add(cmd.Context(), req)
	c.warn(res.Notes)
	if failed, ok := errors.AsType[*app.NotAdded](err); ok {
		return &exitError{failed.Exit, failed.Err}
	}
	if err != nil {
		return err
	}
	files := []app.Edited{res.Edited}
	if c.output == "json" {
		return c.json(view.EditedJSON("Add", files, dry))
	}
	if err := view.Edited(c.Stdout, files, true, c.style(c.Stdout)); err != nil {
		return err
	}
	if ask {
		answer, _ := c.ask(cmd.Context(), "Write it? y or n: ")
		if err := broken(cmd.Context()); err != nil {
			return err
		}
		if yes(answer) {
			dry = false
			if err := res.Write(); err != nil {
				return err
			}
		}
	}
	if dry {
		fmt.Fprintln(c.Stderr, "holds now: "+view.Safe(res.Saw)+"; nothing is written, --yes writes it")
		return nil
	}
	_, err = fmt.Fprintf(c.Stdout, "%s: a step of the kind %s: %s\n", view.Safe(res.ID), view.Safe(req.Kind), view.Safe(res.Saw))
	return err
}

// asksToAdd tells whether there is a person to ask.
func (c *command) asksToAdd(req app.AddRequest, write bool) bool {
	return !write && !req.DryRun && c.output != "json" && c.person()
}

// completeAdd completes a kind whose steps can be made of what is seen.
func (c *command) completeAdd(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	a, err := c.app(cmd)
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer a.Close()
	return a.Addable(), cobra.ShellCompDirectiveNoFileComp
}
