package cli

import (
	"bytes"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) plan() *cobra.Command {
	var rights rightsFlags
	cmd := &cobra.Command{
		Use:   "plan PLAN...",
		Short: "Show what a run would do: order, needs, what is ready, and every check",
		Long: `Plan reads plans and shows the order of their tasks, what each needs, what is ready or blocked,
and what each step would look at. It touches nothing but the files, and asks the state hub, where you have a token for
it, about needs that are in none of the plans.
Steps that run code or change something are marked with an exclamation mark.

With --rbac it prints the least rights in clusters with which the steps come to their verdicts: what is looked up to
explain a failure, or to wait without asking again and again, is used where it is allowed as well. The clusters are
asked how they call their resources; where one does not answer, those of Kubernetes itself are named by convention.`,
		Args:              c.somePlans,
		ValidArgsFunction: c.completePlans,
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			if rights.rbac {
				return c.rights(cmd, a, args, rights)
			}
			if err := rights.without(cmd); err != nil {
				return err
			}
			plans, err := a.Plan(cmd.Context(), args)
			if err != nil {
				return err
			}
			if c.output == "json" {
				return c.json(view.PlanJSON(plans))
			}
			return view.Plan(c.Stdout, plans, c.style(c.Stdout))
		},
	}
	rights.add(c, cmd)
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// json writes a view's JSON, with one line's end behind it.
func (c *command) json(out []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = c.Stdout.Write(append(bytes.TrimRight(safe.JSON(out), "\n"), '\n'))
	return err
}
