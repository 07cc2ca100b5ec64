package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) log() *cobra.Command {
	var req app.LogRequest
	var noHeaders bool
	cmd := &cobra.Command{
		Use:   "log [PLAN|TASK|RUN]",
		Short: "Show past runs",
		Long: `Log shows the records of past runs, newest first: of a plan, of a task, or all of them.
They are those of plans in this checkout and in its companion repositories; with --all also those of plans elsewhere,
where the same ids may stand, each with its file. With the id of a run, or its beginning, it shows all that the run saw,
wherever that was.`,
		Example: `  wpctl log
  wpctl log APP-WP-0001-T03 --limit 5
  wpctl log APP-WP-0001 --all`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: c.completePlans,
	}
	cmd.Flags().IntVar(&req.Limit, "limit", 20, "at most so many runs; 0: all")
	cmd.Flags().BoolVar(&req.All, "all", false, "also runs of plans in other checkouts and repositories")
	cmd.Flags().BoolVar(&noHeaders, "no-headers", false, "no heading")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if req.What = strings.Join(args, ""); len(args) > 0 && req.What == "" {
			return errors.New("the plan, task or run is empty")
		}
		if req.Limit < 0 {
			return fmt.Errorf("--limit is at least 0, not %d", req.Limit)
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		log, err := a.Log(cmd.Context(), req)
		if err != nil {
			return err
		}
		runs := log.Runs
		for _, err := range log.Unread {
			fmt.Fprintln(c.Stderr, "warning: "+view.Safe(err.Error()))
		}
		o := c.style(c.Stdout)
		o.NoHeaders = noHeaders
		switch {
		case c.output == "json":
			if runs == nil {
				runs = []state.Run{}
			}
			return c.json(json.MarshalIndent(runList{view.JSONVersion, "RunList", runs}, "", "  "))
		case len(runs) == 1 && req.What != "" && strings.HasPrefix(runs[0].ID, req.What):
			return view.LogRun(c.Stdout, runDetail(runs[0], a.Here), o)
		case log.Elsewhere:
			fmt.Fprintln(c.Stderr, "no runs of plans here; --all shows those elsewhere")
			return nil
		case len(runs) == 0:
			fmt.Fprintln(c.Stderr, "no runs")
			return nil
		}
		lines := make([]view.RunLine, len(runs))
		for i, r := range runs {
			lines[i] = runLine(r)
			lines[i].Short = log.Short[r.ID]
			if req.All {
				lines[i].Files = filesOf(r)
			}
		}
		return view.Log(c.Stdout, lines, o)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// runList is the document of past runs.
type runList struct {
	Version int         `json:"version" doc:"1: the version of the document"`
	Kind    string      `json:"kind" doc:"the kind of document"`
	Runs    []state.Run `json:"runs" doc:"the runs, the newest first"`
}

func runLine(r state.Run) view.RunLine {
	l := view.RunLine{
		ID: r.ID, When: r.Started, Took: r.Ended.Sub(r.Started), Verb: r.Verb,
		Counts: runner.Counts{}, Exit: r.Exit,
	}
	var clusters []string
	for _, c := range r.Clusters {
		clusters = append(clusters, c.Name)
	}
	l.Cluster = strings.Join(clusters, ", ")
	for o, n := range r.Counts {
		l.Counts[check.Outcome(o)] = n
	}
	for _, p := range r.Plans {
		l.Plans = append(l.Plans, p.ID)
	}
	return l
}

func filesOf(r state.Run) (out []string) {
	for _, p := range r.Plans {
		out = append(out, p.File)
	}
	return out
}

// runDetail is a run with all that it saw; a plan that is not here has its file beside its id.
func runDetail(r state.Run, here func(file string) bool) view.RunDetail {
	d := view.RunDetail{RunLine: runLine(r)}
	for i, p := range r.Plans {
		if !here(p.File) {
			d.Plans[i] += " (" + p.File + ")"
		}
		for _, t := range p.Tasks {
			d.Tasks = append(d.Tasks, view.LoggedTask{ID: t.ID, Title: t.Title, Outcome: t.Outcome, Text: t.Reason, Steps: loggedSteps(t.Steps)})
		}
		if len(p.Steps) > 0 {
			d.Tasks = append(d.Tasks, view.LoggedTask{ID: p.ID, Title: "the plan's own steps", Outcome: p.Outcome, Steps: loggedSteps(p.Steps)})
		}
	}
	return d
}

func loggedSteps(steps []state.StepRun) []view.LoggedStep {
	var out []view.LoggedStep
	for _, s := range steps {
		l := view.LoggedStep{Name: s.Name, Outcome: s.Outcome, Text: s.Saw, Looks: s.Looks, Took: time.Duration(s.DurationMS) * time.Millisecond}
		if s.Outcome == check.Failed && s.Want != "" {
			l.Text = fmt.Sprintf("wanted %s, saw %s", s.Want, s.Saw)
		}
		out = append(out, l)
	}
	return out
}
