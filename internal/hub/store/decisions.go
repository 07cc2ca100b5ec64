package store

import (
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// wording are the fields with which somebody asks; answering are those with which somebody answers.
var (
	wording   = []string{"question", "options", "recommendation", "second_person"}
	answering = []string{"status", "choice", "note"}
	stamps    = []string{"asked_by", "resolved_by", "resolved_at"} // the hub's own
)

// decide judges who may write a decision so, and writes the hub's own fields into it. A new one has no was.
func decide(was, now hub.Body, who hub.Token, when time.Time) error {
	var before, after hub.Decision
	if was.Kind != "" {
		if err := was.Into(&before); err != nil {
			return err
		}
	}
	if now.String("status") == "" {
		now.Set("status", "pending")
	}
	if err := now.Into(&after); err != nil {
		return err
	}
	changed := was.Differ(now)
	touches := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(changed, n) })
	}
	fresh := was.Kind == ""
	asks := fresh || touches(wording)
	answers := touches(answering)
	if fresh {
		answers = after.Status != "pending" || after.Choice != "" || after.Note != ""
	}
	switch {
	case fresh && (len(after.AskedBy) > 0 || after.ResolvedBy != "" || after.ResolvedAt != nil), !fresh && touches(stamps):
		return hub.Refuse(hub.CodeFixed, "asked_by, resolved_by and resolved_at are written by the hub")
	case before.SecondPerson && !after.SecondPerson:
		return hub.Refuse(hub.CodeFixed, "second_person stays on")
	case asks && !fresh && before.Status != "pending":
		return hub.Refuse(hub.CodeFixed, "the decision is %s: its question stays as it was answered", before.Status)
	case answers && who.Role != hub.Human:
		return hub.Refuse(hub.CodeRole, "only a human resolves decisions, and the token's role is %s", who.Role)
	}
	asked := before.AskedBy
	if asks && !slices.Contains(asked, who.Name) {
		asked = append(slices.Clone(asked), who.Name)
	}
	if len(asked) > 0 {
		now.Set("asked_by", asked)
	}
	if !answers {
		return nil
	}
	if after.SecondPerson && slices.Contains(asked, who.Name) {
		return hub.Refuse(hub.CodeSecondPerson, "who asked may not answer: somebody else than %s resolves this", who.Name)
	}
	return resolve(now, after, who, when)
}

// resolve checks an answer and says whose it is.
func resolve(now hub.Body, after hub.Decision, who hub.Token, when time.Time) error {
	if after.Status == "pending" { // taken back
		if after.Choice != "" && now.Has("resolved_by") {
			now.Drop("choice")
		} else if after.Choice != "" {
			return hub.Refuse(hub.CodeInvalid, "a choice is made with the status resolved")
		}
		now.Drop("resolved_by", "resolved_at")
		return nil
	}
	if after.Status == "resolved" {
		if after.Choice == "" {
			return hub.Refuse(hub.CodeInvalid, "a resolved decision has a choice")
		}
		if _, ok := after.Options[after.Choice]; !ok && len(after.Options) > 0 {
			return hub.Refuse(hub.CodeInvalid, "the choice %q is none of the options", after.Choice)
		}
	}
	now.Set("resolved_by", who.Name)
	now.Set("resolved_at", when)
	return nil
}
