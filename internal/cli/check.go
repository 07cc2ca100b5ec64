package cli

import (
	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

func (c *command) check() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell all that is wrong in the whole workspace, companion repositories included",
		Long: `Check is lint for all plans of this repository and of the companion repositories that are checked out beside it.
Across them it tells of ids that stand twice, needs and aliases that lead nowhere, and needs that lead back to where they
start. The exit code is 2 when there is an error, 3 when a plan or a repository that is there could not be read, else 0.`,
		Args: cobra.NoArgs,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		style := c.style(c.Stdout)
		res, warnings, err := a.Check(cmd.Context(), app.LintRequest{Source: style.Source})
		if err != nil {
			return err
		}
		c.warn(warnings)
		return c.linted(res, style)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}
