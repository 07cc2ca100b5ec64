package board

import (
	"cmp"
	"strconv"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// entry is something that happened.
type entry struct {
	When    time.Time
	Who     string
	What    string // a verb
	Sign    stamp
	Of      string // the task or the decision that it is about
	Link    string
	Then    string // the end of the sentence
	Text    string
	Details string
}

// entries are what happened in a plan, or about a task of it, the newest first; and where there is more, the number
// to go on with.
func (s *Server) entries(v *visit, p planHead, task string, before int64, limit int) ([]entry, int64, error) {
	records, err := s.Store.History(v.ctx(), p.ID, task, before, limit+1)
	if err != nil {
		return nil, 0, err
	}
	var more int64
	if len(records) > limit {
		records = records[:limit]
		more = records[limit-1].Seq
	}
	var ids []string
	for _, r := range records {
		if r.Task != "" {
			ids = append(ids, r.Task)
		}
	}
	tasks, err := s.Store.Records(v.ctx(), p.ID, ids)
	if err != nil {
		return nil, 0, err
	}
	var out []entry
	for _, r := range records {
		e := entryOf(r)
		if t, ok := tasks[r.Task]; ok {
			e.Of, e.Link = body[hub.Task](t).Key, "/plans/"+r.Workstream+"/tasks/"+r.Task
		}
		e.Of = label(p.Plan.Plan, e.Of)
		out = append(out, e)
	}
	return out, more, nil
}

func entryOf(r hub.Record) entry {
	e := entry{When: r.UpdatedAt, Who: clean(r.UpdatedBy), Sign: stamp{Class: "note"}, What: "changed"}
	if r.Rev == 1 {
		e.What = "made"
	}
	switch r.Kind {
	case hub.KindVerdict:
		d := body[hub.Verdict](r)
		e.Sign, e.What, e.Text, e.Details = stampOf(d.Outcome), "looked at", d.Findings, about(d)
		e.Then = "— " + e.Sign.Word
	case hub.KindEvent:
		d := body[hub.Event](r)
		e.What, e.Text = "tells of "+d.Type, d.Text
	case hub.KindMessage:
		d := body[hub.Message](r)
		e.What, e.Text = "says to "+cmp.Or(joined(d.To), "everybody"), d.Text
	case hub.KindLease:
		d := body[hub.Lease](r)
		e.Sign, e.What, e.Details = stampOf("in_progress"), "claimed", "until "+moment(d.ExpiresAt)
		if d.Released {
			e.Sign, e.What, e.Details = stampOf("todo"), "gave back", ""
		}
	case hub.KindDecision:
		d := body[hub.Decision](r)
		e.Sign, e.Of, e.Link, e.Text, e.Then = stampOf(d.Status), d.Key, "/plans/"+r.Workstream+"/decisions/"+r.ID, d.Question, " ("+d.Status+")"
		switch {
		case d.Status == "resolved":
			e.What, e.Then, e.Text = "resolved", "— "+d.Choice, d.Note
		case r.Rev == 1:
			e.What, e.Then = "asks", ""
		}
	case hub.KindTask:
		d := body[hub.Task](r)
		e.Sign, e.Of, e.Link = stampOf(d.Status), d.Key, "/plans/"+r.Workstream+"/tasks/"+r.ID
		e.Then = " (" + e.Sign.Word + ")"
	case hub.KindWorkstream:
		d := body[hub.Workstream](r)
		e.Sign, e.Of, e.Link = stampOf(d.Status), d.Plan, "/plans/"+r.ID
		e.Then = " (" + e.Sign.Word + ")"
	case hub.KindReceipt:
		e.What = "has read a message"
	}
	return e
}

// about says of what a verdict is.
func about(d hub.Verdict) string {
	out := "observed " + moment(d.ObservedAt)
	for _, p := range []struct{ name, value string }{{"cluster", d.Cluster}, {"commit", d.Commit}, {"run", d.Run}} {
		if p.value != "" {
			out += " · " + p.name + " " + p.value
		}
	}
	return out
}

func before(v *visit) int64 {
	n, err := strconv.ParseInt(v.r.URL.Query().Get("before"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// historyPage is what happened in a plan.
type historyPage struct {
	planHead
	History []entry
	Older   string
}

func (s *Server) history(v *visit) error {
	head, err := s.head(v, "History")
	if err != nil {
		return err
	}
	p := historyPage{planHead: head}
	var more int64
	if p.History, more, err = s.entries(v, head, "", before(v), historyOnPage); err != nil {
		return err
	}
	if more > 0 {
		p.Older = v.with("before", strconv.FormatInt(more, 10))
	}
	return v.show(historyView(p))
}
