package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) approve() *cobra.Command {
	var req app.ApproveRequest
	cmd := &cobra.Command{
		Use:   "approve TASK",
		Short: "Sign that a manual step holds",
		Long: `Approve keeps your word that a manual step holds, signed with your key, which is made on first use.
It is bound to the step as it is written now: when the step changes, it asks again.
TASK is a full id, or a short one with --plan, or where only one plan of the workspace has it. For a plan's own
steps it is the plan's id.`,
		Example: `  wpctl approve APP-WP-0001-T07 --step login --note "logged in as the operator"`,
		Args:    cobra.ExactArgs(1),
	}
	f := cmd.Flags()
	f.StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	f.StringVar(&req.Step, "step", "", "the step's name, or a part of it; not needed where the task has one manual step")
	f.StringVar(&req.By, "by", "", "your name (default: user.name of git, else the user)")
	f.StringVar(&req.Note, "note", "", "a remark")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req.Task = args[0]
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		res, err := a.Approve(cmd.Context(), req)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.Stdout, "%s: %q signed by %s\n", view.Safe(res.Task), view.Safe(res.Step), view.Safe(res.By))
		return err
	}
	return cmd
}
