package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// manualArgs are the fields of a manual step.
type manualArgs struct {
	Statement string        `yaml:"statement" required:"true" doc:"what a person says that holds"`
	Valid     time.Duration `yaml:"valid" doc:"how long a sign-off counts: 90d; unwritten: for ever"`
	By        []string      `yaml:"by" doc:"who may sign it off; unwritten: everybody"`
}

// manualSelf is the sign-off that a manual step found.
type manualSelf struct {
	By      string    `json:"by" doc:"who signed it off"`
	At      time.Time `json:"at" doc:"when"`
	Note    string    `json:"note" doc:"the remark"`
	Claimed bool      `json:"claimed" doc:"it is not signed with a key that is known here"`
}

// manualKind asks for a person's word.
//
// A sign-off counts for the step as it was when it was made: for its digest. One that is signed with a known key
// passes; one that is not passes as claimed. Without any, the step waits.
func manualKind() check.Kind {
	return check.Define(check.Spec[manualArgs]{
		Name:    "manual",
		Doc:     "Expect that a person has signed the statement off.",
		Bare:    "statement",
		Example: `manual: {statement: "the operator can log in at /admin/", valid: 90d}`,
		Self:    manualSelf{},
		Caps:    []check.Capability{check.AsksPeople},
		Check:   manualCheck,
		Target:  func(a manualArgs) string { return firstLine(a.Statement) },
		Look:    manualLook,
	})
}

func manualCheck(a manualArgs) (out []check.Problem) {
	if strings.TrimSpace(a.Statement) == "" {
		out = append(out, check.Problem{Path: []any{"statement"}, Message: "the statement is empty"})
	}
	if a.By != nil && len(a.By) == 0 {
		out = append(out, check.Problem{Path: []any{"by"}, Message: "nobody may sign this off", Hint: "name who may, or leave out by"})
	}
	return out
}

func manualLook(_ context.Context, at check.Site, a manualArgs) (check.Result, error) {
	if at.Signed == nil {
		return check.Result{}, &check.Waiting{For: "a sign-off"}
	}
	now := siteNow(at)
	var claim *check.Signoff
	why := ""
	for _, s := range at.Signed(at.Plan, at.Task, at.Step) {
		reason := a.refuses(s, at.Digest, now)
		switch {
		case reason == "" && s.Verified:
			return a.accept(s), nil
		case reason == "" && claim == nil:
			claim = &s
		case why == "":
			why = reason
		}
	}
	if claim != nil {
		return a.accept(*claim), nil
	}
	return check.Result{}, &check.Waiting{For: a.wanted(why)}
}

// refuses says why a sign-off does not count; "" where it does.
func (a manualArgs) refuses(s check.Signoff, digest string, now time.Time) string {
	who := fmt.Sprintf("%s signed on %s", s.By, day(s.At))
	switch {
	case s.Digest != digest:
		return who + ", for another wording of the step"
	case len(a.By) > 0 && !slices.Contains(a.By, s.By):
		return who + ", and is not one of them"
	case s.At.After(now.Add(24 * time.Hour)): // clocks and time zones differ a little
		return who + ", a day that is yet to come"
	case a.Valid > 0 && !now.Before(s.At.Add(a.Valid)):
		return fmt.Sprintf("%s, and that expired on %s", who, day(s.At.Add(a.Valid)))
	}
	return ""
}

func (a manualArgs) accept(s check.Signoff) check.Result {
	verb := "signed"
	if !s.Verified {
		verb = "claimed"
	}
	saw := fmt.Sprintf("%s by %s on %s", verb, s.By, day(s.At))
	if a.Valid > 0 {
		saw += ", until " + day(s.At.Add(a.Valid))
	}
	if s.Note != "" {
		saw += ": " + s.Note
	}
	return check.Result{OK: true, Saw: saw, Claimed: !s.Verified, Self: manualSelf{By: s.By, At: s.At, Note: s.Note, Claimed: !s.Verified}}
}

// wanted says who is waited for, and what was wrong with the newest sign-off.
func (a manualArgs) wanted(why string) string {
	out := "a sign-off"
	if len(a.By) > 0 {
		out += " by " + strings.Join(a.By, " or ")
	}
	if why != "" {
		out += ": " + why
	}
	return out
}
