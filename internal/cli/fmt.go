package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) fmt() *cobra.Command {
	var check, diff bool
	cmd := &cobra.Command{
		Use:   "fmt [PLAN...]",
		Short: "Write the blocks of plans as all plans write them",
		Long: `Fmt brings the keys of front matter, blocks and steps into one order, takes quotes from single words that need none and
blanks from the ends of lines, and makes fences of three backticks. It changes no value and no byte of prose, so that
findings stay what they are. Blank lines part keys into groups, which stay as they are; comments stay with the key below.

Without arguments it takes all plans of the workspace. It prints the names of the files that it changed.
With --check it changes nothing, and the exit code is 1 where there is something to change.`,
		Example: `  wpctl fmt
  wpctl fmt workplans/APP-WP-0001.md --diff
  wpctl fmt --check`,
		ValidArgsFunction: c.completePlans,
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; exit with 1 where there is something to change")
	cmd.Flags().BoolVar(&diff, "diff", false, "show the change and write nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		files, seen, err := a.Format(cmd.Context(), args, check || diff)
		if err != nil {
			_ = c.tellNames(files)
			return err
		}
		c.warn(seen.All())
		switch {
		case c.output == "json":
			err = c.json(view.EditedJSON("Fmt", files, check || diff))
		case diff && len(files) > 0:
			err = view.Edited(c.Stdout, files, true, c.style(c.Stdout))
		default:
			err = c.tellNames(files)
		}
		if err == nil && check && len(files) > 0 {
			return exit(app.ExitFailed)
		}
		return seenAll(seen, err)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// tellNames prints the names of files.
func (c *command) tellNames(files []app.Edited) error {
	for _, f := range files {
		if _, err := fmt.Fprintln(c.Stdout, view.Safe(f.Name)); err != nil {
			return err
		}
	}
	return nil
}
