package workplan

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Reformat returns src with its blocks and its front matter written as all plans write them: the order of keys, no quotes
// around single words that need none, no blanks at the ends of lines, fences of three backticks, and statuses in the
// team's words.
// It changes no byte of prose and no value. Blank lines part keys into groups that stay as they are, and comments stay
// with the key below them. What it cannot change without changing more, it leaves alone.
func (w Words) Reformat(name string, src []byte) []byte {
	plan, _ := w.Parse(name, w.Spell(src))
	f := formatter{plan}
	for { // one change can make room for another; each takes something away, or brings keys nearer to their order
		changed := false
		for _, pass := range []func(*block) []text.Edit{formatFence, formatBlanks, formatQuotes, formatKeys, formatSteps} {
			changed = f.pass(pass) || changed
		}
		if !changed {
			return f.plan.File.Src
		}
	}
}

// Reformat formats a workplan in the words of the format alone; see Words.Reformat.
func Reformat(name string, src []byte) []byte { return Words{}.Reformat(name, src) }

// formatter is a plan on its way to the form that all have.
type formatter struct{ plan *Plan }

// pass changes one thing in all blocks; where that would change more than it may, in those in which it does not.
func (f *formatter) pass(pass func(*block) []text.Edit) (changed bool) {
	var edits [][]text.Edit
	for _, b := range append([]*block{f.plan.front}, f.plan.blocks...) {
		if b == nil {
			continue
		}
		if e := pass(b); len(e) > 0 {
			edits = append(edits, e)
		}
	}
	if len(edits) == 0 {
		return false
	}
	if next, ok := f.apply(slices.Concat(edits...)); ok {
		*f = next
		return true
	}
	var kept []text.Edit
	last := *f
	for _, e := range edits {
		if next, ok := f.apply(append(slices.Clone(kept), e...)); ok {
			kept, last = append(kept, e...), next
		}
	}
	*f = last
	return len(kept) > 0
}

// apply makes edits; ok is false where they change any value, or make a mistake.
func (f *formatter) apply(edits []text.Edit) (next formatter, ok bool) {
	out, err := text.Apply(f.plan.File.Src, edits)
	if err != nil {
		return next, false
	}
	next.plan, _ = f.plan.Words.Parse(f.plan.File.Name, out)
	same := compare(f.plan.facts(everyBlock), next.plan.facts(everyBlock), nil) == nil
	return next, same && noNewErrors(f.plan.mistakes, next.plan.mistakes) == nil
}

// everyBlock has the values of all blocks compared, and not their texts.
func everyBlock(int) bool { return true }

// formatKeys brings the keys of a task, a decision and the front matter into their order.
func formatKeys(b *block) []text.Edit {
	l, entries, err := b.keys()
	if err != nil {
		return nil
	}
	return l.ordered(entries, b.kind)
}

// formatSteps does the same for the steps of a block.
func formatSteps(b *block) []text.Edit {
	list, end := b.root(), 0
	l, err := b.lines()
	if err != nil || b.root() == nil {
		return nil
	}
	end = len(l.raw)
	if b.kind == taskBlock {
		list = find(b.root(), "verify")
		if _, entries, err := b.keys(); err == nil && list != nil {
			end = entries[slices.IndexFunc(entries, func(e entry) bool { return e.value == list })].end
		}
	}
	if list == nil || list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 {
		return nil
	}
	var edits []text.Edit
	for i, n := range list.Content {
		if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle != 0 {
			continue
		}
		until := end
		if i+1 < len(list.Content) {
			until = l.line(l.start(list.Content[i+1]))
		}
		entries := l.entries(n, until)
		entries[0].lead = entries[0].start // what stands above belongs to the whole step
		edits = append(edits, l.ordered(entries, verifyBlock)...)
	}
	return edits
}

// ordered returns the edits that sort the entries of a mapping, within groups that nothing parts.
func (l *blockLines) ordered(entries []entry, kind string) []text.Edit {
	var edits []text.Edit
	for first := 0; first < len(entries); {
		next := first + 1
		for next < len(entries) && entries[next-1].end == entries[next].lead {
			next++
		}
		if e, ok := l.sorted(entries[first:next], kind); ok {
			edits = append(edits, e)
		}
		first = next
	}
	return edits
}

// sorted returns the edit that sorts the entries of one group; ok is false where there is nothing to do.
func (l *blockLines) sorted(group []entry, kind string) (edit text.Edit, ok bool) {
	order := slices.Clone(group)
	slices.SortStableFunc(order, func(x, y entry) int { return placeOf(kind, x.key.Value) - placeOf(kind, y.key.Value) })
	if slices.Equal(order, group) {
		return text.Edit{}, false
	}
	src := l.file.Src
	head := func(e entry) string { // what stands in front of the key
		at := l.lineSpan(e.start, e.start).Start
		return string(src[at:max(at, l.at(l.start(e.key)))])
	}
	dash := strings.Trim(head(group[0]), " \t>") != ""
	if dash && order[0].lead != order[0].start {
		return text.Edit{}, false // its comment would come to stand above the dash
	}
	var out bytes.Buffer
	for i, e := range order {
		out.Write(src[l.lineSpan(e.lead, e.lead).Start:l.lineSpan(e.start, e.start).Start])
		prefix := head(e)
		switch {
		case i == 0:
			prefix = head(group[0])
		case e == group[0]:
			prefix = head(order[0])
		}
		out.WriteString(prefix)
		own := l.lineSpan(e.start, e.end)
		out.Write(src[own.Start+len(head(e)) : own.End])
	}
	return text.Edit{Span: l.lineSpan(group[0].lead, group[len(group)-1].end), New: out.String()}, true
}

// formatQuotes takes the quotes from single words that mean the same without.
func formatQuotes(b *block) []text.Edit {
	if b.root() == nil {
		return nil
	}
	var edits []text.Edit
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 1; i < len(n.Content); i += 2 {
				walk(n.Content[i])
			}
		case yaml.SequenceNode:
			needed := func(c *yaml.Node) bool { return c.Style&quoted != 0 && !needsNoQuotes(c.Value) }
			alike := slices.ContainsFunc(n.Content, needed) // a list is not written half with quotes and half without
			for _, c := range n.Content {
				if c.Kind != yaml.ScalarNode || !alike {
					walk(c)
				}
			}
		case yaml.ScalarNode:
			if end, why := b.scalarEnd(n); n.Style&quoted != 0 && why == "" && needsNoQuotes(n.Value) {
				edits = append(edits, text.Edit{Span: b.fileSpan(b.start(n), end), New: n.Value})
			}
		}
	}
	walk(b.root())
	return edits
}

// needsNoQuotes tells whether s is one word that every reader of YAML takes for a text. UUIDs keep their quotes, since
// those that begin with a digit may need them.
func needsNoQuotes(s string) bool {
	return isPlain(s) && isLetter(s[0]) && !strings.ContainsAny(s, " ()") && !isAmbiguous(s) && !isUUID(s)
}

// formatBlanks takes blanks from the ends of lines, but not from those of texts that go over several lines.
func formatBlanks(b *block) []text.Edit {
	l, err := b.lines()
	if err != nil || b.root() == nil {
		return nil
	}
	keep := make([]bool, len(l.raw))
	b.textLines(l, b.root(), len(l.raw), keep)
	var edits []text.Edit
	for i, line := range l.raw {
		bare := strings.TrimRight(line, " \t")
		if bare == line || keep[i] || bare == "" && b.in != nil {
			continue
		}
		start := l.starts[i] + len(bare)
		edits = append(edits, text.Edit{Span: b.fileSpan(start, start+len(line)-len(bare))})
	}
	return edits
}

// textLines marks the lines of scalars at and below n that may go over several; until is the line behind n's last.
func (b *block) textLines(l *blockLines, n *yaml.Node, until int, keep []bool) {
	if n.Kind == yaml.ScalarNode {
		if _, why := b.scalarEnd(n); why == "" {
			return
		}
		for i := l.line(l.start(n)); i < min(until, len(keep)); i++ {
			keep[i] = true
		}
		return
	}
	for i, c := range n.Content {
		end := until
		if i+1 < len(n.Content) {
			end = l.line(l.start(n.Content[i+1]))
		}
		b.textLines(l, c, max(end, l.line(l.start(c))+1), keep)
	}
}

// formatFence makes the fences of a block three backticks and its word.
func formatFence(b *block) []text.Edit {
	if b.kind == frontBlock || b.open || bytes.Contains(b.raw, []byte("```")) {
		return nil
	}
	src := b.file.Src
	first := b.file.LineSpan(b.file.Pos(b.span.Start).Line)
	opening := strings.TrimRight(string(src[b.span.Start:first.End]), "\r\n")
	info := strings.Trim(strings.TrimLeft(opening, opening[:1]), " \t")
	last := b.file.LineSpan(b.file.Pos(max(b.span.Start, b.span.End-1)).Line)
	closing := strings.TrimRight(string(src[last.Start:last.End]), "\r\n")
	bare := strings.TrimLeft(closing, " \t>")
	if first == last || strings.Contains(info, "`") || strings.Trim(bare, opening[:1]+" \t") != "" {
		return nil
	}
	at := last.Start + len(closing) - len(bare)
	var edits []text.Edit
	if want := "```" + info; want != opening {
		edits = append(edits, text.Edit{Span: text.Span{Start: b.span.Start, End: b.span.Start + len(opening)}, New: want})
	}
	if bare != "```" {
		edits = append(edits, text.Edit{Span: text.Span{Start: at, End: at + len(bare)}, New: "```"})
	}
	return edits
}
