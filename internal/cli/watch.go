package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) watch() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch [PLAN...]",
		Short: "Lint and plan again whenever a plan is saved",
		Long: `Watch tells, for each save of a plan, what changed in it: statuses, what is ready or blocked, steps, decisions, and all
that is wrong. It looks at the files alone, and never runs a step. Without arguments it watches all plans of the
workspace, those of companion repositories and new ones too, and tells what a save changes for tasks of other plans.
The configuration is read once, at the start. It ends with Ctrl-C.`,
		Example: `  wpctl watch
  wpctl watch workplans/APP-WP-0001.md`,
		ValidArgsFunction: c.completePlans,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		begun := func(plans int, seen app.Seen) {
			c.warn(seen.All())
			if !c.quiet {
				word := "plans"
				if plans == 1 {
					word = "plan"
				}
				fmt.Fprintf(c.Stderr, "watching %d %s; Ctrl-C ends it\n", plans, word)
			}
		}
		err = a.Watch(cmd.Context(), args, begun, func(s app.Saved) error {
			if c.output == "json" {
				return c.json(view.SavedJSON(s))
			}
			return view.Saved(c.Stdout, s, c.style(c.Stdout))
		})
		var signal *Signal
		if err == nil && errors.As(context.Cause(cmd.Context()), &signal) {
			return exit(signal.Exit)
		}
		return err
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}
