package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// Plans tells how a plan, a task or a decision of the workspace stands, by its full id or an alias of it.
// The file is read anew each time; where none has it, the state hub is asked. An id that is in none of the plans, and
// that the hub does not know either, is a *NoPlan.
type Plans func(ctx context.Context, id string) (Standing, error)

// Standing is how a plan, a task or a decision stands, as its file says.
type Standing struct {
	ID     string
	What   string // plan, task or decision
	Title  string
	Status string
	File   string // as the user would write it; "" where the state hub said it
}

// NoPlan is the error of an id that is in none of the plans at hand.
type NoPlan struct {
	ID   string
	Hint string // `did you mean …?`, or ""
}

func (e *NoPlan) Error() string {
	s := e.ID + " is in none of the plans here"
	if e.Hint != "" {
		return s + ": " + e.Hint
	}
	return s + ": are its files among `plans` of the configuration?"
}

// workplanArgs are the fields of a workplan step.
type workplanArgs struct {
	Needs  string   `yaml:"needs" required:"true" doc:"the full id of a plan, a task or a decision"`
	Status []string `yaml:"status" doc:"the statuses that are as planned, in wpctl's words; unwritten: finished for a plan, done for a task, resolved for a decision"`
}

// workplanSelf is what a workplan step saw.
type workplanSelf struct {
	ID     string `json:"id" doc:"its full id"`
	What   string `json:"what" doc:"plan, task or decision"`
	Title  string `json:"title" doc:"its title; of a decision, the question"`
	Status string `json:"status" doc:"as its file says, or said to the state hub, in wpctl's words"`
	File   string `json:"file" doc:"the file that it stands in; empty where only the state hub knows it"`
}

// standings are the statuses that each thing can have.
var standings = map[string][]string{
	"plan":     {"draft", "proposed", "active", "blocked", "finished", "cancelled", "archived"},
	"task":     {"todo", "in_progress", "blocked", "done", "failed", "cancelled"},
	"decision": {"pending", "resolved", "superseded"},
}

// met is the status of what a need is met by.
var met = map[string]string{"plan": "finished", "task": "done", "decision": "resolved"}

// workplanKind looks at what the file of another plan says, or has said to the state hub. That is a claim, not a proof: to prove it, run that plan.
func workplanKind(d Deps) check.Kind {
	return check.Define(check.Spec[workplanArgs]{
		Name:    "workplan",
		Doc:     "Expect another plan, or a task or decision of one, to have a status.",
		Bare:    "needs",
		Example: "workplan: {needs: RAILIANCE-WP-0003, status: finished}",
		Self:    workplanSelf{},
		Caps:    []check.Capability{check.ReadsFiles},
		Check:   workplanCheck,
		Target:  func(a workplanArgs) string { return a.Needs },
		Look: func(ctx context.Context, _ check.Site, a workplanArgs) (check.Result, error) {
			return workplanLook(ctx, d.Plans, a)
		},
	})
}

func workplanCheck(a workplanArgs) (out []check.Problem) {
	if strings.TrimSpace(a.Needs) == "" || strings.ContainsAny(a.Needs, " /\t\n") {
		out = append(out, problem("this is no id", "a full one, such as APP-WP-0001-T03", "needs"))
	}
	if a.Status != nil && len(a.Status) == 0 {
		out = append(out, problem("no status is as planned", "name one, or leave out status", "status"))
	}
	var known []string
	for _, what := range []string{"plan", "task", "decision"} {
		known = append(known, standings[what]...)
	}
	for i, s := range a.Status {
		if !slices.Contains(known, s) {
			hint := diag.DidYouMean(s, known)
			if hint == "" {
				hint = "a plan is " + strings.Join(standings["plan"], ", ") + "; a task " + strings.Join(standings["task"], ", ")
			}
			out = append(out, problem(fmt.Sprintf("nothing has the status %s", Quote(s)), hint, "status", i))
		}
	}
	return out
}

func workplanLook(ctx context.Context, plans Plans, a workplanArgs) (check.Result, error) {
	if plans == nil {
		return check.Result{}, errors.New("there are no plans to look into")
	}
	s, err := plans(ctx, a.Needs)
	if err != nil {
		return check.Result{}, err
	}
	self := workplanSelf(s)
	want := a.Status
	if want == nil {
		want = []string{met[s.What]}
	}
	if s.Status == "" {
		return netVerdict(s.ID+" says nothing of its status", []Mismatch{{Want: s.ID + " " + strings.Join(want, " or ")}}, nil, self), nil
	}
	saw := s.ID + " is " + s.Status
	if slices.Contains(want, s.Status) {
		return check.Result{OK: true, Saw: saw, Self: self}, nil
	}
	var why []string
	if !slices.ContainsFunc(want, func(w string) bool { return slices.Contains(standings[s.What], w) }) {
		why = append(why, fmt.Sprintf("it is a %s, and that is never %s", s.What, strings.Join(want, " or ")))
	}
	return netVerdict(saw, []Mismatch{{Want: s.ID + " " + strings.Join(want, " or ")}}, why, self), nil
}
