package workplan

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// compare returns an error where more or less than what was wanted has changed. It changes before.
func compare(before, after facts, wanted []intent) error {
	for _, w := range wanted {
		if err := w.reached(before, after); err != nil {
			return err
		}
	}
	for i, b := range before.blocks {
		if i >= len(after.blocks) {
			return fmt.Errorf("%s would change as well", blockName(i, b.kind))
		}
		if now := after.blocks[i]; !b.same(now) {
			return b.difference(blockName(i, b.kind), now)
		}
	}
	if i := len(before.blocks); i < len(after.blocks) {
		return fmt.Errorf("%s would come into being", blockName(i, after.blocks[i].kind))
	}
	if before.breaks != after.breaks {
		return errors.New("breaks would change as well")
	}
	if err := sameMap("findings of ", before.findings, after.findings); err != nil {
		return err
	}
	if err := sameRow("heading", before.headings, after.headings); err != nil {
		return err
	}
	if before.steps != after.steps {
		return errors.New("the plan's own steps would change as well")
	}
	return sameRow("task", before.tasks, after.tasks)
}

// reached returns an error where what was wanted has not come about, and takes it over into before.
func (w intent) reached(before, after facts) error {
	switch {
	case w.added != nil:
		return nil // see takeOut
	case w.findings != "":
		is, ok := after.findings[w.findings]
		if !ok {
			return fmt.Errorf("the findings of %s would not be read at their place: is a fence or a comment above it not closed?", w.findings)
		}
		if is != w.value {
			return fmt.Errorf("findings of %s would not become %s", w.findings, w.value)
		}
		before.findings[w.findings] = w.value
		return nil
	}
	was, name := before.blocks[w.block], blockName(w.block, before.blocks[w.block].kind)
	if w.block >= len(after.blocks) {
		return fmt.Errorf("%s would change as well", name)
	}
	is, ok := after.blocks[w.block].keys[w.key]
	if w.gone && !ok {
		delete(was.keys, w.key)
		return nil
	}
	says := is
	if w.scalar {
		tag, text, found := strings.Cut(is, " ")
		unquoted, err := strconv.Unquote(text)
		says, ok = unquoted, found && err == nil && tag != "!!null"
	}
	if !ok || says != w.value {
		return fmt.Errorf("%s/%s would not become %s", name, w.key, w.value)
	}
	was.keys[w.key] = is
	return nil
}

// same tells whether a block says the same in another text.
func (b blockFacts) same(now blockFacts) bool {
	if b.kind != now.kind || b.keys == nil {
		return b.kind == now.kind && bytes.Equal(b.raw, now.raw)
	}
	return maps.Equal(b.keys, now.keys)
}

// difference is the error about a block of that name that does not say the same.
func (b blockFacts) difference(name string, now blockFacts) error {
	if b.kind != now.kind || b.keys == nil {
		return fmt.Errorf("%s would change as well", name)
	}
	return sameMap(name+"/", b.keys, now.keys)
}

func blockName(number int, kind string) string {
	if number == 0 {
		return frontBlock
	}
	return "block " + strconv.Itoa(number) + " (" + kind + ")"
}

func sameMap(name string, before, after map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if now, ok := after[key]; !ok || now != before[key] {
			return fmt.Errorf("%s%s would change as well", name, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[key]; !ok {
			return fmt.Errorf("%s%s would come into being", name, key)
		}
	}
	return nil
}

func sameRow(name string, before, after []string) error {
	for i, was := range before {
		if i >= len(after) || after[i] != was {
			return fmt.Errorf("%s %d would change as well", name, i+1)
		}
	}
	if i := len(before); i < len(after) {
		return fmt.Errorf("%s %d would come into being", name, i+1)
	}
	return nil
}
