package board

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// searchPage is what was found.
type searchPage struct {
	frame
	Plans     []planRow
	Tasks     []taskRow
	Decisions []decisionCard
	More      bool
}

// foundOnPage is how much of each kind is shown.
const foundOnPage = 50

func (s *Server) search(v *visit) error {
	p := searchPage{frame: s.frame(v, "Search", "")}
	if p.Words = v.words(); p.Words == "" {
		return v.show(searchView(p))
	}
	which := store.Cards{Search: p.Words, Limit: foundOnPage + 1, Kind: hub.KindWorkstream, ByPlace: true}
	cards, err := s.Store.Cards(v.ctx(), v.who, which)
	if err != nil {
		return err
	}
	if p.Plans, err = s.planRows(v, p.cut(cards)); err != nil {
		return err
	}
	which.Kind = hub.KindTask
	if cards, err = s.Store.Cards(v.ctx(), v.who, which); err != nil {
		return err
	}
	if p.Tasks, err = s.named(v, taskRows(p.cut(cards))); err != nil {
		return err
	}
	if p.Decisions, err = s.decisionCards(v, which); err != nil {
		return err
	}
	if len(p.Decisions) > foundOnPage {
		p.Decisions, p.More = p.Decisions[:foundOnPage], true
	}
	return v.show(searchView(p))
}

func (p *searchPage) cut(cards []store.Card) []store.Card {
	if len(cards) > foundOnPage {
		p.More = true
		return cards[:foundOnPage]
	}
	return cards
}

func (s *Server) help(v *visit) error { return v.show(helpView(s.frame(v, "Help", ""))) }
