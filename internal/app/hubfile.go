package app

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/exchange"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// planFile is a plan's file as the exchange with a hub sees it.
type planFile struct {
	*App
	source source
	dry    bool
	ref    string // of git, that the file is read from
	ids    hubIDs
	wrote  []Change
}

// hubIDs are the ids by which a hub knows what a plan holds, by their ids in the plan: those that stand in the file,
// and those that are minted where none does.
type hubIDs struct {
	workstream string
	of         map[string]string
	missing    []string // in the file; in its order
}

// unidentified is the error of a plan of which it is not clear what a hub is to call its parts.
type unidentified struct{ err error }

func (u *unidentified) Error() string { return u.err.Error() }

func (u *unidentified) Unwrap() error { return u.err }

// idsOf returns a plan's ids in a hub. It is an error where two things would have one.
func idsOf(p *workplan.Plan) (hubIDs, error) {
	out := hubIDs{workstream: strings.ToLower(p.HubID.Text), of: map[string]string{}}
	minted, err := hubid.Workstream(p.Repo.Text, p.ID.Text)
	if err != nil {
		return out, &unidentified{err}
	}
	if out.workstream == "" {
		out.workstream, out.missing = minted, append(out.missing, p.ID.Text)
	}
	out.of[p.ID.Text] = out.workstream
	owner := map[string]string{out.workstream: p.ID.Text}
	add := func(id workplan.Value, has string, mint func(string, string) (string, error)) error {
		uuid := strings.ToLower(has)
		if uuid == "" {
			if uuid, err = mint(out.workstream, id.Text); err != nil {
				return &unidentified{err}
			}
			out.missing = append(out.missing, id.Text)
		}
		if other, ok := owner[uuid]; ok {
			return &unidentified{fmt.Errorf("%s: %s and %s have the same id in the hub, %s; remove it from one of them", p.File.Pos(id.Span.Start), other, id.Text, uuid)}
		}
		out.of[id.Text], owner[uuid] = uuid, id.Text
		return nil
	}
	for _, t := range p.Tasks {
		if err := add(t.ID, t.HubID.Text, hubid.Task); err != nil {
			return out, err
		}
	}
	for _, d := range p.Decisions {
		if err := add(d.ID, d.HubID.Text, hubid.Decision); err != nil {
			return out, err
		}
	}
	return out, nil
}

// identify writes the ids that are missing into the file, before any request names them.
func (a *App) identify(ctx context.Context, s source, dry bool) (hubIDs, Edited, error) {
	ids, err := idsOf(s.plan)
	if err != nil || len(ids.missing) == 0 {
		return ids, Edited{Name: s.name}, err
	}
	e, err := a.edit(ctx, s, dry, func(p *workplan.Plan) (edits []text.Edit, changes []Change, err error) {
		if ids, err = idsOf(p); err != nil {
			return nil, nil, err
		}
		for _, id := range ids.missing {
			edit, err := p.SetHubID(id, ids.of[id])
			if err != nil {
				return nil, nil, err
			}
			edits, changes = append(edits, edit), append(changes, Change{ID: id, Key: idKey(p, id), To: ids.of[id]})
		}
		return edits, changes, nil
	})
	return ids, e, err
}

// idKey is the key that a hub's id stands under.
func idKey(p *workplan.Plan, id string) string {
	switch {
	case id == p.ID.Text:
		return "state_hub_workstream_id"
	case p.Decision(id) != nil:
		return "state_hub_decision_id"
	}
	return "state_hub_task_id"
}

// Records is what the file says now.
func (f *planFile) Records() ([]exchange.Record, error) {
	s, diags, err := f.load(f.source.path)
	if err != nil {
		return nil, err
	}
	if diags.Errors() {
		return nil, fmt.Errorf("%s cannot be read any more: %s", f.source.name, diags[0])
	}
	ids, err := idsOf(s.plan)
	if err != nil {
		return nil, err
	}
	if ids.workstream != f.ids.workstream {
		return nil, fmt.Errorf("%s became another plan meanwhile", f.source.name)
	}
	return f.records(s.plan, ids)
}

func (f *planFile) records(p *workplan.Plan, ids hubIDs) ([]exchange.Record, error) {
	out := make([]exchange.Record, 0, 1+len(p.Tasks)+len(p.Decisions))
	add := func(kind hub.Kind, id, name string, body any) error {
		b, err := hub.BodyOf(kind, body)
		out = append(out, exchange.Record{Kind: kind, ID: ids.of[id], Name: name, Body: b})
		return err
	}
	if err := add(hub.KindWorkstream, p.ID.Text, p.ID.Text, f.workstream(p)); err != nil {
		return nil, err
	}
	for i, t := range p.Tasks {
		if err := add(hub.KindTask, t.ID.Text, t.Short, f.task(p, t, i+1)); err != nil {
			return nil, err
		}
	}
	for _, d := range p.Decisions {
		if err := add(hub.KindDecision, d.ID.Text, d.Short, f.decision(d)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (f *planFile) workstream(p *workplan.Plan) hub.Workstream {
	repo, _ := hubid.Repo(p.Repo.Text) // idsOf has read it; an address in it may hold a password
	path, err := filepath.Rel(f.Config.Root, f.source.path)
	if err != nil {
		path = filepath.Base(f.source.path)
	}
	return hub.Workstream{
		Repo: f.told(repo, 1000), Plan: p.ID.Text, Title: f.told(p.Title.Text, 1000), Status: p.Status.Text, Domain: f.told(p.Domain.Text, 200),
		Owner: f.told(p.Owner.Text, 200), Priority: p.Priority.Text, Path: f.told(filepath.ToSlash(path), 1000), Ref: f.told(f.ref, 200),
	}
}

func (f *planFile) task(p *workplan.Plan, t *workplan.Task, order int) hub.Task {
	out := hub.Task{
		Key: t.ID.Text, Title: f.told(t.Title, 1000), Status: t.Status.Text, Priority: t.Priority.Text, Assignee: f.told(t.Assignee.Text, 200),
		Line: p.File.Pos(t.Block.Start).Line, Order: order,
	}
	for _, r := range t.Needs[:min(len(t.Needs), 1000)] {
		out.Needs = append(out.Needs, f.told(r.ID, 200))
	}
	for _, l := range t.Labels[:min(len(t.Labels), 100)] {
		out.Labels = append(out.Labels, f.told(l, 200))
	}
	if len(t.Steps) > 0 {
		out.Steps = runner.Digest(f.Kinds, p, t.Steps...)
	}
	return out
}

func (f *planFile) decision(d *workplan.Decision) hub.Decision {
	out := hub.Decision{
		Key: d.ID.Text, Question: f.told(d.Question.Text, 4000), Recommendation: f.told(d.Recommendation.Text, 200),
		Status: d.Status.Text, Choice: f.told(d.Choice.Text, 200), Note: f.told(d.Note.Text, 4000),
	}
	for _, o := range d.Options {
		if out.Options == nil {
			out.Options = map[string]string{}
		}
		out.Options[f.told(o.Name, 200)] = f.told(o.Text, 1000)
	}
	return out
}

// told is a text of the file as the hub gets it: without secrets, and not longer than it takes.
func (f *planFile) told(s string, limit int) string {
	return safe.Cut(f.Redactor.String(s), limit)
}

// Write brings the hub's part into the file. What one unit makes impossible does not hinder the others.
func (f *planFile) Write(ctx context.Context, list []exchange.Write) ([]exchange.Unwritten, error) {
	var fit []exchange.Write
	var out []exchange.Unwritten
	for _, w := range list {
		if why := f.unfit(w); why != "" {
			out = append(out, exchange.Unwritten{Write: w, Why: why})
			continue
		}
		fit = append(fit, w)
	}
	moved, err := f.apply(ctx, fit, f.dry)
	if err == nil || len(fit) == 0 {
		return append(out, moved...), nil
	}
	var good []exchange.Write
	for _, w := range fit {
		if _, why := f.apply(ctx, []exchange.Write{w}, true); why != nil {
			out = append(out, exchange.Unwritten{Write: w, Why: why.Error()})
			continue
		}
		good = append(good, w)
	}
	if len(good) == len(fit) {
		return nil, err // it is not what is written
	}
	moved, err = f.apply(ctx, good, f.dry)
	return append(out, moved...), err
}

// apply writes units into the file, and returns those whose value there is not the one that was merged any more.
func (f *planFile) apply(ctx context.Context, list []exchange.Write, dry bool) ([]exchange.Unwritten, error) {
	if len(list) == 0 {
		return nil, nil
	}
	s, _, err := f.load(f.source.path)
	if err != nil {
		return nil, err
	}
	var moved []exchange.Unwritten
	e, err := f.edit(ctx, s, dry, func(p *workplan.Plan) (edits []text.Edit, changes []Change, err error) {
		moved = nil
		ids, err := idsOf(p)
		if err != nil {
			return nil, nil, err
		}
		now, err := f.records(p, ids)
		if err != nil {
			return nil, nil, err
		}
		byID := map[string]exchange.Record{}
		for _, r := range now {
			byID[r.ID] = r
		}
		for _, w := range list {
			r, ok := byID[w.Record.ID]
			if !ok || w.Unit.Value(r.Body) != w.Unit.Value(w.Record.Body) {
				moved = append(moved, exchange.Unwritten{Write: w, Moved: true})
				continue
			}
			more, change, err := f.unit(p, r.Body.String("key"), w)
			if err != nil {
				return nil, nil, err
			}
			edits, changes = append(edits, more...), append(changes, change...)
		}
		return f.dated(p, edits, changes)
	})
	if err == nil && e.Written {
		f.wrote = append(f.wrote, e.Changes...)
	}
	return moved, err
}

// keys are what units are called in the blocks of a plan.
var keys = map[hub.Kind]map[string]string{
	hub.KindWorkstream: {"owner": "owner", "priority": "planning_priority"},
	hub.KindTask:       {"assignee": "assignee", "priority": "priority"},
}

// unit makes the edits of one unit. There are no others than those that it names: nothing of a hub becomes a step.
func (f *planFile) unit(p *workplan.Plan, id string, w exchange.Write) ([]text.Edit, []Change, error) {
	if w.Record.Kind == hub.KindDecision {
		return f.answer(p, id, w)
	}
	key, ok := keys[w.Record.Kind][w.Unit.Name]
	if !ok {
		return nil, nil, fmt.Errorf("%s of a %s is not the hub's to say", w.Unit.Name, w.Record.Kind)
	}
	id = cmp.Or(id, p.ID.Text)
	edits, as, err := p.Assign(id, key, w.Body.String(w.Unit.Fields[0]))
	return edits, []Change{{ID: as.ID, Key: as.Key, From: as.From, To: as.To}}, err
}

// answer makes the edits of a decision's answer, or of its note.
func (f *planFile) answer(p *workplan.Plan, id string, w exchange.Write) ([]text.Edit, []Change, error) {
	d := p.Decision(id)
	if d == nil {
		return nil, nil, fmt.Errorf("%s has gone from the file", id)
	}
	was := map[string]string{"status": d.Status.Text, "choice": d.Choice.Text, "by": d.By.Text, "date": d.Date.Text, "note": d.Note.Text}
	fields := map[string]string{"note": w.Body.String("note")}
	if w.Unit.Name == "answer" {
		fields = map[string]string{"status": cmp.Or(w.Body.String("status"), workplan.Pending), "choice": w.Body.String("choice"), "by": "", "date": ""}
		if fields["status"] != workplan.Pending {
			fields["by"], fields["date"] = f.answered(w)
		}
	}
	edits, err := p.SetDecision(id, fields)
	if err != nil {
		return nil, nil, err
	}
	var changes []Change
	for _, key := range []string{"status", "choice", "by", "date", "note"} {
		if to, ok := fields[key]; ok && to != was[key] {
			changes = append(changes, Change{ID: d.ID.Text, Key: key, From: was[key], To: to})
		}
	}
	return edits, changes, nil
}

// answered says who has answered a decision in the hub, and on which day.
func (f *planFile) answered(w exchange.Write) (by, day string) {
	var d hub.Decision
	at := w.Item.UpdatedAt
	if w.Body.Into(&d) == nil && d.ResolvedAt != nil {
		at = *d.ResolvedAt
	}
	by = cmp.Or(d.ResolvedBy, w.Item.UpdatedBy)
	if f.misfit(by, 200) != "" {
		by = ""
	}
	if !at.IsZero() {
		day = at.UTC().Format(time.DateOnly)
	}
	return by, day
}

// unfit says why a unit of the hub cannot stand in a file.
func (f *planFile) unfit(w exchange.Write) string {
	for _, name := range w.Unit.Fields {
		limit := 200
		if name == "note" {
			limit = 4000
		}
		if why := f.misfit(w.Body.String(name), limit); why != "" {
			return why
		}
	}
	if w.Unit.Name == "answer" {
		var d hub.Decision
		if err := w.Record.Body.Into(&d); err != nil {
			return err.Error()
		}
		choice := w.Body.String("choice")
		if _, ok := d.Options[choice]; !ok && choice != "" && len(d.Options) > 0 {
			return "the choice is no option of the decision in the file"
		}
	}
	return ""
}

// misfit says why a text of a hub cannot be a value in a file.
func (f *planFile) misfit(s string, limit int) string {
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "it is not one line of plain text"
	case strings.TrimSpace(s) != s || strings.Contains(s, "  "):
		return "it has blanks that a file would not keep"
	case utf8.RuneCountInString(s) > limit:
		return fmt.Sprintf("it is longer than %d letters", limit)
	case f.Redactor.String(s) != s:
		return "it looks like a secret"
	}
	return ""
}

var _ exchange.File = (*planFile)(nil)
