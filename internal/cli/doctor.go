package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) doctor() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [PLAN...]",
		Short: "Look at all that wpctl works with here, and tell what to do where something is missing",
		Long: `Doctor looks at the configuration, the repository, the folder of wpctl's state, the plans, what nobody has agreed to yet,
the programs that steps call, and the clusters that they look at: whether each is known, answers and knows you, whether
its clock is that of this machine, and whether it allows all that the steps need (see wpctl plan --rbac).
It tells what this machine lacks, too. For all that is not fine it says what to do.

It stores nothing in a cluster and runs no command of a plan. Without arguments it is about all plans of the workspace.
Notes do not change the exit code: 1 is a problem, 2 a mistake in the configuration or a plan, 3 what could not be found
out, 4 credentials that are not accepted.`,
		Example: `  wpctl doctor
  wpctl doctor workplans/APP-WP-0001.md --context staging
  wpctl doctor -o json`,
		ValidArgsFunction: c.completePlans,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := c.app(cmd)
		var invalid *app.Invalid
		if errors.As(err, &invalid) {
			return c.tellDoctor(app.IllConfigured(invalid.Diags))
		}
		if err != nil {
			return err
		}
		defer a.Close()
		symptoms, err := a.Doctor(cmd.Context(), args)
		if err != nil {
			return err
		}
		return c.tellDoctor(symptoms)
	}
	c.kubeFlags(cmd)
	c.outputFlag(cmd, "text", "json")
	return cmd
}

func (c *command) tellDoctor(symptoms []app.Symptom) (err error) {
	code := app.DoctorExit(symptoms)
	if c.output == "json" {
		err = c.json(view.DoctorJSON(symptoms, code))
	} else {
		err = view.Doctor(c.Stdout, symptoms, c.style(c.Stdout))
	}
	if err != nil {
		return err
	}
	return exit(code)
}
