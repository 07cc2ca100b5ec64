package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// AddRequest says of what a step is to be made.
type AddRequest struct {
	Kind, Target string
	Values       []KeyValue // fields of the kind, as YAML
	Plan         string     // a file or an id; "" for all plans of the workspace
	Task         string     // full or short, or a plan's id for its own steps; "" where the plan has one task only
	Name         string     // of the step; "" leaves it to the kind
	Cluster      string     // the name of a cluster; "" for that of the task, the plan or the configuration
	DryRun       bool
}

// Added is a step that was made of what was seen.
type Added struct {
	Edited
	ID    string   // of the task
	Saw   string   // when the step was looked at as it was written
	Notes []string // what is not expected, and why

	write func() (Edited, error)
}

// Write writes the step as it was made; the request was a dry run then.
func (d *Added) Write() (err error) {
	d.Edited, err = d.write()
	return err
}

// NotAdded is the error where no step could be made, with the exit code that it stands for.
type NotAdded struct {
	Exit int
	Err  error
}

func (e *NotAdded) Error() string { return e.Err.Error() }
func (e *NotAdded) Unwrap() error { return e.Err }

// Add looks at a target, makes a step that expects what is there, looks again through that step, and writes it to the end
// of a task's steps. Nothing is written where it does not hold.
func (a *App) Add(ctx context.Context, req AddRequest) (Added, error) {
	kind, err := a.addable(req.Kind)
	if err != nil {
		return Added{}, err
	}
	at, err := a.addPlace(ctx, req)
	if err != nil {
		return Added{}, err
	}
	out := Added{ID: at.id}
	given, args, err := given(kind, req)
	if err != nil {
		return out, err
	}
	step := a.drafted(at, kind, args, req)
	draft, err := a.draft(ctx, step, req.Target, args)
	if err != nil {
		return out, err
	}
	if draft.Instead {
		given = given[1:] // the target
	}
	fields := append(slices.Clone(given), slices.DeleteFunc(draft.Fields, func(f check.Field) bool {
		return slices.ContainsFunc(given, func(g check.Field) bool { return g.Key == f.Key })
	})...)
	order := strict.Fields(kind.Args)
	slices.SortStableFunc(fields, func(x, y check.Field) int { return cmp.Compare(fieldAt(order, x.Key), fieldAt(order, y.Key)) })
	fields, out.Notes = a.withoutSecrets(fields, given, draft.Notes)
	if fields == nil {
		return out, fmt.Errorf("what was given holds what looks like a secret: nothing is written; plans name secrets, see `wpctl explain %s`", kind.Name)
	}
	text := stepText(kind, req, fields, draft.Assert)
	if a.Redactor.String(text) != text {
		return out, errors.New("the step would hold a secret: nothing is written")
	}
	return out, a.addStep(ctx, at, text, req, &out)
}

// addStep tries a step, and then writes it.
func (a *App) addStep(ctx context.Context, at located, step string, req AddRequest, out *Added) error {
	change := func(p *workplan.Plan) ([]byte, []Change, error) {
		text, err := p.AddStep(at.id, step)
		return text, []Change{{ID: at.id, Key: "step", To: req.Kind + " " + req.Target}}, err
	}
	var err error
	if out.Edited, err = a.rewrite(ctx, at.source, true, change); err != nil {
		return err
	}
	if out.Saw, err = a.try(ctx, at, out.New); err != nil {
		return err
	}
	out.write = func() (Edited, error) { return a.rewrite(ctx, at.source, false, change) }
	if req.DryRun {
		return nil
	}
	return out.Write()
}

// CanAdd returns an error where no step of a kind can be made of what is seen.
func (a *App) CanAdd(kind string) error {
	_, err := a.addable(kind)
	return err
}

// Addable are the kinds whose steps can be made of what is seen, by name.
func (a *App) Addable() []string {
	return slices.DeleteFunc(a.Kinds.Names(), func(name string) bool { k, _ := a.Kinds.Kind(name); return k.Draft == nil })
}

// addable returns one of these.
func (a *App) addable(name string) (check.Kind, error) {
	can := a.Addable()
	kind, ok := a.Kinds.Kind(name)
	switch {
	case !ok:
		return kind, fmt.Errorf("no kind of step %q; %s", name, diag.OneOf(name, can))
	case kind.Draft == nil:
		return kind, fmt.Errorf("no step of the kind %s can be made of what is seen, only of %s; `wpctl new step` begins one from its example", name, strings.Join(can, ", "))
	}
	return kind, nil
}

// addPlace finds the task that the step is for.
func (a *App) addPlace(ctx context.Context, req AddRequest) (located, error) {
	if req.Task != "" {
		found, err := a.wanted(ctx, req.Plan, anItem, req.Task)
		if err != nil {
			return located{}, err
		}
		if found[0].source.plan.Decision(found[0].id) != nil {
			return located{}, fmt.Errorf("%s is a decision, and has no steps", found[0].id)
		}
		return found[0], nil
	}
	if req.Plan == "" {
		return located{}, errors.New("for which task is the step? name it with --task")
	}
	sources, _, err := a.loadAll(ctx, []string{req.Plan})
	if err != nil {
		return located{}, err
	}
	if len(sources) == 1 && len(sources[0].plan.Tasks) == 1 {
		return located{sources[0], sources[0].plan.Tasks[0].ID.Text}, nil
	}
	var ids []string
	for _, s := range sources {
		for _, t := range s.plan.Tasks {
			ids = append(ids, t.Short)
		}
	}
	return located{}, fmt.Errorf("for which task is the step? name it with --task; there are %s", strings.Join(ids[:min(len(ids), 20)], ", "))
}

// given are the fields that the request gives, and the arguments that they make.
func given(kind check.Kind, req AddRequest) ([]check.Field, any, error) {
	if strings.TrimSpace(req.Target) == "" {
		return nil, nil, errors.New("the target is empty")
	}
	var out []check.Field
	switch {
	case kind.Aimed != nil:
		out = append(out, kind.Aimed(req.Target))
	case kind.Bare != "":
		out = append(out, check.Field{Key: kind.Bare, Value: req.Target})
	}
	aimed := len(out) > 0
	for _, v := range req.Values {
		var value any
		if err := yaml.Unmarshal([]byte(v.Value), &value); err != nil {
			return nil, nil, fmt.Errorf("%s=%s is no YAML: %w", v.Key, v.Value, err)
		}
		if _, text := value.(string); !text && !isComposite(value) && fmt.Sprint(value) != v.Value || value == nil {
			value = v.Value // such as a day, or 0644
		}
		if slices.ContainsFunc(out, func(f check.Field) bool { return f.Key == v.Key }) {
			return nil, nil, fmt.Errorf("%s is given twice", v.Key)
		}
		out = append(out, check.Field{Key: v.Key, Value: value})
	}
	text := flowFields(out)
	if strings.Contains(text, "${{") {
		return nil, nil, errors.New("there is no plan yet that ${{ }} could be filled in from: give the value itself")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", text, err)
	}
	args := kind.New()
	for _, p := range strict.Decode(&doc, args, strict.Options{}) {
		if !p.Warning {
			return nil, nil, problemError(kind.Name, p.Message, p.Hint)
		}
	}
	if aimed { // others have their target not in their arguments yet
		for _, p := range kind.Check(args) {
			return nil, nil, problemError(kind.Name, p.Message, p.Hint)
		}
	}
	return out, args, nil
}

func isComposite(v any) bool {
	k := reflect.ValueOf(v).Kind()
	return k == reflect.Map || k == reflect.Slice
}

func problemError(kind, message, hint string) error {
	if hint != "" {
		message += "; " + hint
	}
	return fmt.Errorf("%s: %s", kind, message)
}

// drafted is the step for whose sake a draft is made: it says where to look, and as whom.
func (a *App) drafted(at located, kind check.Kind, args any, req AddRequest) *runner.Step {
	p := at.source.plan
	t := p.Task(at.id)
	step := &runner.Step{Step: &workplan.Step{Kind: kind.Name}, Kind: kind, Title: kind.Name + " " + req.Target, Plan: p, Task: t, Caps: kind.Needs(args)}
	step.Cluster = cmp.Or(req.Cluster, p.Defaults.Cluster)
	if t != nil && req.Cluster == "" {
		step.Cluster = cmp.Or(t.Cluster.Text, p.Defaults.Cluster)
	}
	step.Namespace = cmp.Or(p.Defaults.Namespace, a.Config.Defaults.Namespace)
	return step
}

// draft looks as the step would, with what policy lets a dry run do.
func (a *App) draft(ctx context.Context, step *runner.Step, target string, args any) (check.Draft, error) {
	j := &job{App: a, verb: policy.DryRun, files: a.tracked(ctx)}
	for _, c := range step.Caps {
		if c == check.NetworkWrite || c == check.ClusterWrite || c == check.RunsCode {
			return check.Draft{}, fmt.Errorf("a look at it may change something (%s): write the step by hand", c)
		}
	}
	if err := j.allow(step, step.Caps); err != nil {
		return check.Draft{}, &NotAdded{ExitWaiting, err}
	}
	site, err := j.site(step)
	if err != nil {
		return check.Draft{}, err
	}
	site.Plan, site.Task, site.Step, site.Namespace = step.Plan.ID.Text, taskOf(step), step.Title, step.Namespace
	ctx, stop := context.WithTimeout(ctx, step.Kind.Timeout)
	defer stop()
	draft, err := step.Kind.Draft(ctx, site, target, args)
	var auth *check.Unauthenticated
	var bad *check.BadTarget
	var denied *check.Denied
	switch {
	case err == nil:
		return draft, nil
	case errors.As(err, &bad):
		return draft, fmt.Errorf("%s: %s", step.Kind.Name, a.Redactor.String(bad.Reason))
	case errors.As(err, &denied):
		return draft, &NotAdded{ExitWaiting, a.told("could not look", err)}
	case check.IsUnfit(err):
		return draft, &NotAdded{ExitFailed, a.told("nothing to expect", err)}
	case errors.As(err, &auth):
		return draft, &NotAdded{ExitAuth, a.told("could not look", err)}
	}
	return draft, &NotAdded{ExitUnknown, a.told("could not look", err)}
}

// told is an error without secrets.
func (a *App) told(what string, err error) error {
	return errors.New(what + ": " + a.Redactor.String(err.Error()))
}

// withoutSecrets leaves out fields in which something looks like a secret. Nil, where such a field was given.
func (a *App) withoutSecrets(fields, given []check.Field, notes []string) ([]check.Field, []string) {
	out := []check.Field{}
	for _, f := range fields {
		text := flowFields([]check.Field{f})
		var doc yaml.Node
		err := yaml.Unmarshal([]byte(text), &doc)
		if err == nil && len(policy.Literals(&doc)) == 0 && a.Redactor.String(text) == text {
			out = append(out, f)
			continue
		}
		if slices.ContainsFunc(given, func(g check.Field) bool { return g.Key == f.Key }) {
			return nil, nil
		}
		notes = append(notes, f.Key+" is not expected: something in it looks like a secret")
	}
	return out, notes
}

func fieldAt(order []strict.Field, key string) int {
	return slices.IndexFunc(order, func(f strict.Field) bool { return f.Name == key })
}

// try looks at the last step of a task in a new text of its plan, and at nothing else. What it saw comes back.
func (a *App) try(ctx context.Context, at located, src []byte) (string, error) {
	p, _ := at.source.plan.Words.Parse(at.source.name, src)
	if t := p.Task(at.id); t != nil {
		one := *t
		one.Needs, one.HasNeeds, one.Steps, one.Status = nil, true, t.Steps[len(t.Steps)-1:], workplan.Value{Text: string(workplan.Todo)}
		p.Tasks, p.Steps = []*workplan.Task{&one}, nil
	} else {
		p.Tasks, p.Steps = nil, p.Steps[len(p.Steps)-1:]
	}
	plan := at.source
	plan.plan = p
	prog, diags := a.compile(ctx, []source{plan})
	if prog == nil {
		return "", a.badTemplate("step", diags)
	}
	j := &job{App: a, verb: policy.DryRun, prog: prog, files: a.tracked(ctx), sources: []source{plan}}
	res := prog.Run(ctx, j.options())
	if code, ok := ended(ctx, res); ok {
		return "", &NotAdded{code, errors.New("interrupted")}
	}
	task := res.Plans[0].Own
	if len(res.Plans[0].Tasks) > 0 {
		task = res.Plans[0].Tasks[0]
	}
	if len(task.Steps) == 0 {
		return "", &NotAdded{ExitUnknown, fmt.Errorf("nothing is written: the step was not looked at: %s", task.Reason)}
	}
	s := task.Steps[len(task.Steps)-1]
	if s.Outcome != check.Passed {
		return "", &NotAdded{exitOf(ctx, res), fmt.Errorf("nothing is written: the step was %s when it was tried: wanted %s, saw %s", s.Outcome, s.Want, s.Saw)}
	}
	return s.Saw, nil
}
