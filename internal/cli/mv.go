package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// maxLeft bounds the places that are told of one by one.
const maxLeft = 50

func (c *command) mv() *cobra.Command {
	var req app.MoveRequest
	cmd := &cobra.Command{
		Use:   "mv ID NEW",
		Short: "Rename the id of a plan, a task or a decision everywhere it is used",
		Long: `Mv renames an id in all plans of the workspace: in blocks, needs, headings, expressions, prose and the markers of
findings, in the companion repositories that are checked out too, and in the aliases of .wpctl.yaml.
A full id is renamed wherever it stands, but in addresses (https://…). A short one (T03) only in its own plan, where it is
certainly that task: in blocks and expressions, and as a word of prose that is no part of a path or of code.
An id that could be a word (shop, A) only where a block or an expression names it; other places are told.
With a plan's id go those of its tasks and decisions, and its file where it is named after it.
Of a plan that was copied, --plan names the file that gets the new id; what names the old one elsewhere stays.

Where it may stand still is told. Other files than plans are not looked at. All files are tried before one is written, and
where one cannot be written, the others are put back. Findings stay what they are; sign-offs of manual steps and
agreements to run a plan are bound to the old id or file, and are asked for anew.`,
		Example: `  wpctl mv APP-WP-0001-T03 T13 --dry-run
  wpctl mv APP-WP-0001 SHOP-WP-0004
  wpctl mv D-01 D-07 --plan APP-WP-0001
  wpctl mv APP-WP-0001 APP-WP-0007 --plan workplans/copy.md`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completeIDs,
	}
	cmd.Flags().StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	cmd.Flags().BoolVar(&req.DryRun, "dry-run", false, "show the change and write nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "plan"); err != nil {
			return err
		}
		req.From, req.To = args[0], args[1]
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		res, err := a.Move(cmd.Context(), req)
		if err != nil {
			return err
		}
		if c.output == "json" {
			return c.json(view.MovedJSON(res, req.DryRun))
		}
		if err := view.Moved(c.Stdout, res, req.DryRun, c.style(c.Stdout)); err != nil {
			return err
		}
		for i, left := range res.Left {
			if i == maxLeft {
				fmt.Fprintf(c.Stderr, "left: %d more; -o json tells all\n", len(res.Left)-i)
				break
			}
			fmt.Fprintln(c.Stderr, "left: "+view.Safe(left))
		}
		return nil
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}
