package board

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// decisionCards are decisions with what the visitor may do about them.
func (s *Server) decisionCards(v *visit, which store.Cards) ([]decisionCard, error) {
	which.Kind = hub.KindDecision
	cards, err := s.Store.Cards(v.ctx(), v.who, which)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range cards {
		ids = append(ids, c.Workstream)
	}
	plans := map[string]hub.Workstream{}
	if which.Workstream == "" {
		if plans, err = s.planNames(v, ids); err != nil {
			return nil, err
		}
	}
	var out []decisionCard
	for _, c := range cards {
		d := cardOf(v, c.Record)
		d.Plan = plans[c.Workstream].Plan
		out = append(out, d)
	}
	return out, nil
}

func cardOf(v *visit, r hub.Record) decisionCard {
	d := decisionCard{Decision: body[hub.Decision](r), ID: r.ID, Workstream: r.Workstream, Rev: r.Rev, Made: r.CreatedAt, Key: "board-" + rand.Text()}
	for _, name := range names(r) {
		d.Choices = append(d.Choices, option{clean(name), d.Options[clean(name)]})
	}
	raw := hub.Decision{}
	_ = json.Unmarshal(r.Body, &raw) // the store wrote it
	switch {
	case v.who.Role != hub.Human:
		d.WhyNot = "Only a human resolves decisions; you are here with the role " + clean(string(v.who.Role)) + "."
	case raw.SecondPerson && slices.Contains(raw.AskedBy, v.who.Name):
		d.WhyNot = "Who asked may not answer: somebody else than " + clean(v.who.Name) + " resolves this."
	default:
		d.May = true
	}
	return d
}

// decisionsPage is a list of decisions.
type decisionsPage struct {
	frame
	Filter []choice
	Cards  []decisionCard
	Pages  pages
}

const decisionsOnPage = 25

func (s *Server) decisions(v *visit) error {
	p := decisionsPage{frame: s.frame(v, "Decisions", "decisions")}
	mark, err := s.Store.Mark(v.ctx(), v.who)
	if err != nil {
		return err
	}
	p.Live = liveAll(mark)
	p.Filter, p.Cards, p.Pages, err = s.decisionList(v, "")
	if err != nil {
		return err
	}
	return v.show(decisionsView(p))
}

// decisionList is a page of decisions, those that are pending unless others are asked for.
func (s *Server) decisionList(v *visit, plan string) ([]choice, []decisionCard, pages, error) {
	counts, err := s.Store.States(v.ctx(), v.who, store.Cards{Kind: hub.KindDecision, Workstream: plan})
	if err != nil {
		return nil, nil, pages{}, err
	}
	var filter []choice
	on := cmp.Or(v.state(decisionStates), "pending")
	for _, state := range decisionStates {
		link := v.with("state", state, "page", "")
		filter = append(filter, choice{Word: stampOf(state).Word, Link: link, Count: counts[state], On: on == state})
	}
	cards, err := s.decisionCards(v, store.Cards{Workstream: plan, State: on, Limit: decisionsOnPage + 1, Offset: (v.pageNumber() - 1) * decisionsOnPage})
	if err != nil {
		return nil, nil, pages{}, err
	}
	cards, p := paged(v, cards, decisionsOnPage)
	return filter, cards, p, nil
}

// planDecisionsPage is the list of a plan's decisions.
type planDecisionsPage struct {
	planHead
	Filter []choice
	Cards  []decisionCard
	Pages  pages
}

func (s *Server) planDecisions(v *visit) error {
	head, err := s.head(v, "Decisions")
	if err != nil {
		return err
	}
	p := planDecisionsPage{planHead: head}
	if p.Filter, p.Cards, p.Pages, err = s.decisionList(v, head.ID); err != nil {
		return err
	}
	return v.show(planDecisionsView(p))
}

// decisionPage is a decision.
type decisionPage struct {
	planHead
	Card decisionCard
}

func (s *Server) decision(v *visit) error {
	head, r, err := s.asked(v)
	if err != nil {
		return err
	}
	return s.showDecision(v, head, cardOf(v, r), http.StatusOK)
}

// asked is the decision that a visit is about, and its plan.
func (s *Server) asked(v *visit) (planHead, hub.Record, error) {
	head, id, err := s.within(v)
	if err != nil {
		return head, hub.Record{}, err
	}
	r, err := s.Store.Get(v.ctx(), head.ID, hub.KindDecision, id)
	return head, r, err
}

func (s *Server) showDecision(v *visit, head planHead, card decisionCard, status int) error {
	if v.r.Header.Get("HX-Request") != "" && v.r.Method == http.MethodPost {
		render(v.w, v.r, status, decisionView(card, v.now))
		return nil
	}
	p := decisionPage{planHead: head, Card: card}
	p.Title = card.Decision.Key + " " + card.Question
	render(v.w, v.r, status, decisionPageView(p))
	return nil
}

// decide carries out what the form of a decision asks for. What the store refuses is shown in its place, beside the
// decision as it is now.
func (s *Server) decide(v *visit) error {
	if err := form(v.r); err != nil {
		return err
	}
	head, was, err := s.asked(v)
	if err != nil {
		return err
	}
	op, err := answer(v, was)
	if err == nil {
		var results []hub.Result
		results, err = s.Store.Apply(v.ctx(), v.who, head.ID, []hub.Operation{op})
		if err == nil && results[0].Problem != nil {
			err = results[0].Problem
		}
	}
	var p *hub.Problem
	if err != nil && !errors.As(err, &p) {
		return err
	}
	now, err := s.Store.Get(v.ctx(), head.ID, hub.KindDecision, was.ID)
	if err != nil {
		return err
	}
	card := cardOf(v, now)
	if p == nil && v.r.Header.Get("HX-Request") == "" {
		http.Redirect(v.w, v.r, card.link(), http.StatusSeeOther)
		return nil
	}
	status := http.StatusOK
	if p != nil {
		status, card.Problem, card.Note = p.Status, sentence(p), clean(v.r.PostForm.Get("note"))
	}
	return s.showDecision(v, head, card, status)
}

func sentence(p *hub.Problem) string {
	if p.Code == hub.CodeStale {
		return "Somebody has changed this decision meanwhile. This is how it is now; nothing of yours was written."
	}
	return clean(p.Detail)
}

// answer makes the operation that a form asks for.
func answer(v *visit, r hub.Record) (hub.Operation, error) {
	f := v.r.PostForm
	op := hub.Operation{Verb: hub.Update, Kind: hub.KindDecision, ID: r.ID, Key: f.Get("key")}
	rev, err := strconv.ParseInt(f.Get("rev"), 10, 64)
	if err != nil || rev < 1 || !strings.HasPrefix(op.Key, "board-") || len(op.Key) > 100 || strings.ContainsFunc(op.Key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return op, hub.Refuse(hub.CodeInvalid, "the form is not complete: load the page again")
	}
	op.IfMatch = rev
	note := strings.ReplaceAll(strings.ToValidUTF8(f.Get("note"), "\uFFFD"), "\r\n", "\n")
	if utf8.RuneCountInString(note) > 4000 {
		return op, hub.Refuse(hub.CodeInvalid, "a note has at most 4000 letters")
	}
	fields := map[string]any{"note": note}
	switch f.Get("do") {
	case "resolve":
		choice, err := chosen(f.Get("choice"), f.Get("own"), r)
		if err != nil {
			return op, err
		}
		fields["status"], fields["choice"] = "resolved", choice
	case "reopen":
		fields = map[string]any{"status": "pending", "choice": ""}
	default:
		return op, hub.Refuse(hub.CodeInvalid, "the form is not complete: load the page again")
	}
	op.Body, err = json.Marshal(fields)
	return op, err
}

// chosen is the name of the option that a form chose, or what was written where there are none. Options of another
// revision are not taken for those of this one: the revision is compared too.
func chosen(number, own string, r hub.Record) (string, error) {
	list := names(r)
	if len(list) == 0 {
		own = strings.TrimSpace(strings.ToValidUTF8(own, "\uFFFD"))
		if own == "" || utf8.RuneCountInString(own) > 200 {
			return "", hub.Refuse(hub.CodeInvalid, "an answer has 1 to 200 letters")
		}
		return own, nil
	}
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(list) {
		return "", hub.Refuse(hub.CodeInvalid, "choose one of the options")
	}
	return list[i], nil
}
