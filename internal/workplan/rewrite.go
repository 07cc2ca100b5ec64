package workplan

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Rewrite parses src, asks f for edits, applies them, parses the result and compares: exactly what the edits
// were to change differs, else it is an error and no bytes come back.
// All edits have to come from the methods of the Plan that f is given.
func (w Words) Rewrite(name string, src []byte, f func(*Plan) ([]text.Edit, error)) ([]byte, error) {
	before, had := w.Parse(name, src)
	edits, err := f(before)
	if err != nil {
		return nil, err
	}
	if len(edits) == 0 {
		return src, nil
	}
	wanted, err := before.intents(edits)
	if err != nil {
		return nil, err
	}
	out, err := text.Apply(src, edits)
	if err != nil {
		return nil, fmt.Errorf("rewrite %s: %w", name, err)
	}
	if bytes.Equal(out, src) {
		return src, nil
	}
	was := before.facts() // the plan itself goes, as a second one takes as much memory
	after, has := w.Parse(name, out)
	if err := after.takeOut(wanted); err != nil {
		return nil, fmt.Errorf("rewrite %s: nothing is written: %w", name, err)
	}
	if err := compare(was, after.facts(), wanted); err != nil {
		return nil, fmt.Errorf("rewrite %s: nothing is written: %w", name, err)
	}
	if err := noNewErrors(had, has); err != nil {
		return nil, fmt.Errorf("rewrite %s: nothing is written: %w", name, err)
	}
	return out, nil
}

// Rewrite rewrites a workplan in the words of the format alone; see Words.Rewrite.
func Rewrite(name string, src []byte, f func(*Plan) ([]text.Edit, error)) ([]byte, error) {
	return Words{}.Rewrite(name, src, f)
}

// intent is what an edit is to change.
type intent struct {
	edit   text.Edit
	key    string // of the fact
	value  string
	scalar bool         // value is a scalar's text, whatever its type
	gone   bool         // the fact is to go
	added  *NewDecision // a block that comes into being; the rest is empty
}

// intend notes what an edit is to change, for Rewrite, and returns it.
func (p *Plan) intend(e text.Edit, b *block, key, value string, list bool) text.Edit {
	name := frontBlock
	if b.kind != frontBlock {
		name = blockName(b)
	}
	p.wanted = append(p.wanted, intent{edit: e, key: name + "/" + key, value: value, scalar: !list})
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

// compare returns an error where more or less than what was wanted has changed.
func compare(before, after map[string]string, wanted []intent) error {
	for _, w := range wanted {
		if w.added != nil {
			continue // see takeOut
		}
		got, ok := after[w.key]
		if w.gone && !ok {
			delete(before, w.key)
			continue
		}
		if w.scalar {
			tag, says, found := strings.Cut(got, " ")
			if unquoted, err := strconv.Unquote(says); found && err == nil && tag != "!!null" {
				got = unquoted
			} else {
				ok = false
			}
		}
		if !ok || got != w.value {
			return fmt.Errorf("%s would not become %s", w.key, w.value)
		}
		before[w.key] = after[w.key]
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if now, ok := after[key]; !ok || now != before[key] {
			return fmt.Errorf("%s would change as well", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[key]; !ok {
			return fmt.Errorf("%s would come into being", key)
		}
	}
	return nil
}

// noNewErrors returns an error where the result has errors that were not there before.
func noNewErrors(had, has diag.List) error {
	count := map[string]int{}
	for _, d := range had {
		if d.Severity == diag.Error {
			count[d.Code+d.Message]++
		}
	}
	for _, d := range has {
		if d.Severity != diag.Error {
			continue
		}
		if count[d.Code+d.Message]--; count[d.Code+d.Message] < 0 {
			return fmt.Errorf("the result has a mistake: %s (%s)", d.Message, d.Code) // its place is in a text that nobody sees
		}
	}
	return nil
}
