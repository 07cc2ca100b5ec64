package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// listFlags are what the commands that list have in common.
type listFlags struct {
	req       app.ListRequest
	noHeaders bool
}

func (f *listFlags) add(c *command, cmd *cobra.Command, states bool) {
	fs := cmd.Flags()
	fs.StringSliceVar(&f.req.Plans, "plan", nil, "only of these plans: ids, files or folders")
	fs.StringSliceVar(&f.req.Owner, "owner", nil, "only what one of these owns, or is assigned to")
	fs.StringSliceVar(&f.req.Repo, "repo", nil, "only what is carried out in one of these repositories")
	fs.StringSliceVar(&f.req.Priority, "priority", nil, "only of these priorities: high, medium, low")
	fs.StringSliceVarP(&f.req.Label, "label", "l", nil, "only with one of these labels")
	fs.StringVar(&f.req.Text, "text", "", "only what has this text in its id, title or section")
	fs.StringSliceVar(&f.req.Sort, "sort", nil, "sort by "+strings.Join(app.SortKeys(), ", ")+"; a minus before one turns it round")
	fs.BoolVar(&f.noHeaders, "no-headers", false, "no heading")
	if states {
		fs.StringSliceVar(&f.req.Status, "status", nil, "only with one of these statuses, in wpctl's words or your own")
		fs.StringSliceVar(&f.req.State, "state", nil, "only what stands so: "+strings.Join(app.StateWords(), ", "))
		_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(app.StateWords(), cobra.ShellCompDirectiveNoFileComp))
	}
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(app.SortKeys(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("priority", cobra.FixedCompletions([]string{"high", "medium", "low"}, cobra.ShellCompDirectiveNoFileComp))
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "plan", "owner", "repo", "priority", "label", "text", "sort", "status", "state"); err != nil {
			return err
		}
		return run(cmd, args)
	}
	c.documentFlag(cmd, "table", "wide", "name")
}

// documentFlag adds -o with formats of a command, the first of which is the default, and those of documents.
func (c *command) documentFlag(cmd *cobra.Command, formats ...string) {
	all := slices.Concat(formats, []string{"json", "yaml", "jsonpath=TEMPLATE", "go-template=TEMPLATE"})
	cmd.Flags().StringVarP(&c.output, "output", "o", formats[0], "output: "+strings.Join(all, ", "))
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.defaultOutput(cmd, formats[0])
		if err := view.CheckFormat(c.output, formats...); err != nil {
			return err
		}
		return run(cmd, args)
	}
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(
		append(slices.Clone(formats), "json", "yaml", "jsonpath=", "go-template="), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

func (c *command) list() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "list [tasks|plans|decisions]",
		Short: "List the tasks, plans or decisions of the workspace",
		Long: `List reads all plans of the workspace, those of companion repositories included, and lists their tasks, the plans
themselves, or their decisions. It looks at nothing but files, and asks the state hub, where you have a token for it,
about needs that are in none of the plans.

The status is what is written, in the words of the plan's team where it has its own; the state is how a task stands
among the others: ready, started, queued behind an open task, blocked by a need, waiting for a person, inactive with its
plan, done or cancelled. A done task is stale when its steps changed after its findings were written, suspect when
something that it needs failed, and unproven without steps.`,
		Example: `  wpctl list
  wpctl list --status todo,failed --owner ops -o wide
  wpctl list plans --sort priority,-updated
  wpctl list decisions --status pending
  wpctl list --state stale -o name
  wpctl list -o 'jsonpath={range .items[*]}{.id}{"\t"}{.status}{"\n"}{end}'`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"tasks", "plans", "decisions"},
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 && !slices.Contains(cmd.ValidArgs, args[0]) {
			hint := diag.OneOf(args[0], cmd.ValidArgs)
			if strings.ContainsAny(args[0], "./-") {
				hint = "plans, and folders of them, go behind --plan"
			}
			return fmt.Errorf("no list of %q; %s", args[0], hint)
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		wide, o := c.output == "wide", c.listStyle(f)
		switch strings.Join(args, "") {
		case "plans":
			items, seen, err := a.ListPlans(cmd.Context(), f.req)
			return listing(c, "PlanList", "plan", items, seen, err, func(p app.PlanItem) string { return p.ID }, func() error {
				return view.PlanList(c.Stdout, items, wide, o)
			})
		case "decisions":
			items, seen, err := a.ListDecisions(cmd.Context(), f.req)
			return listing(c, "DecisionList", "decision", items, seen, err, func(d app.DecisionItem) string { return d.ID }, func() error {
				return view.DecisionList(c.Stdout, items, wide, o)
			})
		}
		f.req.Count = !wide && c.output != "table" && c.output != "name"
		items, seen, err := a.ListTasks(cmd.Context(), f.req)
		return listing(c, "TaskList", "task", items, seen, err, taskName, func() error {
			return view.TaskList(c.Stdout, items, wide, o)
		})
	}
	f.add(c, cmd, true)
	return cmd
}

func (c *command) ready() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "ready",
		Short: "List what can be started now, the best first",
		Long: `Ready lists the tasks of active plans that are not begun, whose needs are all met, and that do not come after an open
task: first by their priority, or else their plan's, then by how many open tasks wait for each, directly or not, and then
by the order of the planning. What rests on something that failed is not among them.`,
		Example: `  wpctl ready
  wpctl ready --owner ops -o name
  wpctl ready -o 'jsonpath={.items[0].id}'`,
		Args: cobra.NoArgs,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		items, seen, err := a.Ready(cmd.Context(), f.req)
		return listing(c, "TaskList", "task that is ready", items, seen, err, taskName, func() error {
			return view.ReadyList(c.Stdout, items, c.output == "wide", c.listStyle(f))
		})
	}
	f.add(c, cmd, false)
	return cmd
}

func (c *command) blocked() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "blocked",
		Short: "List what waits: for what, since when, and whom to ask",
		Long: `Blocked lists the open tasks of active plans that cannot be started: what each waits for, the day since when that has
its status, as git knows, and whom to ask, which is the one that it is assigned to, or who owns its plan.
Open decisions are told with their options.`,
		Args: cobra.NoArgs,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		items, seen, err := a.Blocked(cmd.Context(), f.req)
		return listing(c, "BlockedList", "task that is blocked", items, seen, err, func(t app.BlockedItem) string { return t.ID }, func() error {
			return view.BlockedList(c.Stdout, items, c.output == "wide", c.listStyle(f))
		})
	}
	f.add(c, cmd, false)
	return cmd
}

func taskName(t app.TaskItem) string { return t.ID }

func (c *command) listStyle(f listFlags) view.Options {
	o := c.style(c.Stdout)
	o.NoHeaders = f.noHeaders
	return o
}

// listing writes items in the format that was asked for; table writes them as a table.
func listing[T any](c *command, kind, what string, items []T, seen app.Seen, err error, name func(T) string, table func() error) error {
	if err != nil {
		return err
	}
	c.warn(seen.All())
	switch c.output {
	case "table", "wide":
		if len(items) == 0 {
			fmt.Fprintln(c.Stderr, "no "+what)
			return seenAll(seen, nil)
		}
		return seenAll(seen, table())
	case "name":
		var b strings.Builder
		for _, i := range items {
			b.WriteString(view.Safe(name(i)) + "\n")
		}
		_, err := c.Stdout.WriteString(b.String())
		return seenAll(seen, err)
	}
	doc, err := view.ListJSON(kind, items)
	if err != nil {
		return err
	}
	return seenAll(seen, view.Document(c.Stdout, doc, c.output))
}

// seenAll ends a command that shows what is there: where that was not all, the exit code says so.
func seenAll(seen app.Seen, err error) error {
	if err != nil {
		return err
	}
	return exit(seen.Exit())
}

// warn tells of what is no error.
func (c *command) warn(warnings []string) {
	for _, w := range warnings {
		fmt.Fprintln(c.Stderr, "warning: "+view.Safe(w))
	}
}
