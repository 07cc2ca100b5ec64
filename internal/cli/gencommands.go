package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// genCommands writes a page for a command and each below it, in the shape that cobra's own package for documents gives
// them: that one would bring a markdown renderer into the program, which costs each start its preparation.
func genCommands(c *cobra.Command, folder string) error {
	var out strings.Builder
	genCommand(&out, c)
	if err := os.WriteFile(filepath.Join(folder, pageOf(c)), []byte(out.String()), 0o644); err != nil {
		return err
	}
	for _, sub := range shown(c) {
		if err := genCommands(sub, folder); err != nil {
			return err
		}
	}
	return nil
}

func genCommand(w io.Writer, c *cobra.Command) {
	c.InitDefaultHelpFlag()
	fmt.Fprintf(w, "## %s\n\n%s\n\n", c.CommandPath(), c.Short)
	if c.Long != "" {
		fmt.Fprintf(w, "### Synopsis\n\n%s\n\n", strings.ReplaceAll(c.Long, "<!--", `\<!--`))
	}
	if c.Runnable() {
		fmt.Fprintf(w, "```\n%s\n```\n\n", c.UseLine())
	}
	if c.Example != "" {
		fmt.Fprintf(w, "### Examples\n\n```\n%s\n```\n\n", c.Example)
	}
	genFlags(w, "Options", c.NonInheritedFlags())
	genFlags(w, "Options inherited from parent commands", c.InheritedFlags())
	related := shown(c)
	if !c.HasParent() && len(related) == 0 {
		return
	}
	fmt.Fprint(w, "### SEE ALSO\n\n")
	if c.HasParent() {
		related = append([]*cobra.Command{c.Parent()}, related...)
	}
	for _, r := range related {
		fmt.Fprintf(w, "* [%s](%s)\t - %s\n", r.CommandPath(), pageOf(r), r.Short)
	}
	fmt.Fprintln(w)
}

func genFlags(w io.Writer, title string, flags *pflag.FlagSet) {
	if flags.HasAvailableFlags() {
		fmt.Fprintf(w, "### %s\n\n```\n%s```\n\n", title, flags.FlagUsages())
	}
}

// shown returns the commands below c that have a page, by name.
func shown(c *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			out = append(out, sub)
		}
	}
	return out
}

// pageOf is the file of a command's page.
func pageOf(c *cobra.Command) string {
	return strings.ReplaceAll(c.CommandPath(), " ", "_") + ".md"
}
