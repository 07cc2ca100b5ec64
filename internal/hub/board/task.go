package board

import (
	"strconv"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// taskPage is a task.
type taskPage struct {
	planHead
	Task    taskRow
	Line    string // where it stands in its forge
	Place   string // the same in words
	Verdict *finding
	Needs   []need
	Needed  []taskRow
	History []entry
	Older   string
	Since   time.Time
}

// need is what a task needs, as its plan writes it, and what that is where it is known.
type need struct {
	Name   string
	Link   string
	Title  string
	Status stamp
}

const historyOnPage = 50

func (s *Server) task(v *visit) error {
	head, id, err := s.within(v)
	if err != nil {
		return err
	}
	c, err := s.Store.Card(v.ctx(), head.ID, id)
	if err != nil {
		return err
	}
	p := taskPage{planHead: head, Task: taskRows([]store.Card{c})[0]}
	p.Title, p.Since = p.Task.Key+" "+p.Task.Title, c.CreatedAt
	p.Line = s.Forges.File(p.Plan.Repo, p.Plan.Path, p.Plan.Ref, p.Task.Line)
	if p.Place = p.Plan.Path; p.Place != "" && p.Task.Line > 0 {
		p.Place += ":" + strconv.Itoa(p.Task.Line)
	}
	if c.Verdict != "" {
		r, err := s.Store.Get(v.ctx(), head.ID, hub.KindVerdict, c.Verdict)
		if err != nil {
			return err
		}
		p.Verdict = &finding{taskRow: p.Task, Verdict: body[hub.Verdict](r), By: clean(r.CreatedBy)}
	}
	if p.Needs, err = s.needs(v, head, c.Record); err != nil {
		return err
	}
	cards, err := s.Store.Needing(v.ctx(), v.who, head.ID, forms(head.Plan.Plan, p.Task.Key))
	if err != nil {
		return err
	}
	p.Needed = taskRows(cards)
	var more int64
	if p.History, more, err = s.entries(v, head, c.ID, before(v), historyOnPage); err != nil {
		return err
	}
	if more > 0 {
		p.Older = v.with("before", strconv.FormatInt(more, 10))
	}
	return v.show(taskView(p))
}

// forms are the ways in which a plan may write an id of its own.
func forms(plan, key string) []string {
	if short, ok := strings.CutPrefix(strings.ToLower(key), strings.ToLower(plan)+"-"); ok && short != "" {
		return []string{key, short}
	}
	return []string{key}
}

// whole is an id of a plan as others write it.
func whole(plan, id string) string { return plan + "-" + id }

// needs looks up what a task needs: within its plan by the short id too, and elsewhere by the whole one.
func (s *Server) needs(v *visit, p planHead, r hub.Record) ([]need, error) {
	list := body[hub.Task](r).Needs
	var keys []string
	for _, name := range list {
		keys = append(keys, name, whole(p.Plan.Plan, name))
	}
	found := map[string][]store.Card{}
	for len(keys) > 0 {
		some := keys[:min(len(keys), 200)]
		part, err := s.Store.ByKey(v.ctx(), v.who, some)
		if err != nil {
			return nil, err
		}
		for key, cards := range part {
			found[key] = cards
		}
		keys = keys[len(some):]
	}
	var out []need
	for _, name := range list {
		n := need{Name: name}
		for _, key := range []string{name, whole(p.Plan.Plan, name)} {
			for _, c := range found[strings.ToLower(key)] {
				if n.Link == "" || c.Workstream == p.ID { // its own plan comes first
					n = needOf(name, c)
				}
			}
		}
		out = append(out, n)
	}
	return out, nil
}

func needOf(name string, c store.Card) need {
	n := need{Name: name}
	switch c.Kind {
	case hub.KindDecision:
		d := body[hub.Decision](c.Record)
		n.Title, n.Status, n.Link = d.Question, stampOf(d.Status), "/plans/"+c.Workstream+"/decisions/"+c.ID
	case hub.KindTask:
		t := taskRow{Card: c, Task: body[hub.Task](c.Record)}
		n.Title, n.Status, n.Link = t.Title, stampOf(t.Task.Status), t.link()
	default:
		w := body[hub.Workstream](c.Record)
		n.Title, n.Status, n.Link = w.Title, stampOf(w.Status), "/plans/"+c.ID
	}
	return n
}
