package workplan

import (
	"bytes"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Rewrite asks f for edits of the plan, applies them, parses the result and compares: exactly what the edits were to
// change differs, else it is an error. What comes back is the plan of the new text, or p itself where nothing changes.
// All edits have to come from the methods of p, which f is given. Who does not hold p meanwhile needs half the memory.
func (p *Plan) Rewrite(f func(*Plan) ([]text.Edit, error)) (*Plan, error) {
	p.wanted = nil
	edits, err := f(p)
	if err != nil {
		return nil, err
	}
	if len(edits) == 0 {
		return p, nil
	}
	wanted, err := p.intents(edits)
	if err != nil {
		return nil, err
	}
	name, words, had := p.File.Name, p.Words, p.mistakes
	out, err := text.Apply(p.File.Src, edits)
	if err != nil {
		return nil, fmt.Errorf("rewrite %s: %w", name, err)
	}
	if bytes.Equal(out, p.File.Src) {
		return p, nil
	}
	touched := map[int]bool{}
	for _, w := range wanted {
		if w.added == nil && w.findings == "" {
			touched[w.block] = true
		}
	}
	byKeys := func(number int) bool { return touched[number] }
	was := p.facts(byKeys) // the plan itself goes, as a second one takes as much memory
	after, _ := words.Parse(name, out)
	err = after.takeOut(wanted)
	if err == nil {
		err = compare(was, after.facts(byKeys), wanted)
	}
	if err == nil {
		err = noNewErrors(had, after.mistakes)
	}
	if err != nil {
		return nil, fmt.Errorf("rewrite %s: nothing is written: %w", name, err)
	}
	return after, nil
}

// Rewrite is Plan.Rewrite of the plan that src is. It returns the new text.
func (w Words) Rewrite(name string, src []byte, f func(*Plan) ([]text.Edit, error)) ([]byte, error) {
	p, _ := w.Parse(name, src)
	after, err := p.Rewrite(f)
	if err != nil {
		return nil, err
	}
	return after.File.Src, nil
}

// Rewrite rewrites a workplan in the words of the format alone; see Words.Rewrite.
func Rewrite(name string, src []byte, f func(*Plan) ([]text.Edit, error)) ([]byte, error) {
	return Words{}.Rewrite(name, src, f)
}

// intent is what an edit is to change: a key of a block, findings, or a block that comes into being.
type intent struct {
	edit     text.Edit
	block    int // its number
	key      string
	findings string // whose
	value    string
	scalar   bool         // value is a scalar's text, whatever its type
	gone     bool         // the key is to go
	added    *NewDecision // the rest is empty
}

// intend notes what an edit is to change, for Rewrite, and returns it.
func (p *Plan) intend(e text.Edit, b *block, key, value string, list bool) text.Edit {
	p.wanted = append(p.wanted, intent{edit: e, block: b.number, key: key, value: value, scalar: !list})
	return e
}

// intents returns what each of edits is to change.
func (p *Plan) intents(edits []text.Edit) ([]intent, error) {
	made := make(map[text.Edit]intent, len(p.wanted))
	for _, w := range p.wanted {
		made[w.edit] = w
	}
	out := make([]intent, 0, len(edits))
	for _, e := range edits {
		w, ok := made[e]
		if !ok {
			return nil, fmt.Errorf("%s: an edit that the plan did not make", p.File.Pos(e.Start))
		}
		out = append(out, w)
	}
	return out, nil
}

// noNewErrors returns an error where the result has mistakes that were not there before.
func noNewErrors(had, has diag.List) error {
	count := map[string]int{}
	for _, d := range had {
		count[d.Code+d.Message]++
	}
	for _, d := range has {
		if count[d.Code+d.Message]--; count[d.Code+d.Message] < 0 {
			return fmt.Errorf("the result has a mistake: %s (%s)", d.Message, d.Code) // its place is in a text that nobody sees
		}
	}
	return nil
}
