package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) set() *cobra.Command {
	var req app.SetRequest
	cmd := &cobra.Command{
		Use:   "set ID... KEY=VALUE...",
		Short: "Set keys of tasks, decisions and plans",
		Long: `Set writes keys of task and decision blocks, and of the front matter where ID is that of a plan, and changes no other
byte. An empty value takes a key away, lists are written with commas, and [] is the empty one. Keys and values that lint
would refuse are refused before anything is written. When a status changes, so does the plan's updated.

That a task is done is for "wpctl run" to prove: status=done is refused unless --claim says that it is your word.
Such a claim is one of those that "wpctl verify" looks at.

ID is a full id, or a short one with --plan, or where only one plan of the workspace has it.
What tasks call assignee and priority, plans call owner and planning_priority: each is understood for both.`,
		Example: `  wpctl set APP-WP-0001-T03 status=in_progress owner=ada
  wpctl set T03 T04 --plan APP-WP-0001 labels=urgent,db needs=T01,D-01
  wpctl set APP-WP-0001 priority=high --dry-run
  wpctl set APP-WP-0001-T03 owner=`,
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: c.completeSet,
	}
	f := cmd.Flags()
	f.StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	f.BoolVar(&req.Claim, "claim", false, "done and finished are your word")
	f.BoolVar(&req.DryRun, "dry-run", false, "show the change and write nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "plan"); err != nil {
			return err
		}
		if err := assignments(&req, args); err != nil {
			return err
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		files, err := a.Set(cmd.Context(), req)
		if err != nil {
			for _, f := range files { // those before the one that could not be written
				if f.Written {
					fmt.Fprintln(c.Stderr, "written before that: "+view.Safe(f.Name))
				}
			}
			return err
		}
		if c.output == "json" {
			return c.json(view.EditedJSON("Set", files, req.DryRun))
		}
		return view.Edited(c.Stdout, files, req.DryRun, c.style(c.Stdout))
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// assignments parts ids from KEY=VALUE.
func assignments(req *app.SetRequest, args []string) error {
	given := map[string]bool{}
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		switch {
		case arg == "" || ok && key == "":
			return fmt.Errorf("%q is neither an id nor KEY=VALUE", arg)
		case !ok:
			req.IDs = append(req.IDs, arg)
			continue
		case given[key]:
			return fmt.Errorf("%s is given twice", key)
		}
		given[key] = true
		req.Values = append(req.Values, app.KeyValue{Key: key, Value: value})
	}
	switch {
	case len(req.IDs) == 0:
		return errors.New("no id; wanted `wpctl set ID... KEY=VALUE...`")
	case len(req.Values) == 0:
		return errors.New("nothing to set; wanted `wpctl set ID... KEY=VALUE...`")
	}
	return nil
}

// completeSet completes ids, any number of them.
func (c *command) completeSet(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return c.completeIDs(cmd, nil, prefix)
}
