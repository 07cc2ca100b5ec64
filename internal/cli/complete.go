package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/view"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// completeFlags completes the flags that name plans and tasks, of a command and all below it.
func (c *command) completeFlags(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		c.completeFlags(sub)
	}
	if cmd.Flags().Lookup("plan") != nil {
		_ = cmd.RegisterFlagCompletionFunc("plan", func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return c.completePlans(cmd, nil, word)
		})
	}
	if cmd.Flags().Lookup("task") != nil {
		_ = cmd.RegisterFlagCompletionFunc("task", c.completeTasks)
	}
}

// completeTasks completes tasks: those of the plans that are named by their ids, or else all.
func (c *command) completeTasks(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if f := cmd.Flags().Lookup("plan"); f != nil && f.Value.String() != "" {
		args = append(slices.Clone(args), f.Value.String())
	}
	var all, of []string
	_, directive := c.offer(cmd, func(n workspace.Node) []string {
		if n.Task == nil || n.ID() == "" {
			return nil
		}
		one := view.Safe(n.ID()) + "\t" + view.Safe(n.Title())
		if all = append(all, one); slices.ContainsFunc(args, func(arg string) bool { return arg == n.Plan.ID || strings.TrimPrefix(arg, "./") == n.Plan.File }) {
			of = append(of, one)
		}
		return nil
	})
	if len(of) > 0 {
		return of, directive
	}
	return all, directive
}
