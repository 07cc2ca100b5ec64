package cli

import (
	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) lint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint [PLAN...]",
		Short: "Tell all that is wrong in plans, each with its place",
		Long: `Lint reads plans and tells all that is wrong with them, with file, line and column.
Without arguments it reads all plans of the workspace. It looks at nothing else.
The exit code is 2 when there is an error, else 0: warnings and suggestions are told only.`,
		ValidArgsFunction: planFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			style := c.style(c.Stdout)
			res, err := a.Lint(app.LintRequest{Plans: args, Source: style.Source && c.output == "text"})
			if err != nil {
				return err
			}
			return c.linted(res, style)
		},
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// linted writes what lint found, and ends with its exit code.
func (c *command) linted(res app.Checked, style view.Options) error {
	var err error
	if c.output == "json" {
		err = c.json(view.LintJSON(res.Diags, res.Plans, res.Exit()))
	} else {
		err = view.Lint(c.Stdout, res.Diags, res.Sources, res.Plans, style)
	}
	if err != nil {
		return err
	}
	return exit(res.Exit())
}
