package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/view"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

func (c *command) show() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show all that is known of a task, a plan or a decision",
		Long: `Show tells what a task, a plan or a decision is and how it stands, what it needs and what needs it, its steps, its text
and its findings, and what the last run here made of it. It looks at nothing but files, and asks
the state hub, where you have a token for it, about needs that are in none of the plans.
The id may be a short one where only one plan of the workspace has it.`,
		Example: `  wpctl show SHOP-WP-0002-T04
  wpctl show D-01 -o yaml`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completeIDs,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		shown, seen, err := a.Show(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		c.warn(seen.All())
		if c.output == "text" {
			return seenAll(seen, view.Show(c.Stdout, shown, c.style(c.Stdout)))
		}
		doc, err := view.ShownJSON(shown)
		if err != nil {
			return err
		}
		return seenAll(seen, view.Document(c.Stdout, doc, c.output))
	}
	c.documentFlag(cmd, "text")
	return cmd
}

// completeIDs offers the ids of the workspace.
func (c *command) completeIDs(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.offer(cmd, func(n workspace.Node) []string {
		if n.ID() == "" {
			return nil
		}
		return []string{view.Safe(n.ID()) + "\t" + view.Safe(n.Title())}
	})
}

// completePlans completes plans: by id, or else as files.
func (c *command) completePlans(cmd *cobra.Command, given []string, word string) ([]string, cobra.ShellCompDirective) {
	out, _ := c.offer(cmd, func(n workspace.Node) []string {
		if n.What() != "plan" || n.ID() == "" || !strings.HasPrefix(n.ID(), word) || slices.Contains(given, n.ID()) {
			return nil
		}
		return []string{view.Safe(n.ID()) + "\t" + view.Safe(n.Title())}
	})
	if len(out) == 0 {
		return []string{"md"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// offer completes with what stands in the plans of the workspace.
func (c *command) offer(cmd *cobra.Command, words func(workspace.Node) []string) ([]string, cobra.ShellCompDirective) {
	a, err := c.app(cmd)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	defer a.Close()
	w, _, err := a.Workspace(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []string
	for _, p := range w.Plans {
		for n := range p.Nodes() {
			out = append(out, words(n)...)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
