package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// DecideRequest says what is decided.
type DecideRequest struct {
	Plan     string // a file or an id; "" for all plans of the workspace
	Decision string // full or short
	Choice   string // "" is an error that tells what there is to choose from
	By       string // "" for the user's name
	Note     string
	Yes      bool // replace a choice that was made before
	DryRun   bool
}

// Decided is a decision that was written into its plan.
type Decided struct {
	Edited
	ID     string
	Choice string
	Text   string // of the option; "" where the decision has no options
	By     string
	Before string   // who chose the same before, where that is so and nothing is written
	Free   []string // ids of tasks that waited for it, short ones of the plan itself
}

// Decide writes the choice of a decision into its plan, with who made it and when.
func (a *App) Decide(ctx context.Context, req DecideRequest) (Decided, error) {
	found, err := a.wanted(ctx, req.Plan, aDecision, req.Decision)
	if err != nil {
		return Decided{}, err
	}
	at := found[0]
	if req.By = strings.TrimSpace(req.By); req.By == "" {
		req.By = a.userName(ctx)
	}
	req.Note = a.Redactor.String(req.Note)
	out := Decided{ID: at.id, By: req.By}
	open := false
	out.Edited, err = a.edit(ctx, at.source, req.DryRun, func(p *workplan.Plan) ([]text.Edit, []Change, error) {
		d := p.Decision(at.id)
		if d == nil {
			return nil, nil, fmt.Errorf("%s has gone from the file", at.id)
		}
		o, err := choice(d, req)
		if err != nil {
			return nil, nil, err
		}
		out.Choice, out.Text, out.Free = o.Name, o.Text, waitingFor(p, d)
		open = d.Status.Text != workplan.Resolved
		edits, changes, err := a.decide(p, d, o.Name, req)
		if err == nil && len(edits) == 0 {
			out.Before = made(d)
		}
		return edits, changes, err
	})
	if err == nil && open {
		out.Free = append(out.Free, a.waitingElsewhere(ctx, at)...)
	}
	return out, err
}

// waitingElsewhere are the open tasks of other plans that need a decision.
func (a *App) waitingElsewhere(ctx context.Context, at located) (out []string) {
	w, _, err := a.Workspace(ctx, at.source.path)
	if err != nil {
		return nil
	}
	for _, id := range w.Dependents(at.id) {
		if n, ok := w.Find(id); ok && n.Task != nil && n.Plan.Path != at.source.path && !closed(State(n.Status())) {
			out = append(out, id)
		}
	}
	return out
}

func (a *App) decide(p *workplan.Plan, d *workplan.Decision, choice string, req DecideRequest) ([]text.Edit, []Change, error) {
	again := d.Status.Text == workplan.Resolved && d.Choice.Text == choice
	if again && (req.Note == "" || d.Note.Text == req.Note) {
		return nil, nil, nil // it says so already: by whom and when stays
	}
	if d.Status.Text != workplan.Pending && !req.Yes {
		return nil, nil, fmt.Errorf("%s is %s already: %s; give --yes to replace that", d.Short, p.Words.Of(d.Status.Text), made(d))
	}
	fields := map[string]string{"status": workplan.Resolved, "choice": choice, "by": req.By, "date": a.today(), "note": req.Note}
	edits, err := p.SetDecision(d.ID.Text, fields)
	if err != nil {
		return nil, nil, err
	}
	var changes []Change
	for _, c := range []Change{
		{Key: "status", From: d.Status.Text, To: workplan.Resolved},
		{Key: "choice", From: d.Choice.Text, To: choice},
		{Key: "by", From: d.By.Text, To: req.By},
		{Key: "date", From: d.Date.Text, To: a.today()},
		{Key: "note", From: d.Note.Text, To: req.Note},
	} {
		if c.From != c.To {
			c.ID = d.ID.Text
			changes = append(changes, c)
		}
	}
	return a.dated(p, edits, changes)
}

// made says who chose what in a decision, and when.
func made(d *workplan.Decision) string {
	out := d.Choice.Text
	if out == "" {
		return "without a choice"
	}
	if d.By.Text != "" {
		out += ", by " + d.By.Text
	}
	if d.Date.Text != "" {
		out += " on " + d.Date.Text
	}
	return out
}

// choice finds the option that a request chooses; where there are no options any text is one.
func choice(d *workplan.Decision, req DecideRequest) (workplan.Option, error) {
	choice := strings.TrimSpace(req.Choice)
	var names, all []string
	for _, o := range d.Options {
		if o.Name == choice {
			return o, nil
		}
		names = append(names, o.Name)
		all = append(all, fmt.Sprintf("%s (%s)", o.Name, o.Text))
	}
	question := d.Short
	if d.Question.Text != "" {
		question = fmt.Sprintf("%s asks %q", d.Short, d.Question.Text)
	}
	switch {
	case len(names) == 0 && choice == "":
		return workplan.Option{}, fmt.Errorf("the choice is empty; %s", question)
	case len(names) == 0:
		return workplan.Option{Name: choice}, nil
	}
	options := "choose one of " + strings.Join(all, ", ")
	if d.Recommendation.Text != "" {
		options += "; recommended is " + d.Recommendation.Text
	}
	if choice == "" {
		return workplan.Option{}, errors.New(question + "; " + options)
	}
	if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, choice) }); i >= 0 {
		return workplan.Option{}, fmt.Errorf("%q is no option of %s; did you mean %q?", choice, d.Short, names[i])
	}
	if hint := diag.DidYouMean(choice, names); hint != "" {
		options = hint
	}
	return workplan.Option{}, fmt.Errorf("%q is no option of %s; %s", choice, d.Short, options)
}

// waitingFor are the open tasks of a plan that need a decision which is still to be made.
func waitingFor(p *workplan.Plan, d *workplan.Decision) []string {
	var out []string
	if d.Status.Text == workplan.Resolved {
		return nil
	}
	needs := func(refs []workplan.Ref) bool {
		return slices.ContainsFunc(refs, func(r workplan.Ref) bool { return r.ID == d.ID.Text })
	}
	whole := needs(p.Needs)
	for _, t := range p.Tasks {
		if !closed(State(t.Status.Text)) && (whole || needs(t.Needs)) {
			out = append(out, t.Short)
		}
	}
	return out
}
