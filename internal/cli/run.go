package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/report"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) run() *cobra.Command {
	var req app.RunRequest
	var trust string
	var asked []string
	cmd := &cobra.Command{
		Use:   "run PLAN...",
		Short: "Look at the steps of plans, and write status and findings back",
		Long: `Run looks at the verify steps of the selected tasks along the graph of their needs, and writes
what was proven back into the plans: statuses, findings, the plan's own status.
A plan is a file, a folder, or the id of a plan in this workspace.

Steps that run code or change something are run only after you have agreed to them, see "wpctl trust".`,
		Example: `  wpctl run workplans/APP-WP-0001.md
  wpctl run APP-WP-0001 --task T03,T05
  wpctl run APP-WP-0001 --dry-run`,
		Args:              c.somePlans,
		ValidArgsFunction: c.completePlans,
	}
	f := cmd.Flags()
	f.StringSliceVar(&req.Tasks, "task", nil, "only these tasks, by full or short id")
	f.StringVar(&req.From, "from", "", "only this task and all that come after it; those of --task beside them")
	f.BoolVar(&req.DryRun, "dry-run", false, "look with reading steps only, show the change and write nothing")
	f.BoolVar(&req.NoWrite, "no-write", false, "write no plan")
	f.BoolVar(&req.FailFast, "fail-fast", false, "begin no task after one has failed")
	f.BoolVar(&req.Again, "again", false, "look at once: steps again that have held already")
	f.BoolVar(&req.Sync, "sync", false, "tell the state hub what was seen, see wpctl sync; the run's result is the same where the hub is not there")
	hubFlag(cmd)
	f.BoolVarP(&req.Yes, "yes", "y", false, "replace findings that were made on another cluster")
	f.IntVar(&req.Parallelism, "parallelism", 0, "how many tasks, and steps that run code, at the same time; tasks that only look at clusters do not count (default 10)")
	f.StringVar(&trust, "trust", "", `"all": the plans are your own, run what they say`)
	f.StringArrayVar(&asked, "report", nil, reportUsage)
	f.String("cluster", "", "the cluster of steps that name none: a name of the configuration")
	f.String("findings", "", "how much is written under a task: none, summary or full (default full)")
	c.trustFlags(cmd)
	c.kubeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch trust {
		case "", "all":
		default:
			return fmt.Errorf("--trust is all, not %q", trust)
		}
		if err := notEmpty(cmd, "task", "from"); err != nil {
			return err
		}
		if err := syncFlags(cmd, req); err != nil {
			return err
		}
		req.TrustAll, req.Plans, req.Args = trust == "all", args, c.Args
		if cmd.Flags().Changed("parallelism") && req.Parallelism < 1 {
			return fmt.Errorf("--parallelism is at least 1, not %d", req.Parallelism)
		}
		to, err := c.parseReports(asked)
		if err != nil {
			return err
		}
		if err := c.checkTrustFlags(cmd); err != nil {
			return err
		}
		given, err := clusterFlags(cmd)
		if err != nil {
			return err
		}
		req.Flags = given
		return c.doRun(cmd, req, to)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// syncFlags refuses what does not go with telling a hub.
func syncFlags(cmd *cobra.Command, req app.RunRequest) error {
	switch {
	case req.Sync && req.DryRun:
		return errors.New("--sync and --dry-run do not go together: a dry run tells nobody")
	case req.Sync && req.NoWrite:
		return errors.New("--sync and --no-write do not go together: the hub's ids are written into the plan first")
	case cmd.Flags().Changed("hub") && !req.Sync:
		return errors.New("--hub is for --sync")
	}
	return notEmpty(cmd, "hub")
}

func (c *command) doRun(cmd *cobra.Command, req app.RunRequest, to *reports) error {
	a, err := c.app(cmd)
	if err != nil {
		return to.unwired(cmd.Context(), "run", err)
	}
	defer a.Close()
	if req.Parallelism == 0 {
		req.Parallelism = a.Config.Parallelism
	}
	progress := c.progress()
	req.Notify = progress.Notify
	req.Ask = c.asker(cmd.Context())
	res, err := a.Run(cmd.Context(), req)
	progress.Close()
	return c.conclude(cmd.Context(), a, to, ending{
		RunResult: res, verb: "run",
		tell: func() error {
			if res.Report.Plans == nil {
				return nil
			}
			return c.tellRun(req, res, progress.live)
		},
		report: func() report.Run { return report.OfRun(res, a.Version, site(a)) },
		json:   func() ([]byte, error) { return view.RunJSON(res.Report, runInfo(res)) },
	}, err)
}

// Signal is the cause of a context that a signal ended.
type Signal struct {
	Name string
	Exit int
}

func (s *Signal) Error() string { return "ended by " + s.Name }

// ExitCode is the program's exit code after the signal.
func (s *Signal) ExitCode() int { return s.Exit }

func (c *command) tellRun(req app.RunRequest, res app.RunResult, live bool) error {
	info := runInfo(res)
	if c.output == "json" {
		return c.json(view.RunJSON(res.Report, info))
	}
	o := c.style(c.Stdout)
	o.Told = live && term.IsTerminal(int(c.Stdout.Fd()))
	if err := view.Run(c.Stdout, res.Report, info, o); err != nil {
		return err
	}
	if !req.DryRun {
		return nil
	}
	for _, f := range res.Files {
		if err := view.Diff(c.Stdout, f.Name, string(f.Old), string(f.New), o); err != nil {
			return err
		}
	}
	return nil
}

func runInfo(res app.RunResult) view.RunInfo {
	info := view.RunInfo{Exit: res.Exit, Record: res.ID, Next: nextSteps(res)}
	info.Hub = res.Hub
	for _, f := range res.Files {
		info.Files = append(info.Files, fileChange(f))
	}
	return info
}

func fileChange(f app.FileChange) view.FileChange {
	out := view.FileChange{Name: f.Name, Changed: f.Written, Would: !f.Written && !bytes.Equal(f.Old, f.New), NotWritten: strings.Join(f.Held, "; "), Findings: f.Findings}
	for _, s := range f.Statuses {
		out.Changes = append(out.Changes, s.Change())
		out.Statuses = append(out.Statuses, fmt.Sprintf("%s %s → %s", s.Short, s.From, s.To))
		out.Words = append(out.Words, fmt.Sprintf("%s %s → %s", s.Short, s.FromWord, s.ToWord))
	}
	if slices.Equal(out.Words, out.Statuses) {
		out.Words = nil
	}
	return out
}

// progress shows a run on its way, on stderr. It begins with the first event, so that a question before it stands alone.
type progress struct {
	start func() view.Progress
	live  bool

	mu    sync.Mutex
	shown view.Progress // nil before the first event
	short map[string]string
}

func (c *command) progress() *progress {
	p := &progress{short: map[string]string{}}
	o := c.style(c.Stderr)
	o.Short = p.shortID
	switch {
	case c.quiet:
		p.start = func() view.Progress { return view.Silent{} }
	case view.LiveWanted(c.Getenv, term.IsTerminal(int(c.Stderr.Fd())), c.quiet, c.plain):
		p.start, p.live = func() view.Progress { return view.NewLive(o) }, true
	default:
		p.start = func() view.Progress { return view.NewLines(o) }
	}
	return p
}

// Notify shows an event. It may be called from many goroutines.
func (p *progress) Notify(e runner.Event) {
	p.mu.Lock()
	if p.shown == nil {
		p.shown = p.start()
	}
	if e.Short != "" {
		p.short[e.Task] = e.Short
	}
	shown := p.shown
	p.mu.Unlock()
	shown.Notify(e)
}

// Close ends what is shown.
func (p *progress) Close() {
	if p.shown != nil {
		p.shown.Close()
	}
}

// shortID returns the short id of a task where an event has told it.
func (p *progress) shortID(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.short[id]; ok {
		return s
	}
	return id
}

// asker returns a question for a person at a terminal; nil where there is none. The end of ctx is a no.
func (c *command) asker(ctx context.Context) func([]app.Untrusted) (bool, error) {
	if !c.person() {
		return nil
	}
	return func(steps []app.Untrusted) (bool, error) {
		c.tellSteps(c.Stderr, steps)
		answer, _ := c.ask(ctx, "Run them now? Only yes is accepted: ")
		return answer == "yes", nil
	}
}

// tellSteps shows steps that run code or write, each as its plan writes it.
func (c *command) tellSteps(w io.Writer, steps []app.Untrusted) {
	for _, s := range steps {
		before := ""
		switch {
		case s.Agreed:
			before = ", as you agreed on " + s.Since
		case s.Since != "":
			before = ", new or changed since " + s.Since
		}
		fmt.Fprintf(w, "%s: %s: %s (%s)%s\n", view.Safe(s.Pos), view.Safe(s.Task), view.Safe(s.Name), strings.Join(s.Caps, ", "), before)
		for line := range strings.Lines(s.Command) {
			fmt.Fprintln(w, "    "+view.Safe(strings.TrimRight(line, "\r\n")))
		}
	}
}

// tellRefused shows the steps that nobody has agreed to, unless they were just shown with the question.
func (c *command) tellRefused(r *app.Refused) {
	if !r.Asked {
		c.tellSteps(c.Stderr, r.Steps)
	}
}
