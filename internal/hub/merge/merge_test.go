package merge

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

func TestMerge(t *testing.T) {
	unit := map[Owner]Unit{File: {"title", nil, File}, Hub: {"assignee", nil, Hub}, Status: {"status", nil, Status}, Place: {"line", nil, Place}}
	for _, row := range []struct {
		name             string
		owner            Owner
		agreed, said     string // "?" is not known
		file, hub        string
		want             Action
		replaced, passed bool // passed: the hub's value is another checkout's
	}{
		{"nothing has changed", File, "a", "a", "a", "a", Same, false, false},
		{"both have changed to the same", Hub, "a", "a", "b", "b", Same, false, false},
		{"the file alone has changed a title", File, "a", "a", "b", "a", ToHub, false, true},
		{"the hub alone has changed a title: the file's comes back", File, "a", "a", "a", "b", ToHub, true, false},
		{"the file of another checkout has another title", File, "a", "b", "a", "b", Conflict, false, true},
		{"both have changed a title", File, "a", "a", "b", "c", ToHub, true, false},
		{"both have changed a title, the hub's is another checkout's", File, "a", "c", "b", "c", ToHub, true, true},
		{"a title without history", File, "?", "?", "a", "b", ToHub, true, false},
		{"a title that a file changed, without history here", File, "?", "a", "b", "a", ToHub, false, true},
		{"a title that the hub changed, without history here", File, "?", "a", "a", "b", ToHub, true, false},
		{"the file takes a title away", File, "a", "a", "", "a", ToHub, false, true},
		{"the file alone has changed an assignee", Hub, "a", "a", "b", "a", ToHub, false, true},
		{"the hub alone has changed an assignee", Hub, "a", "a", "a", "b", ToFile, false, false},
		{"both have changed an assignee", Hub, "a", "a", "b", "c", ToFile, true, false},
		{"the hub has taken an assignee away", Hub, "a", "a", "a", "", ToFile, false, false},
		{"the hub has no assignee, without history", Hub, "?", "?", "a", "", ToHub, false, false},
		{"the hub has another assignee, without history", Hub, "?", "?", "a", "b", ToFile, true, false},
		{"the file has a new assignee, without history here", Hub, "?", "a", "b", "a", ToHub, false, true},
		{"the hub has a new assignee, without history here", Hub, "?", "a", "a", "b", ToFile, false, false},
		{"the file has a new status", Status, "a", "a", "b", "a", ToHub, false, true},
		{"the hub has a new status", Status, "a", "a", "a", "b", Propose, false, false},
		{"the file of another checkout has a new status", Status, "a", "b", "a", "b", Propose, false, true},
		{"both have a new status", Status, "a", "a", "b", "c", ToHub, true, false},
		{"a status without history", Status, "?", "?", "a", "b", ToHub, true, false},
		{"the hub has a new status, without history here", Status, "?", "a", "a", "b", Propose, false, false},
		{"the file has a new status, without history here", Status, "?", "a", "b", "a", ToHub, false, true},
		{"the file says no status", Status, "a", "a", "", "a", Leave, false, true},
		{"the task has moved in the file", Place, "1", "?", "2", "1", ToHub, false, false},
		{"it stands elsewhere in another checkout", Place, "1", "?", "1", "2", Leave, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := Sides{File: row.file, Hub: row.hub}
			if row.agreed != "?" {
				s.Agreed, s.Known = row.agreed, true
			}
			if row.said != "?" {
				s.Said = Digest(row.said)
			}
			got := Merge(unit[row.owner], s)
			if got.Action != row.want || got.Replaced != row.replaced || got.Action != Same && got.Elsewhere != row.passed {
				t.Errorf("%q replaced=%v elsewhere=%v, wanted %q %v %v", got.Action, got.Replaced, got.Elsewhere, row.want, row.replaced, row.passed)
			}
		})
	}
}

// TestAnswer holds a pending decision for one that says nothing.
func TestAnswer(t *testing.T) {
	answer := Units(hub.KindDecision)[3]
	for text, want := range map[string]string{
		`{"key":"D","status":"pending"}`: "",
		`{"key":"D"}`:                    "",
		`{"key":"D","status":"resolved","choice":"A","note":"..."}`: `["\"resolved\"","\"A\""]`,
		`{"key":"D","status":"superseded"}`:                         `["\"superseded\"",""]`,
	} {
		b, err := hub.Fields(hub.KindDecision, []byte(text))
		if got := answer.Value(b); err != nil || got != want {
			t.Errorf("%s: %q %v", text, got, err)
		}
	}
}

// TestUnits holds each field of a kind that changes for one of one unit, or of none for a reason.
func TestUnits(t *testing.T) {
	others := map[string]bool{"said": true, "second_person": true, "asked_by": true, "resolved_by": true, "resolved_at": true, "workstream labels": true}
	for kind, body := range map[hub.Kind]any{hub.KindWorkstream: hub.Workstream{}, hub.KindTask: hub.Task{}, hub.KindDecision: hub.Decision{}} {
		seen := map[string]int{}
		for _, u := range Units(kind) {
			for _, f := range u.Fields {
				seen[f]++
			}
		}
		for _, name := range fieldsOf(body) {
			if n := seen[name]; n != 1 && !others[name] && !others[string(kind)+" "+name] && !hub.Fixed(kind, name) {
				t.Errorf("%s of a %s is in %d units", name, kind, n)
			}
			delete(seen, name)
		}
		if len(seen) > 0 {
			t.Errorf("%v are no fields of a %s", seen, kind)
		}
	}
}

// side is one of two checkouts in the model of the properties.
type side struct {
	file   string
	agreed string
	known  bool
}

// model is one unit, two checkouts of its file, and the hub.
type model struct {
	unit      Unit
	hub, said string
	sides     [2]side
}

// sync brings a checkout and the hub in step, as exchange does.
func (m *model) sync(i int) Choice {
	s := &m.sides[i]
	c := Merge(m.unit, Sides{File: s.file, Hub: m.hub, Agreed: s.agreed, Known: s.known, Said: m.said})
	switch c.Action {
	case ToHub:
		m.hub = s.file
	case ToFile:
		s.file = m.hub
	}
	if s.file == m.hub {
		s.agreed, s.known = m.hub, true
		if m.unit.Owner != Place {
			m.said = Digest(m.hub)
		}
	}
	return c
}

// properties hold for any history of edits: actions are read from the bytes, two at a time.
func properties(history []byte) error {
	values := []string{"", "a", "b", "c"}
	for _, owner := range []Owner{File, Hub, Status, Place} {
		m := &model{unit: Unit{"u", []string{"u"}, owner}}
		for n := 0; n+1 < len(history); n += 2 {
			what, value := history[n]%6, values[int(history[n+1])%len(values)]
			switch what {
			case 0, 1:
				m.sides[what].file = value
			case 2:
				m.hub = value // by somebody else
			case 3, 4:
				i := int(what - 3)
				file, hub := m.sides[i].file, m.hub
				c := m.sync(i)
				if now := m.sides[i].file; now != file && owner != Hub {
					return fmt.Errorf("%s: the hub wrote %q over the file's %q", owner, now, file)
				}
				if m.sides[i].file != file && m.sides[i].file != hub || m.hub != hub && m.hub != file {
					return fmt.Errorf("%s: a value from nowhere", owner)
				}
				if c.Action == Same && file != hub {
					return fmt.Errorf("%s: %q and %q are taken for the same", owner, file, hub)
				}
				before := *m
				if again := m.sync(i); again.Action == ToHub || again.Action == ToFile || again.Action != c.Action && (c.Action == Propose || c.Action == Conflict) {
					return fmt.Errorf("%s: %s is followed by %s: %+v", owner, c.Action, again.Action, before)
				}
			case 5: // the state of a checkout is lost
				m.sides[int(history[n+1])%2].known = false
			}
		}
		// Two checkouts that nobody edits come to rest: after each has synced once more, nothing moves.
		for range 2 {
			m.sync(0)
			m.sync(1)
		}
		rest := *m
		m.sync(0)
		m.sync(1)
		if m.hub != rest.hub || m.sides[0].file != rest.sides[0].file || m.sides[1].file != rest.sides[1].file {
			return fmt.Errorf("%s: no rest: %+v, then %+v", owner, rest, *m)
		}
	}
	return nil
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := properties(rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "history")); err != nil {
			t.Error(err)
		}
	})
}

func FuzzMerge(f *testing.F) {
	f.Add([]byte{0, 1, 3, 0, 2, 2, 3, 0})
	f.Add([]byte{0, 1, 3, 0, 4, 0, 0, 2, 1, 3, 3, 0, 4, 0})
	f.Fuzz(func(t *testing.T, history []byte) {
		if err := properties(history[:min(len(history), 400)]); err != nil {
			t.Error(err)
		}
	})
}

func fieldsOf(body any) []string {
	text, _ := json.Marshal(full(body))
	var fields map[string]any
	_ = json.Unmarshal(text, &fields)
	var out []string
	for name := range fields {
		out = append(out, name)
	}
	return out
}
