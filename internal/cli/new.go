package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) new() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Begin a plan, a task or a step",
		Long: `New begins plans, adds tasks to them and steps to tasks, with the next free id and as the plan writes its own.
What it writes has no mistake for lint; what is still to be written says TODO, and lint tells of it in steps.

A team gives its own templates in .wpctl.yaml: templates: {plan: FILE, task: FILE, step: FILE}. In them ${{ NAME }} stands
for a value: id, title, owner, today and repo in a plan; heading, id, short, title, plan and today in a task; kind and
example in a step.`,
	}
	cmd.AddCommand(c.newPlan(), c.newTask(), c.newStep())
	return cmd
}

func (c *command) newPlan() *cobra.Command {
	var req app.NewPlanRequest
	cmd := &cobra.Command{
		Use:   "plan TITLE",
		Short: "Write the file of a plan with the next free id, and print its path",
		Long: `Its id is the next one of the plans that are there, over the whole workspace, and its file lies beside them.
A file that is there is never written over.`,
		Example: `  wpctl new plan "Move the price list to its own database"
  wpctl new plan "Publish the price list" --prefix SHOP-WP --dir workplans`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := cmd.Flags()
	f.StringVar(&req.Prefix, "prefix", "", "what its id begins with, such as SHOP-WP (default: as all plans there are)")
	f.StringVar(&req.Dir, "dir", "", "the folder of its file (default: that of the plans there are)")
	f.StringVar(&req.Owner, "owner", "", "who answers for it")
	f.BoolVar(&req.DryRun, "dry-run", false, "show the file and write nothing")
	return c.creates(cmd, []string{"prefix", "dir"}, func(a *app.App, args []string) (app.Created, bool, error) {
		req.Title = args[0]
		res, err := a.NewPlan(cmd.Context(), req)
		return res, req.DryRun, err
	}, func(res app.Created) string { return res.Name })
}

func (c *command) newTask() *cobra.Command {
	var req app.NewTaskRequest
	cmd := &cobra.Command{
		Use:   "task PLAN TITLE",
		Short: "Add a task behind the last one of a plan, and print its id",
		Example: `  wpctl new task APP-WP-0001 "Point the name at the new server"
  wpctl new task workplans/APP-WP-0001.md "Write the runbook" --dry-run`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completePlans,
	}
	cmd.Flags().BoolVar(&req.DryRun, "dry-run", false, "show the change and write nothing")
	return c.creates(cmd, nil, func(a *app.App, args []string) (app.Created, bool, error) {
		req.Plan, req.Title = args[0], args[1]
		res, err := a.NewTask(cmd.Context(), req)
		return res, req.DryRun, err
	}, func(res app.Created) string { return res.ID })
}

func (c *command) newStep() *cobra.Command {
	var req app.NewStepRequest
	cmd := &cobra.Command{
		Use:   "step TASK KIND",
		Short: "Add a step of a kind to a task",
		Long: `The step is the example of its kind, see "wpctl explain", and is put off until somebody has given it its own values and
taken its defer away. It goes to the end of the task's steps, wherever these stand.
TASK is a full id, or a short one with --plan, or a plan's id for its own steps.`,
		Example: `  wpctl new step APP-WP-0001-T03 http
  wpctl new step T03 k8s --plan APP-WP-0001 --dry-run`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completeStep,
	}
	cmd.Flags().StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	cmd.Flags().BoolVar(&req.DryRun, "dry-run", false, "show the change and write nothing")
	return c.creates(cmd, []string{"plan"}, func(a *app.App, args []string) (app.Created, bool, error) {
		req.Task, req.Kind = args[0], args[1]
		res, err := a.NewStep(cmd.Context(), req)
		return res, req.DryRun, err
	}, func(res app.Created) string { return res.ID + ": a step of the kind " + req.Kind })
}

// creates makes a command run what creates something, and tell of it in a line.
func (c *command) creates(cmd *cobra.Command, filled []string, do func(*app.App, []string) (app.Created, bool, error), line func(app.Created) string) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, filled...); err != nil {
			return err
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		res, dry, err := do(a, args)
		if err != nil {
			return err
		}
		if res.Warning != "" {
			c.warn([]string{res.Warning})
		}
		files := []app.Edited{res.Edited}
		switch {
		case c.output == "json":
			return c.json(view.EditedJSON("New", files, dry))
		case dry:
			return view.Edited(c.Stdout, files, true, c.style(c.Stdout))
		}
		_, err = fmt.Fprintln(c.Stdout, view.Safe(line(res)))
		return err
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// completeStep completes a task, then a kind.
func (c *command) completeStep(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return c.completeIDs(cmd, args, prefix)
	}
	a, err := c.app(cmd)
	if err != nil || len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer a.Close()
	return a.Kinds.Names(), cobra.ShellCompDirectiveNoFileComp
}
