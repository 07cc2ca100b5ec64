package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// RunRequest says what Run is to do.
type RunRequest struct {
	Plans       []string // files, folders or ids; at least one
	Tasks       []string // full or short ids; none: all
	From        string   // a task: it and all that comes after it
	DryRun      bool     // look with reading steps only, and write nothing
	NoWrite     bool
	FailFast    bool
	Again       bool
	Yes         bool // replace findings that were made on another cluster
	TrustAll    bool // the plans are the user's own
	Sync        bool // tell the hub
	Parallelism int
	Args        []string // for the record
	Flags       []string // given flags about the default cluster, such as --context

	// Ask shows the steps that run code or write, and returns whether they may. Nil: there is nobody to ask.
	Ask    func([]Untrusted) (bool, error)
	Notify func(runner.Event) // nil: nobody
}

// RunResult is what came of a run.
type RunResult struct {
	ID      string // of the record; "" where none was kept
	Report  runner.Report
	Files   []FileChange
	Diags   diag.List
	Sources map[string]*text.File
	Exit    int
	Hub     *SyncResult // what became of telling the hub; nil where it was not to be told, or could not be
	// Warnings are about the run itself: what could not be read, kept or written.
	Warnings []string
}

// Run looks at the selected tasks, and writes what came of it into the plans, unless the request says not to.
// An error means that nothing was looked at. With errors among the diagnostics nothing was looked at either.
func (a *App) Run(ctx context.Context, req RunRequest) (RunResult, error) {
	sources, diags, seen, err := a.loadSeen(ctx, req.Plans)
	if err != nil {
		return RunResult{}, err
	}
	sources, closed := open(sources)
	prog, more := a.compileAsking(ctx, sources, closed...)
	res := RunResult{Diags: diag.Merge(diags, more), Sources: fileMap(sources), Exit: ExitUsage, Warnings: seen.All()}
	if res.Diags.Errors() {
		return res, nil
	}
	if len(sources) == 0 {
		return res, &NoPlans{Where: strings.Join(req.Plans, ", ") + " that are neither archived nor cancelled"}
	}
	selected, err := choose(sources, prog, req)
	if err != nil {
		return res, err
	}
	j := &job{App: a, verb: verbOf(req), prog: prog, files: a.tracked(ctx), req: req, sources: sources, selected: selected}
	if err := j.ignored(prog); err != nil {
		return res, err
	}
	if err := a.trusted(sources, prog, selected, req); err != nil {
		return res, err
	}
	res.Report = prog.Run(ctx, j.options())
	for _, text := range a.Inside.Close() {
		res.Warnings = append(res.Warnings, a.Redactor.String(text))
	}
	res.Exit = seen.worse(exitOf(ctx, res.Report))
	j.write(ctx, &res)
	j.record(sources, &res)
	j.sync(ctx, &res)
	return res, nil
}

func verbOf(req RunRequest) policy.Verb {
	if req.DryRun {
		return policy.DryRun
	}
	return policy.Run
}

// open parts the plans that are run from those that are archived or cancelled, which only needs look into.
func open(sources []source) (run, closed []source) {
	for _, s := range sources {
		switch workplan.Status(s.plan.Status.Text) {
		case workplan.Archived, workplan.Cancelled:
			closed = append(closed, s)
		default:
			run = append(run, s)
		}
	}
	return run, closed
}

// job is one run on its way.
type job struct {
	*App
	verb     policy.Verb
	prog     *runner.Program
	files    func(string) bool // tells the files of the repository, for plans of strangers; nil knows none
	req      RunRequest
	sources  []source
	selected map[string]bool // nil: everything
}

func (j *job) options() runner.Options {
	return runner.Options{
		Parallelism: j.req.Parallelism, FailFast: j.req.FailFast, Again: j.req.Again,
		Select:  func(id string) bool { return j.selected == nil || j.selected[id] },
		Now:     j.Now,
		Site:    j.site,
		Cluster: j.cluster,
		Allow:   j.allow,
		Held:    j.held,
		Hold:    j.hold,
		Redact:  j.Redactor.String,
		Notify:  j.notify,
	}
}

// notify passes an event on, and logs it.
func (j *job) notify(e runner.Event) {
	j.Logger.Debug("event", "type", e.Type, "task", e.Task, "step", e.Step, "outcome", e.Outcome, "elapsed", e.Elapsed)
	if j.req.Notify != nil {
		j.req.Notify(e)
	}
}

// choose returns the ids that a request selects; nil is everything.
func choose(sources []source, prog *runner.Program, req RunRequest) (map[string]bool, error) {
	if len(req.Tasks) == 0 && req.From == "" {
		return nil, nil
	}
	out := map[string]bool{}
	for _, want := range req.Tasks {
		id, err := taskID(sources, want)
		if err != nil {
			return nil, err
		}
		out[id] = true
	}
	if req.From != "" {
		id, err := taskID(sources, req.From)
		if err != nil {
			return nil, err
		}
		out[id] = true
		for _, below := range prog.Below(id) {
			out[below] = true
		}
	}
	return out, nil
}

// taskID finds the one task that a full or short id means among the plans.
func taskID(sources []source, want string) (string, error) {
	var found, all []string
	for _, s := range sources {
		if t := s.plan.Task(want); t != nil {
			found = append(found, t.ID.Text)
		}
		for _, t := range s.plan.Tasks {
			all = append(all, t.Short)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := diag.DidYouMean(want, all)
		if hint == "" {
			hint = "there are " + strings.Join(all[:min(len(all), 20)], ", ")
		}
		return "", fmt.Errorf("no task %q in %s; %s", want, names(sources), hint)
	}
	return "", fmt.Errorf("the task %q is in several plans: %s; give its full id", want, strings.Join(found, ", "))
}

func names(sources []source) string {
	var out []string
	for _, s := range sources {
		out = append(out, s.name)
	}
	return strings.Join(out, ", ")
}

// site says where a step looks: in the checkout of its repository.
func (j *job) site(s *runner.Step) (check.Site, error) {
	root, dir, err := j.checkout(s)
	if err != nil {
		return check.Site{}, err
	}
	at := check.Site{
		Dir: dir, Root: root, Cluster: s.Cluster, Now: j.Now, Untrusted: j.Untrusted, Tracked: j.files,
		Secret: j.Redactor.Add,
		Env: func(name string) (string, bool) {
			if !j.Config.Grants.Reads(name) {
				return "", false
			}
			v, ok := j.App.Env(name)
			if ok {
				j.Redactor.Add(v)
			}
			return v, ok
		},
		Grant: func(credential, host string) error {
			if j.Config.Grants.Sends(credential, host) {
				return nil
			}
			return &check.Denied{Reason: fmt.Sprintf("the credential %q may not go to %s; allow it with grants.credentials in %s", credential, host, j.Config.UserFile)}
		},
		Signed: j.signoffs,
	}
	if j.Untrusted {
		at.Dial = dialPublic
	}
	if s.From != nil {
		at.Plan, at.Task, at.Step, at.Namespace = s.Plan.ID.Text, taskOf(s), s.Title, s.Namespace
		at = j.Inside.Site(at, vantage(s))
	}
	return at, nil
}

// checkout returns the folder that a step's relative paths start from, and the one that they may not leave.
func (a *App) checkout(s *runner.Step) (root, dir string, err error) {
	repo := s.Repo
	if repo == "" && s.Task != nil {
		repo = s.Task.Repo.Text
	}
	if repo == "" || repo == s.Plan.Repo.Text {
		dir = a.home(s.Plan)
		return dir, dir, nil
	}
	dir, ok := a.Config.Repo(repo)
	if !ok {
		return "", "", fmt.Errorf("no checkout of %s: %s", repo, a.Config.RepoLine(repo))
	}
	return dir, dir, nil
}

// home returns the checkout that a plan lies in: this one, or that of a companion.
func (a *App) home(p *workplan.Plan) string {
	if len(a.Config.Repos) == 0 || p.File == nil {
		return a.Config.Root
	}
	file := real(a.absolute(p.File.Name))
	for _, name := range slices.Sorted(maps.Keys(a.Config.Repos)) {
		if dir, ok := a.Config.Repo(name); ok && real(dir) != real(a.Config.Root) && within(real(dir), file) {
			return dir
		}
	}
	return a.Config.Root
}

func (j *job) allow(s *runner.Step, caps []check.Capability) error {
	if j.Untrusted {
		if err := j.strange(s, caps); err != nil {
			return err
		}
	}
	p := j.policy(s)
	if limit := j.Config.Limit; p.NeedsTrust(caps, s.Effect) && limit.Run != nil && !runs(limit, s) {
		return &check.Denied{Reason: fmt.Sprintf("%s does not let %s run", j.Config.File, s.Kind.Name)}
	}
	if j.verb == policy.Verify {
		return j.verified(s, caps)
	}
	return p.Allow(j.verb, caps, s.Effect, true) // trust was asked for before the run
}

func taskOf(s *runner.Step) string {
	if s.Task == nil {
		return ""
	}
	return s.Task.ID.Text
}
