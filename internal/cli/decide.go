package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

func (c *command) decide() *cobra.Command {
	var req app.DecideRequest
	cmd := &cobra.Command{
		Use:   "decide DECISION CHOICE",
		Short: "Write the choice of a decision into its plan",
		Long: `Decide writes who chose what, and when, into a decision block: its status becomes resolved, and tasks that wait for
it can be started. CHOICE is the name of one of the options, or any text where the decision has none.
DECISION is a full id, or a short one with --plan, or where only one plan of the workspace has it.
Without CHOICE it tells what is asked and what there is to choose from.`,
		Example: `  wpctl decide APP-WP-0001-D-01 B --note "the shared one is backed up already"
  wpctl decide D-01 B --plan APP-WP-0001 --by Ada --dry-run`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: c.completeDecisions,
	}
	f := cmd.Flags()
	f.StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	f.StringVar(&req.By, "by", "", "who decided (default: user.name of git, else the user)")
	f.StringVar(&req.Note, "note", "", "a remark")
	f.BoolVarP(&req.Yes, "yes", "y", false, "replace a choice that was made before")
	f.BoolVar(&req.DryRun, "dry-run", false, "show the change and write nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "plan", "by"); err != nil {
			return err
		}
		req.Decision = args[0]
		if len(args) > 1 {
			req.Choice = args[1]
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		res, err := a.Decide(cmd.Context(), req)
		if err != nil {
			return err
		}
		return c.tellDecided(res, req.DryRun)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

func (c *command) tellDecided(res app.Decided, dry bool) error {
	files := []app.Edited{res.Edited}
	switch {
	case c.output == "json":
		return c.json(view.EditedJSON("Decide", files, dry))
	case res.Before != "":
		_, err := fmt.Fprintf(c.Stdout, "%s is decided already: %s; nothing to change\n", view.Safe(res.ID), view.Safe(res.Before))
		return err
	case dry || !res.Written:
		return view.Edited(c.Stdout, files, dry, c.style(c.Stdout))
	}
	choice := res.Choice
	if res.Text != "" {
		choice += " (" + res.Text + ")"
	}
	_, err := fmt.Fprintf(c.Stdout, "%s: %s, by %s\n", view.Safe(res.ID), view.Safe(choice), view.Safe(res.By))
	if err == nil && len(res.Free) > 0 {
		_, err = fmt.Fprintf(c.Stdout, "no longer waiting for it: %s\n", view.Safe(strings.Join(res.Free, ", ")))
	}
	return err
}

// completeDecisions completes a decision that is to be made, and then the names of its options.
func (c *command) completeDecisions(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.offer(cmd, func(n workspace.Node) (out []string) {
		switch {
		case n.Decision == nil:
		case len(args) == 0 && n.Status() == "pending":
			out = append(out, view.Safe(n.ID())+"\t"+view.Safe(n.Title()))
		case len(args) == 1 && (n.ID() == args[0] || n.Short() == args[0]):
			for _, o := range n.Decision.Options {
				out = append(out, view.Safe(o.Name)+"\t"+view.Safe(o.Text))
			}
		}
		return out
	})
}
