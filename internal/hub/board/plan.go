package board

import (
	"net/url"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// How much of a plan its first page shows; the rest is on pages of its own.
const (
	tasksOnPage    = 100
	findingsOnPlan = 8
	historyOnPlan  = 10
	workOnPlan     = 10
	drawnOnPlan    = 40 // tasks
)

// planHead is what all pages of a plan begin with.
type planHead struct {
	frame
	ID       string
	Seq      int64 // of the plan's newest change
	Plan     hub.Workstream
	Tab      string
	File     string // the plan's file in its forge
	Repo     string // the repository's page
	Share    share
	Tally    *store.Tally
	Findings int
}

func (p planHead) link(rest string) string { return "/plans/" + p.ID + rest }

// head reads the plan that an address names.
func (s *Server) head(v *visit, tab string) (planHead, error) {
	r, err := s.planOf(v)
	if err != nil {
		return planHead{}, err
	}
	seq, err := s.Store.Seq(v.ctx(), r.ID)
	if err != nil {
		return planHead{}, err
	}
	tallies, err := s.Store.Tallies(v.ctx(), []string{r.ID})
	if err != nil {
		return planHead{}, err
	}
	plan := body[hub.Workstream](r)
	p := planHead{frame: s.frame(v, plan.Plan, "plans"), ID: r.ID, Seq: seq, Plan: plan, Tab: tab, Tally: tallies[r.ID], Share: shareOf(tallies[r.ID])}
	if tab != "" {
		p.Title = tab + " · " + p.Title
	}
	p.Live = liveOf(r.ID, seq)
	p.File, p.Repo = s.Forges.File(plan.Repo, plan.Path, plan.Ref, 0), s.Forges.Repository(plan.Repo)
	for outcome, n := range p.Tally.Outcomes {
		if outcome != "" && outcome != "passed" {
			p.Findings += n
		}
	}
	return p, nil
}

// within is the plan that an address names, and the id that it names in it.
func (s *Server) within(v *visit) (planHead, string, error) {
	head, err := s.head(v, "")
	if err != nil {
		return head, "", err
	}
	id, err := v.id()
	return head, id, err
}

// planPage is a plan as a whole.
type planPage struct {
	planHead
	Decisions []decisionCard
	Work      []taskRow
	Found     []finding
	Tasks     taskList
	History   []entry
	Drawing   string
}

func (s *Server) plan(v *visit) error {
	head, err := s.head(v, "")
	if err != nil {
		return err
	}
	p := planPage{planHead: head}
	if p.Decisions, err = s.decisionCards(v, store.Cards{Workstream: p.ID, State: "pending", Limit: 20}); err != nil {
		return err
	}
	if p.Work, err = s.held(v, store.Cards{Workstream: p.ID, Limit: workOnPlan}); err != nil {
		return err
	}
	if p.Found, err = s.found(v, p.planHead, findingsOnPlan, 0); err != nil {
		return err
	}
	if p.Tasks, err = s.taskList(v, p.planHead); err != nil {
		return err
	}
	if p.History, _, err = s.entries(v, p.planHead, "", 0, historyOnPlan); err != nil {
		return err
	}
	total := 0
	for _, n := range p.Tally.Tasks {
		total += n
	}
	if total > 0 && total <= drawnOnPlan {
		if p.Drawing, _, err = s.draw(v, p.planHead, drawnOnPlan+20); err != nil {
			return err
		}
	}
	return v.show(planView(p))
}

// taskList is a page of a plan's tasks.
type taskList struct {
	Filter []choice
	Rows   []taskRow
	Pages  pages
	Words  string
	State  string
	Action string // the address that the filter asks
	Plan   string
}

func (s *Server) taskList(v *visit, p planHead) (taskList, error) {
	l := taskList{Words: v.words(), State: v.state(taskStates), Action: p.link("/tasks"), Plan: p.Plan.Plan}
	tasks := *v
	r := *v.r // links lead to the page of tasks
	r.URL = &url.URL{Path: l.Action, RawQuery: v.r.URL.RawQuery}
	tasks.r = &r
	which := store.Cards{Kind: hub.KindTask, Workstream: p.ID, Search: l.Words}
	counts := p.Tally.Tasks
	if l.Words != "" {
		var err error
		if counts, err = s.Store.States(v.ctx(), v.who, which); err != nil {
			return l, err
		}
	}
	l.Filter = choices(&tasks, taskStates, counts)
	which.State, which.Offset, which.Limit = l.State, (v.pageNumber()-1)*tasksOnPage, tasksOnPage+1
	cards, err := s.Store.Cards(v.ctx(), v.who, which)
	if err != nil {
		return l, err
	}
	cards, l.Pages = paged(&tasks, cards, tasksOnPage)
	l.Rows = taskRows(cards)
	return l, nil
}

// tasksPage is the list of a plan's tasks.
type tasksPage struct {
	planHead
	Tasks taskList
}

func (s *Server) tasks(v *visit) error {
	head, err := s.head(v, "Tasks")
	if err != nil {
		return err
	}
	p := tasksPage{planHead: head}
	if p.Tasks, err = s.taskList(v, head); err != nil {
		return err
	}
	return v.show(tasksView(p))
}

// finding is what the newest verdict about a task says where it is not that it passed.
type finding struct {
	taskRow
	hub.Verdict
	By string
}

func (s *Server) found(v *visit, p planHead, limit, offset int) ([]finding, error) {
	cards, err := s.Store.Cards(v.ctx(), v.who, store.Cards{Kind: hub.KindTask, Workstream: p.ID, Findings: true, Limit: limit, Offset: offset})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range cards {
		ids = append(ids, c.Verdict)
	}
	verdicts, err := s.Store.Records(v.ctx(), p.ID, ids)
	if err != nil {
		return nil, err
	}
	var out []finding
	for _, t := range taskRows(cards) {
		r := verdicts[t.Card.Verdict]
		out = append(out, finding{taskRow: t, Verdict: body[hub.Verdict](r), By: clean(r.CreatedBy)})
	}
	return out, nil
}

const findingsOnPage = 50

// findingsPage is what runs found in a plan.
type findingsPage struct {
	planHead
	Found []finding
	Pages pages
}

func (s *Server) findings(v *visit) error {
	head, err := s.head(v, "Findings")
	if err != nil {
		return err
	}
	p := findingsPage{planHead: head}
	if p.Found, err = s.found(v, head, findingsOnPage+1, (v.pageNumber()-1)*findingsOnPage); err != nil {
		return err
	}
	p.Found, p.Pages = paged(v, p.Found, findingsOnPage)
	return v.show(findingsView(p))
}

// workPage is who works on what.
type workPage struct {
	frame
	Rows  []taskRow
	Pages pages
}

const workOnPage = 100

func (s *Server) work(v *visit) error {
	p := workPage{frame: s.frame(v, "At work", "work")}
	mark, err := s.Store.Mark(v.ctx(), v.who)
	if err != nil {
		return err
	}
	p.Live = liveAll(mark)
	if p.Rows, err = s.held(v, store.Cards{Limit: workOnPage + 1, Offset: (v.pageNumber() - 1) * workOnPage}); err != nil {
		return err
	}
	p.Rows, p.Pages = paged(v, p.Rows, workOnPage)
	return v.show(workView(p))
}

// held are tasks that somebody has claimed, with their plans' names.
func (s *Server) held(v *visit, which store.Cards) ([]taskRow, error) {
	which.Kind, which.Held = hub.KindTask, true
	cards, err := s.Store.Cards(v.ctx(), v.who, which)
	if err != nil {
		return nil, err
	}
	return s.named(v, taskRows(cards))
}

// named writes beside tasks what their plans are called.
func (s *Server) named(v *visit, rows []taskRow) ([]taskRow, error) {
	var ids []string
	for _, t := range rows {
		ids = append(ids, t.Workstream)
	}
	plans, err := s.planNames(v, ids)
	for i := range rows {
		rows[i].Plan = plans[rows[i].Workstream].Plan
	}
	return rows, err
}
