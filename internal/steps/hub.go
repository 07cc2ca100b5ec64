package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Hub tells what the configured state hub knows. Its methods may be called at once.
type Hub interface {
	// Known returns how a plan, a task or a decision stands in the hub. An id that it does not know is a *NotInHub.
	Known(ctx context.Context, id string) (HubStanding, error)
	// Message returns the newest message about a plan whose text contains some words, with who acknowledged it;
	// nil where there is none. A plan that the hub does not know is a *NotInHub.
	Message(ctx context.Context, plan, words string) (*HubMessage, error)
}

// HubStanding is how something stands as a hub knows it.
type HubStanding struct {
	Standing        // File is empty
	Proposed bool   // the status is the hub's alone: no file has said it
	Choice   string // of a decision
	By       string // of a decision: who made it
	Outcome  string // of a task: what the newest verdict says; "" there is none
	Verified bool   // of a task: done, and the newest verdict is that it passed with the steps that it has now
}

// HubMessage is a message that was sent through a hub.
type HubMessage struct {
	Text   string
	By     string   // who sent it
	To     []string // none: everybody
	ReadBy []string // who acknowledged it
}

// NotInHub is the error of what a hub does not know.
type NotInHub struct{ ID, Hint string }

func (e *NotInHub) Error() string { return fmt.Sprintf("the hub does not know %s; %s", e.ID, e.Hint) }

// hubArgs are the fields of a hub step.
type hubArgs struct {
	ID       string   `yaml:"id" doc:"the full id of a plan, a task or a decision, as the hub knows it"`
	Status   []string `yaml:"status" doc:"the statuses that are as planned; unwritten: finished for a plan, done for a task, resolved for a decision"`
	Choice   string   `yaml:"choice" doc:"of a decision: the option that was to be chosen"`
	Verified bool     `yaml:"verified" doc:"of a task: the newest verdict about it is that it passed, with the steps that it has now"`
	Message  string   `yaml:"message" doc:"instead of id: words of a message about a plan; the newest message with them is looked at"`
	Plan     string   `yaml:"plan" doc:"of a message: the full id of the plan that it is about; unwritten: this plan"`
	By       []string `yaml:"by" doc:"of a message: who is to have acknowledged it; unwritten: all whom it was sent to, or somebody else than who sent it where it was sent to everybody"`
}

// hubSelf is what a hub step saw.
type hubSelf struct {
	ID       string   `json:"id" doc:"its full id; of a message, that of its plan"`
	What     string   `json:"what" doc:"plan, task, decision or message"`
	Title    string   `json:"title" doc:"its title; of a decision, the question; of a message, its text"`
	Status   string   `json:"status" doc:"as the hub knows it; of a message, acknowledged or sent"`
	Choice   string   `json:"choice" doc:"of a decision: what was chosen"`
	Verified bool     `json:"verified" doc:"of a task: whether its newest verdict is that it passed, with the steps that it has now"`
	By       []string `json:"by" doc:"of a decision: who made it; of a message: who acknowledged it"`
}

// hubKind looks at what the state hub knows. A plan does not say which hub: that is the configuration's, and the token
// goes nowhere else.
func hubKind(d Deps) check.Kind {
	return check.Define(check.Spec[hubArgs]{
		Name:    "hub",
		Doc:     "Expect the state hub to know a status, a decision or the acknowledgement of a message.",
		Bare:    "id",
		Example: "hub: {message: credentials for the database, by: [platform]}",
		Self:    hubSelf{},
		Caps:    []check.Capability{check.Network},
		Check:   hubCheck,
		Target:  hubTarget,
		Look: func(ctx context.Context, at check.Site, a hubArgs) (check.Result, error) {
			switch {
			case d.Hub == nil:
				return check.Result{}, errors.New("there is no hub to ask")
			case a.Message != "":
				return hubMessage(ctx, d.Hub, at, a)
			}
			return hubLook(ctx, d.Hub, a)
		},
	})
}

func hubTarget(a hubArgs) string {
	if a.Message != "" {
		return "message " + Quote(a.Message)
	}
	return a.ID
}

func hubCheck(a hubArgs) (out []check.Problem) {
	if a.Message == "" {
		if a.Plan != "" || a.By != nil {
			out = append(out, problem("plan and by are of a message", "give message, or leave them out", "message"))
		}
		return append(out, workplanCheck(workplanArgs{Needs: a.ID, Status: a.Status})...)
	}
	if a.ID != "" || a.Status != nil || a.Choice != "" || a.Verified {
		out = append(out, problem("a message has no id, status, choice or verified", "give either id or message", "message"))
	}
	if strings.TrimSpace(a.Message) == "" {
		out = append(out, problem("these are no words", "a part of the message's text", "message"))
	}
	if a.Plan != "" && strings.ContainsAny(a.Plan, " /\t\n") {
		out = append(out, problem("this is no id", "a full one, such as APP-WP-0001", "plan"))
	}
	if a.By != nil && len(a.By) == 0 {
		out = append(out, problem("nobody is to acknowledge it", "name somebody, or leave out by", "by"))
	}
	for i, name := range a.By {
		if strings.TrimSpace(name) == "" {
			out = append(out, problem("this is no name", "the name of a token of the hub", "by", i))
		}
	}
	return out
}

func hubLook(ctx context.Context, h Hub, a hubArgs) (check.Result, error) {
	s, err := h.Known(ctx, a.ID)
	if err != nil {
		return check.Result{}, err
	}
	self := hubSelf{ID: s.ID, What: s.What, Title: s.Title, Status: s.Status, Choice: s.Choice, Verified: s.Verified}
	if s.By != "" {
		self.By = []string{s.By}
	}
	want := a.Status
	if want == nil {
		want = []string{met[s.What]}
	}
	saw := s.ID + " is " + s.Status + " in the hub"
	if s.Status == "" {
		saw = "the hub knows no status of " + s.ID
	}
	var ms []Mismatch
	var why []string
	if !slices.Contains(want, s.Status) {
		ms = append(ms, Mismatch{Want: s.ID + " " + strings.Join(want, " or ")})
	} else if s.Proposed {
		saw += ", which no file has said"
		ms = append(ms, Mismatch{Want: s.ID + " " + strings.Join(want, " or ") + " as its file says"})
		why = append(why, "a status that was set in the hub is a proposal until a run or a person writes it into the plan")
	}
	if a.Choice != "" && s.Choice != a.Choice {
		ms = append(ms, Mismatch{Want: "choice " + Quote(a.Choice), Saw: "choice " + Quote(s.Choice)})
	}
	if a.Verified && !s.Verified {
		ms = append(ms, Mismatch{Want: "a verdict that it passed with the steps that it has now", Saw: hubVerdict(s)})
	}
	return netVerdict(saw, ms, why, self), nil
}

// hubVerdict says what the newest verdict about a task is worth.
func hubVerdict(s HubStanding) string {
	switch {
	case s.Outcome == "":
		return "no verdict"
	case s.Outcome == "passed":
		return "it passed, and its steps or its status are others now"
	}
	return "its newest verdict is " + s.Outcome
}

func hubMessage(ctx context.Context, h Hub, at check.Site, a hubArgs) (check.Result, error) {
	plan := a.Plan
	if plan == "" {
		plan = at.Plan
	}
	m, err := h.Message(ctx, plan, a.Message)
	if err != nil {
		return check.Result{}, err
	}
	self := hubSelf{ID: plan, What: "message"}
	if m == nil {
		return netVerdict("no message about "+plan+" says "+Quote(a.Message), []Mismatch{{Want: "a message that somebody acknowledged"}},
			[]string{"`wpctl hub tell` sends one"}, self), nil
	}
	self.Title, self.Status, self.By = m.Text, "sent", m.ReadBy
	from := a.By
	if from == nil {
		from = m.To
	}
	var missing []string
	for _, name := range from {
		if !slices.Contains(m.ReadBy, name) {
			missing = append(missing, name)
		}
	}
	saw := "acknowledged by " + strings.Join(m.ReadBy, ", ")
	if len(m.ReadBy) == 0 {
		saw = "sent by " + m.By + ", acknowledged by nobody"
	}
	switch {
	case len(missing) > 0:
		return netVerdict(saw, []Mismatch{{Want: "acknowledged by " + strings.Join(missing, ", ")}}, nil, self), nil
	case len(from) == 0 && !slices.ContainsFunc(m.ReadBy, func(name string) bool { return name != m.By }):
		return netVerdict(saw, []Mismatch{{Want: "acknowledged by somebody else than " + m.By}}, nil, self), nil
	}
	self.Status = "acknowledged"
	return netVerdict(saw, nil, nil, self), nil
}
