package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Edited is what a command changed in one file, or would change.
type Edited struct {
	Name     string // as the user may write it
	Old, New []byte // equal where nothing is to be changed
	Written  bool
	Changes  []Change
}

// Change is a key of a block that got another value.
type Change struct {
	ID   string `json:"id" doc:"the id of the task, the decision or the plan"`
	Key  string `json:"key" doc:"the key in its block"`
	From string `json:"from" doc:"what it was; empty where it was not written. Statuses are in wpctl's words"`
	To   string `json:"to" doc:"what it is now; empty where it was taken away"`

	// Of a status, the words of the plan's team where it has its own.
	FromWord string `json:"fromWord,omitempty" doc:"of a status, the word of the plan's team, where it has its own"`
	ToWord   string `json:"toWord,omitempty" doc:"the same of what it is now"`
}

// editing makes the edits of one file, and says what they change. It may be called several times, on newer texts.
type editing func(*workplan.Plan) ([]text.Edit, []Change, error)

// edit changes the file of a plan, or works out the change only.
func (a *App) edit(ctx context.Context, s source, dry bool, f editing) (Edited, error) {
	out := Edited{Name: s.name, Old: s.plan.File.Src}
	parse := s.parser()
	change := func(src []byte) ([]byte, error) {
		plan := parse(src)
		out.Old, out.New, out.Changes = plan.File.Src, nil, nil // which may be src, and is not held twice
		after, err := plan.Rewrite(func(p *workplan.Plan) (edits []text.Edit, err error) {
			edits, out.Changes, err = f(p)
			return edits, err
		})
		if err != nil {
			return nil, err
		}
		out.New = after.File.Src
		return out.New, a.noMistakeMore(out.Old, after)
	}
	return a.update(ctx, s.path, dry, &out, change)
}

// rewrite changes the file of a plan by a new text of it, or works out the change only.
func (a *App) rewrite(ctx context.Context, s source, dry bool, f func(*workplan.Plan) ([]byte, []Change, error)) (Edited, error) {
	out := Edited{Name: s.name, Old: s.plan.File.Src}
	parse := s.parser()
	change := func(src []byte) (_ []byte, err error) {
		out.Old = src
		p := parse(src)
		if out.New, out.Changes, err = f(p); err != nil {
			return nil, err
		}
		after, _ := p.Words.Parse(s.name, out.New)
		return out.New, a.noMistakeMore(src, after)
	}
	return a.update(ctx, s.path, dry, &out, change)
}

// parser returns what parses the texts of a plan, one after the other. The text that was read is parsed already; its plan
// is handed out once and not held, as it is large.
func (s source) parser() func(src []byte) *workplan.Plan {
	name, words, read := s.name, s.plan.Words, s.plan
	return func(src []byte) *workplan.Plan {
		plan := read
		read = nil
		if plan == nil || !bytes.Equal(src, plan.File.Src) {
			plan, _ = words.Parse(name, src)
		}
		return plan
	}
}

// update makes a change of a file, or works it out on the old text.
func (a *App) update(ctx context.Context, path string, dry bool, out *Edited, change func([]byte) ([]byte, error)) (Edited, error) {
	if dry {
		_, err := change(out.Old)
		return *out, err
	}
	var refused error // by the edit, not by the disk: the file is named where it matters
	written, err := a.Files.Update(ctx, path, func(src []byte) (text []byte, err error) {
		text, refused = change(src)
		return text, refused
	})
	out.Written = written
	if refused != nil {
		err = refused
	}
	return *out, err
}

// noMistakeMore returns an error where lint finds a mistake in a plan that its old text does not have.
func (a *App) noMistakeMore(before []byte, after *workplan.Plan) error {
	if bytes.Equal(before, after.File.Src) {
		return nil
	}
	now := a.mistakes(after)
	if len(now) == 0 {
		return nil
	}
	was, _ := after.Words.Parse(after.File.Name, before)
	had := map[string]int{}
	for _, d := range a.mistakes(was) {
		had[d.Code+d.Message]++
	}
	for _, d := range now {
		if had[d.Code+d.Message]--; had[d.Code+d.Message] < 0 {
			return fmt.Errorf("nothing is written: it would be a mistake: %s (%s)", d.Message, d.Code) // its place is in a text that nobody sees
		}
	}
	return nil
}

// noCycleMore returns an error where new texts of plans, by path, make tasks of several plans wait for each other that did
// not before.
func (a *App) noCycleMore(ctx context.Context, texts map[string][]byte) error {
	paths := slices.Sorted(maps.Keys(texts))
	after, _, err := a.workspace(ctx, func(path string, buf []byte) ([]byte, error) {
		if text, ok := texts[path]; ok {
			return append(buf[:0], text...), nil
		}
		return a.Files.ReadInto(path, buf)
	}, paths...)
	if err != nil {
		return err
	}
	cycles := after.Cycles(maxCycles)
	if len(cycles) == 0 {
		return nil
	}
	before, _, err := a.Workspace(ctx, paths...)
	if err != nil {
		return err
	}
	had := map[string]bool{}
	for _, c := range before.Cycles(maxCycles) {
		had[inWords(c)] = true
	}
	for _, c := range cycles {
		if !had[inWords(c)] {
			return fmt.Errorf("nothing is written: it would be a mistake: tasks wait for each other: %s (cycle)", inWords(c))
		}
	}
	return nil
}

// inWords is a cycle in a line.
func inWords(c workspace.Cycle) string {
	var b strings.Builder
	for _, n := range c {
		b.WriteString(n.From + " needs ")
	}
	return b.String() + c[0].From
}

// mistakes are the errors that lint finds in one plan, needs in other plans aside.
func (a *App) mistakes(plan *workplan.Plan) diag.List {
	more := runner.Check(runner.Input{
		Plans: []*workplan.Plan{plan}, Kinds: a.Kinds, Exprs: a.Exprs, Env: a.exprEnv, Vantage: vantageFacts, Alias: a.Config.Alias,
		Foreign: func(workplan.Edge) bool { return true },
	})
	return slices.DeleteFunc(diag.Merge(plan.Mistakes(), more), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// today is the present day as plans write it.
func (a *App) today() string { return a.Now().Format(time.DateOnly) }

// dated adds the edit of the plan's `updated` to edits that change a status, and says statuses in the team's words, too.
func (a *App) dated(p *workplan.Plan, edits []text.Edit, changes []Change) ([]text.Edit, []Change, error) {
	status := false
	for i := range changes {
		if c := &changes[i]; c.Key == "status" {
			status, c.FromWord, c.ToWord = true, p.Words.Own(c.From), p.Words.Own(c.To)
		}
	}
	if day := a.today(); status && p.Updated.Text != day {
		e, err := p.SetUpdated(day)
		if err != nil {
			return nil, nil, err
		}
		return append(edits, e), append(changes, Change{ID: p.ID.Text, Key: "updated", From: p.Updated.Text, To: day}), nil
	}
	return edits, changes, nil
}

// what an id of a workspace names.
type what string

const (
	aTask     what = "task"
	aDecision what = "decision"
	anItem    what = "plan, task or decision"
)

// located is where an id stands.
type located struct {
	source source
	id     string // full
}

// locate finds what an id names, full or short, among some plans; an alias stands for what it means. Several are an
// error that names their places.
func (a *App) locate(sources []source, id string, kind what) (located, error) {
	id = a.Config.Alias(id)
	var exact, short []located
	var places, all []string
	for _, s := range sources {
		for _, v := range named(s.plan, kind) {
			all = append(all, v.Text)
			switch {
			case v.Text == id:
				exact = append(exact, located{s, v.Text})
			case v.Text == s.plan.ID.Text+"-"+id:
				short = append(short, located{s, v.Text})
			default:
				continue
			}
			places = append(places, fmt.Sprintf("%s (%s)", v.Text, s.plan.File.Pos(v.Span.Start)))
		}
	}
	found := exact
	if len(found) == 0 {
		found = short
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return located{}, fmt.Errorf("%s is the id of several: %s; give the full id", id, strings.Join(places[:min(len(places), 10)], ", "))
	}
	message := fmt.Sprintf("no %s %q in %s", kind, id, plansNamed(sources))
	if hint := diag.DidYouMean(id, all); hint != "" {
		message += "; " + hint
	} else if len(all) > 0 && len(sources) == 1 {
		message += "; there are " + strings.Join(all[:min(len(all), 20)], ", ")
	}
	return located{}, errors.New(message)
}

func plansNamed(sources []source) string {
	if len(sources) == 1 {
		return sources[0].name
	}
	return fmt.Sprintf("these %d plans", len(sources))
}

// named returns the ids of a kind that a plan gives.
func named(p *workplan.Plan, kind what) []workplan.Value {
	var out []workplan.Value
	if kind == anItem {
		out = append(out, p.ID)
	}
	if kind != aDecision {
		for _, t := range p.Tasks {
			out = append(out, t.ID)
		}
	}
	if kind != aTask {
		for _, d := range p.Decisions {
			out = append(out, d.ID)
		}
	}
	return slices.DeleteFunc(out, func(v workplan.Value) bool { return v.Text == "" })
}

// wanted finds what ids name: in the plan that is given, else in the workspace.
func (a *App) wanted(ctx context.Context, plan string, kind what, ids ...string) ([]located, error) {
	var out []located
	if plan != "" {
		sources, diags, err := a.loadAll(ctx, []string{plan})
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			at, err := a.locate(sources, id, kind)
			if i := slices.IndexFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }); err != nil && i >= 0 {
				return nil, fmt.Errorf("%w; the plan has errors: %s", err, diags[i])
			}
			if err != nil {
				return nil, err
			}
			out = append(out, at)
		}
		return out, nil
	}
	w, seen, err := a.Workspace(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		n, err := w.Resolve(id)
		if err != nil {
			return nil, seen.missing(a.unread(w, id, err))
		}
		if kind != anItem && n.What() != string(kind) {
			return nil, fmt.Errorf("%s is a %s, and not a %s", n.ID(), n.What(), kind)
		}
		s, _, err := a.load(n.Plan.Path)
		if err != nil {
			return nil, err
		}
		out = append(out, located{s, n.ID()})
	}
	return out, nil
}

// unread adds to the error about an id that is not there that its plan has mistakes: it may stand in one of them.
func (a *App) unread(w *workspace.Workspace, id string, err error) error {
	if _, there := w.Find(id); there || len(w.Short(id)) > 0 {
		return err
	}
	for _, p := range w.Plans {
		if p.ID == "" || !strings.HasPrefix(id, p.ID+"-") {
			continue
		}
		if _, diags, failed := a.load(p.Path); failed == nil {
			if i := slices.IndexFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }); i >= 0 {
				return fmt.Errorf("%w; its plan has mistakes: %s", err, diags[i])
			}
		}
	}
	return err
}
