package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) trust() *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:   "trust PLAN...",
		Short: "Agree to the steps of plans that run code or change something",
		Long: `Trust shows the steps of plans that run code or change something, and keeps that you agree to exactly these.
A change of any of them, or of where it runs, asks again, and says which changed; a change of prose or of other steps does not.`,
		Args:              c.somePlans,
		ValidArgsFunction: c.completePlans,
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			if remove {
				if err := a.Untrust(cmd.Context(), args); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.Stdout, "no longer trusted: %s\n", view.Safe(strings.Join(args, ", ")))
				return err
			}
			steps, err := a.Trust(cmd.Context(), args)
			if err != nil {
				return err
			}
			c.tellSteps(c.Stdout, steps)
			_, err = fmt.Fprintf(c.Stdout, "trusted: %s\n", app.Risky(len(steps)))
			return err
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "take it back")
	return cmd
}
