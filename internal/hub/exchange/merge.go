package exchange

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/merge"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// merge merges all records: the hub's part goes into the file, and what is to go to the hub comes back. In a dry run
// both are only reported.
func (s *session) merge(ctx context.Context) ([]outbox.Entry, error) {
	records, err := s.file.Records()
	if err != nil {
		return nil, err
	}
	s.report.Proposals, s.report.Conflicts, s.report.Unsent = nil, nil, nil
	merged := make([]*merging, 0, len(records))
	var writes []Write
	for _, r := range records {
		m, err := s.begin(r)
		if err != nil {
			return nil, err
		}
		merged = append(merged, m)
		writes = append(writes, m.writes()...)
	}
	unwritten, err := s.write(ctx, writes)
	if err != nil {
		return nil, err
	}
	s.onlyHub(records)
	var out []outbox.Entry
	for _, m := range merged {
		e, err := m.end(unwritten)
		if err != nil {
			return nil, err
		}
		if e != nil && !s.dry {
			out = append(out, *e)
		}
	}
	return out, nil
}

// write brings the hub's part into the file, and returns what was not written, by id and unit.
func (s *session) write(ctx context.Context, writes []Write) (map[string]Unwritten, error) {
	out := map[string]Unwritten{}
	if len(writes) == 0 {
		return out, nil
	}
	list, err := s.file.Write(ctx, writes)
	if err != nil {
		return nil, err
	}
	s.pass("file-written")
	for _, u := range list {
		out[u.Write.Record.ID+" "+u.Write.Unit.Name] = u
	}
	return out, nil
}

// onlyHub finds what the file does not have.
func (s *session) onlyHub(records []Record) {
	mine := map[string]bool{}
	for _, r := range records {
		mine[r.ID] = true
	}
	s.report.OnlyHub = nil
	for id, item := range s.base.Mirror {
		if mine[id] || item.Kind == hub.KindWorkstream {
			continue
		}
		if b, err := hub.Lenient(item.Kind, item.Body); err == nil {
			s.report.OnlyHub = append(s.report.OnlyHub, cmp.Or(b.String("key"), id))
		}
	}
	slices.Sort(s.report.OnlyHub)
}

// merging is one record on its way.
type merging struct {
	*session
	record  Record
	item    hub.Item
	there   bool     // the hub has it
	body    hub.Body // of the item
	said    map[string]string
	choices []merge.Choice
	why     string // nothing can be merged
}

func (s *session) begin(r Record) (*merging, error) {
	m := &merging{session: s, record: r, said: map[string]string{}}
	m.item, m.there = s.base.Mirror[r.ID]
	if !m.there {
		return m, nil
	}
	if m.item.Kind != r.Kind {
		m.why = fmt.Sprintf("the hub has a %s under this id", m.item.Kind)
		return m, nil
	}
	body, err := hub.Lenient(r.Kind, m.item.Body)
	if err != nil {
		return nil, err
	}
	m.body = body
	if body.Value("said") != "" {
		if err := json.Unmarshal([]byte(body.Value("said")), &m.said); err != nil {
			return nil, err
		}
	}
	for _, u := range merge.Units(r.Kind) {
		agreed, known := s.base.Agreed[r.ID][u.Name]
		sides := merge.Sides{File: u.Value(r.Body), Hub: u.Value(body), Agreed: agreed, Known: known, Said: m.said[u.Name]}
		if s.untold(r.Kind, u.Fields) { // what the hub does not keep or tell it cannot have changed
			sides.Hub = agreed
		}
		c := merge.Merge(u, sides)
		if c.Action == merge.ToHub && c.Owner == merge.File && r.Kind == hub.KindDecision && body.String("status") != "pending" && body.String("status") != "" {
			c.Action = merge.Conflict // the hub does not take another question for an answer that was given
		}
		m.choices = append(m.choices, c)
	}
	return m, nil
}

// untold says whether the hub does not keep, or does not tell, one of the fields.
func (s *session) untold(kind hub.Kind, fields []string) bool {
	return s.base.Ignores(kind, fields) || slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(s.unread[kind], f) })
}

// writes are what goes into the file.
func (m *merging) writes() []Write {
	var out []Write
	for _, c := range m.choices {
		if c.Action == merge.ToFile {
			out = append(out, Write{Record: m.record, Unit: c.Unit, Item: m.item, Body: m.body})
		}
	}
	return out
}

// end makes the delivery of a record; nil where there is nothing to say.
func (m *merging) end(unwritten map[string]Unwritten) (*outbox.Entry, error) {
	if m.why != "" {
		m.conflict("kind", "", "", m.why, false)
		return nil, nil
	}
	if !m.there {
		return m.create()
	}
	m.fixed()
	patch := map[string]json.RawMessage{}
	said := maps.Clone(m.said)
	for _, c := range m.choices {
		if m.choose(c, unwritten) {
			m.agree(c, said)
		}
		if c.Action == merge.ToHub && !m.held(c) {
			for _, name := range c.Fields {
				patch[name] = orEmpty(m.record.Kind, name, m.record.Body.Value(name))
			}
			speak(said, c.Unit, c.File)
			if c.Owner == merge.Place {
				continue // no news for people
			}
			m.toHub(Change{Unit: c.Name, From: words(c.Unit, m.body), To: words(c.Unit, m.record.Body), Replaced: c.Replaced})
		}
	}
	if !maps.Equal(said, m.said) && !m.untold(m.record.Kind, saidField) {
		text, err := json.Marshal(said)
		if err != nil {
			return nil, err
		}
		patch["said"] = text
	}
	if len(patch) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	return m.entry(hub.Update, text)
}

// toHub reports what is on its way to the hub; of one unit the last word.
func (m *merging) toHub(c Change) {
	c.Kind, c.ID, c.Name = m.record.Kind, m.record.ID, m.record.Name
	i := slices.IndexFunc(m.report.ToHub, func(o Change) bool { return o.ID == c.ID && o.Unit == c.Unit })
	if i >= 0 {
		m.report.ToHub[i] = c
		return
	}
	m.report.ToHub = append(m.report.ToHub, c)
}

// saidField is where a hub keeps what files have said; one of others need not.
var saidField = []string{"said"}

// held says whether the hub does not take this from the token.
func (m *merging) held(c merge.Choice) bool {
	return m.unanswered && m.record.Kind == hub.KindDecision && c.Owner == merge.Hub
}

// fixed tells where the two mean different things by one id.
func (m *merging) fixed() {
	for _, name := range []string{"key", "plan", "repo"} {
		file, there := m.record.Body.String(name), m.body.String(name)
		if same, err := hubid.Repo(there); name == "repo" && err == nil && same == file {
			continue // in another way to write it
		}
		if file != "" && there != "" && file != there {
			m.conflict(name, file, there, "the hub keeps what a record was made with", false)
		}
	}
}

// choose reports a choice, and tells whether both sides say the same after it.
func (m *merging) choose(c merge.Choice, unwritten map[string]Unwritten) bool {
	file, there := words(c.Unit, m.record.Body), words(c.Unit, m.body)
	switch c.Action {
	case merge.Same:
		return true
	case merge.ToFile:
		u, not := unwritten[m.record.ID+" "+c.Name]
		switch {
		case not && !u.Moved:
			m.conflict(c.Name, file, there, u.Why, c.Elsewhere)
		case !not:
			m.report.ToFile = append(m.report.ToFile, Change{
				Kind: m.record.Kind, ID: m.record.ID, Name: m.record.Name, Unit: c.Name, From: file, To: there, Replaced: c.Replaced, By: m.item.UpdatedBy,
			})
		}
		return !not
	case merge.ToHub:
		if m.held(c) {
			m.report.Unsent = append(m.report.Unsent, m.difference(c.Name, file, there, "the hub takes an answer from a token with the role human only", false))
		}
	case merge.Propose:
		m.report.Proposals = append(m.report.Proposals, m.difference(c.Name, file, there, "", c.Elsewhere))
	case merge.Conflict:
		why := "the file of another checkout says so"
		if !c.Elsewhere {
			why = "the decision is " + m.body.String("status") + " in the hub: its question stays as it was answered"
		}
		m.conflict(c.Name, file, there, why, c.Elsewhere)
	}
	return false
}

func (m *merging) conflict(unit, file, there, why string, elsewhere bool) {
	m.report.Conflicts = append(m.report.Conflicts, m.difference(unit, file, there, why, elsewhere))
}

func (m *merging) difference(unit, file, there, why string, elsewhere bool) Difference {
	return Difference{
		Kind: m.record.Kind, ID: m.record.ID, Name: m.record.Name, Unit: unit, File: file, Hub: there,
		By: m.item.UpdatedBy, Elsewhere: elsewhere, Why: why,
	}
}

// agree notes that file and hub say the same, which is the hub's value.
func (m *merging) agree(c merge.Choice, said map[string]string) {
	if !m.dry {
		m.base.Agree(m.record.ID, c.Name, c.Hub)
	}
	speak(said, c.Unit, c.Hub)
}

// speak notes in the hub's record what a file says.
func speak(said map[string]string, u merge.Unit, value string) {
	if u.Owner != merge.Place && (value != "" || said[u.Name] != "") {
		said[u.Name] = merge.Digest(value)
	}
}

// create makes the delivery of a record that the hub does not have.
func (m *merging) create() (*outbox.Entry, error) {
	body := m.record.Body.Clone()
	if m.unanswered && m.record.Kind == hub.KindDecision && (body.String("status") != "pending" || body.Has("note")) {
		for _, c := range merge.Units(m.record.Kind) {
			if c.Owner == merge.Hub && c.Value(body) != "" {
				m.report.Unsent = append(m.report.Unsent, m.difference(c.Name, words(c, body), "", "the hub takes an answer from a token with the role human only", false))
			}
		}
		body.Drop("status", "choice", "note")
	}
	said := map[string]string{}
	for _, u := range merge.Units(m.record.Kind) {
		speak(said, u, u.Value(body))
	}
	if !m.untold(m.record.Kind, saidField) {
		body.Set("said", said)
	}
	m.toHub(Change{New: true})
	return m.entry(hub.Create, body.Text())
}

func (m *merging) entry(verb hub.Verb, body json.RawMessage) (*outbox.Entry, error) {
	key, err := m.NewKey()
	if err != nil {
		return nil, err
	}
	e := &outbox.Entry{
		Hub: m.Remote.Name(), Workstream: m.workstream, Resource: m.record.ID, Name: m.record.Name,
		Delivery: hub.Delivery{Verb: verb, Kind: m.record.Kind, ID: m.record.ID, Key: key, Body: body},
	}
	if verb == hub.Update {
		e.Delivery.Version = m.item.Version
	}
	return e, nil
}

// orEmpty is a field's value, or the empty one that clears it.
func orEmpty(kind hub.Kind, name, value string) json.RawMessage {
	switch {
	case value != "":
		return json.RawMessage(value)
	case name == "needs" || name == "labels":
		return json.RawMessage(`[]`)
	case name == "options":
		return json.RawMessage(`{}`)
	case name == "line" || name == "order":
		return json.RawMessage(`0`)
	case name == "status" && kind == hub.KindDecision:
		return json.RawMessage(`"pending"`)
	}
	return json.RawMessage(`""`)
}

// words are a unit's value for people.
func words(u merge.Unit, b hub.Body) string {
	var out []string
	for _, name := range u.Fields {
		value := b.Value(name)
		var s string
		var list []string
		switch {
		case value == "":
			continue
		case json.Unmarshal([]byte(value), &s) == nil:
			out = append(out, s)
		case json.Unmarshal([]byte(value), &list) == nil:
			out = append(out, "["+strings.Join(list, ", ")+"]")
		default:
			out = append(out, value)
		}
	}
	return strings.Join(out, " ")
}
