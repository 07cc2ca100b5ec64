package board

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

const plansOnPage = 50

// plansPage is the list of plans.
type plansPage struct {
	frame
	Filter  []choice
	Rows    []planRow
	Pages   pages
	ByPlace bool
	State   string
	Changed string // the list by change, as an address
	Name    string // the list by name
}

// plans shows all plans that the visitor may see.
func (s *Server) plans(v *visit) error {
	p := plansPage{frame: s.frame(v, "Plans", "plans"), State: v.state(planStates), ByPlace: v.r.URL.Query().Get("sort") == "name"}
	p.Words, p.Changed, p.Name = v.words(), v.with("sort", "", "page", ""), v.with("sort", "name", "page", "")
	which := store.Cards{Kind: hub.KindWorkstream, Search: p.Words}
	counts, err := s.Store.States(v.ctx(), v.who, which)
	if err != nil {
		return err
	}
	p.Filter = choices(v, planStates, counts)
	which.State, which.ByPlace, which.Offset, which.Limit = p.State, p.ByPlace, (v.pageNumber()-1)*plansOnPage, plansOnPage+1
	mark, err := s.Store.Mark(v.ctx(), v.who)
	if err != nil {
		return err
	}
	p.Live = liveAll(mark)
	cards, err := s.Store.Cards(v.ctx(), v.who, which)
	if err != nil {
		return err
	}
	cards, p.Pages = paged(v, cards, plansOnPage)
	if p.Rows, err = s.planRows(v, cards); err != nil {
		return err
	}
	return v.show(plansView(p))
}

func (s *Server) planRows(v *visit, cards []store.Card) ([]planRow, error) {
	var ids []string
	for _, c := range cards {
		ids = append(ids, c.ID)
	}
	tallies, err := s.Store.Tallies(v.ctx(), ids)
	if err != nil {
		return nil, err
	}
	var out []planRow
	for _, c := range cards {
		out = append(out, planRow{ID: c.ID, Plan: body[hub.Workstream](c.Record), Changed: c.ChangedAt, Tally: tallies[c.ID]})
	}
	return out, nil
}
