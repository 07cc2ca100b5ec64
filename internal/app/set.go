package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// SetRequest says which keys get which values.
type SetRequest struct {
	Plan   string // a file or an id; "" for all plans of the workspace
	IDs    []string
	Values []KeyValue
	Claim  bool // done and finished are the user's word
	DryRun bool
}

// KeyValue is a key and its value as the user gives them; an empty value takes the key away.
type KeyValue struct{ Key, Value string }

// Set gives keys of tasks, decisions and plans their values. Everything is tried on all files before any is written;
// of one file all is written or nothing. With an error, what is returned says which files were written before it.
func (a *App) Set(ctx context.Context, req SetRequest) ([]Edited, error) {
	found, err := a.wanted(ctx, req.Plan, anItem, req.IDs...)
	if err != nil {
		return nil, err
	}
	ids := map[string][]string{} // by file
	var files []source
	for _, at := range found {
		path := at.source.path
		if len(ids[path]) == 0 {
			files = append(files, at.source)
		}
		if !slices.Contains(ids[path], at.id) {
			ids[path] = append(ids[path], at.id)
		}
	}
	slices.SortFunc(files, func(x, y source) int { return cmp.Compare(x.path, y.path) })
	return a.setAll(ctx, files, ids, req)
}

func (a *App) setAll(ctx context.Context, files []source, ids map[string][]string, req SetRequest) ([]Edited, error) {
	needs := slices.ContainsFunc(req.Values, func(kv KeyValue) bool { return kv.Key == "needs" && kv.Value != "" })
	var out []Edited
	after := map[string][]byte{} // by path
	for _, s := range files {
		if len(files) == 1 && !req.DryRun && !needs {
			break // the write itself is all or nothing
		}
		e, err := a.edit(ctx, s, true, a.setting(ids[s.path], req))
		if err != nil {
			return nil, err
		}
		out, after[s.path] = append(out, e), e.New
	}
	if needs {
		if err := a.noCycleMore(ctx, after); err != nil {
			return nil, err
		}
	}
	if req.DryRun {
		return out, nil
	}
	out = nil
	for i, s := range files {
		files[i].plan = nil // it is parsed anew, and large
		e, err := a.edit(ctx, s, false, a.setting(ids[s.path], req))
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

// setting makes the edits of one file.
func (a *App) setting(ids []string, req SetRequest) editing {
	return func(p *workplan.Plan) (edits []text.Edit, changes []Change, err error) {
		for _, id := range ids {
			more, set, err := assigned(p, id, req)
			if err != nil {
				return nil, nil, err
			}
			edits, changes = append(edits, more...), append(changes, set...)
		}
		return a.dated(p, edits, changes)
	}
}

// assigned sets the keys of one item.
func assigned(p *workplan.Plan, id string, req SetRequest) (edits []text.Edit, changes []Change, err error) {
	given := map[string]string{} // key → as it was given
	for _, kv := range req.Values {
		more, as, err := p.Assign(id, kv.Key, kv.Value)
		if err == nil && given[as.Key] != "" {
			err = fmt.Errorf("%s and %s are the same key", given[as.Key], kv.Key)
		}
		d := p.Decision(as.ID)
		if err == nil {
			err = recommendable(d, as)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", id, err)
		}
		given[as.Key] = kv.Key
		if len(more) == 0 {
			continue
		}
		if err := claimed(p, as, req.Claim); err != nil {
			return nil, nil, err
		}
		edits, changes = append(edits, more...), append(changes, Change{ID: as.ID, Key: as.Key, From: as.From, To: as.To})
		if d != nil && as.Key == "status" && (as.To == workplan.Pending || as.To == "") {
			more, gone, err := unmade(p, d)
			if err != nil {
				return nil, nil, err
			}
			edits, changes = append(edits, more...), append(changes, gone...)
		}
	}
	return edits, changes, nil
}

// unmade takes the choice out of a decision that is open again, with who made it and when. The note stays: it may be
// about the question.
func unmade(p *workplan.Plan, d *workplan.Decision) ([]text.Edit, []Change, error) {
	fields := map[string]string{}
	var changes []Change
	for _, v := range []struct{ key, was string }{{"choice", d.Choice.Text}, {"by", d.By.Text}, {"date", d.Date.Text}} {
		if v.was != "" {
			fields[v.key] = ""
			changes = append(changes, Change{ID: d.ID.Text, Key: v.key, From: v.was})
		}
	}
	edits, err := p.SetDecision(d.ID.Text, fields)
	return edits, changes, err
}

// recommendable refuses to recommend what is no option of a decision.
func recommendable(d *workplan.Decision, as workplan.Assignment) error {
	if d == nil || as.Key != "recommendation" || as.To == "" || len(d.Options) == 0 {
		return nil
	}
	_, err := choice(d, DecideRequest{Choice: as.To})
	return err
}

// claimed refuses a status that only a run proves, unless the user says that it is their word.
func claimed(p *workplan.Plan, as workplan.Assignment, claim bool) error {
	if as.Key != "status" {
		return nil
	}
	switch s := workplan.Status(as.To); {
	case as.To == workplan.Resolved:
		return errors.New("a decision is resolved with a choice: `wpctl decide` writes both")
	case claim || s != workplan.Done && s != workplan.Finished:
		return nil
	case s == workplan.Finished:
		return fmt.Errorf("%s: `wpctl run %s` writes %s when its tasks are proven; --claim writes it as your word, which verify looks at", as.ID, p.ID.Text, p.Words.Of(as.To))
	}
	t := p.Task(as.ID)
	if t != nil && len(t.Steps) == 0 {
		return fmt.Errorf("%s has no verify steps that could prove it: add some, see `wpctl new step`; --claim writes %s as your word", as.ID, p.Words.Of(as.To))
	}
	return fmt.Errorf("%s: `wpctl run %s --task %s` writes %s when its steps hold; --claim writes it as your word, which verify looks at", as.ID, p.ID.Text, cmp.Or(t.Short, as.ID), p.Words.Of(as.To))
}
