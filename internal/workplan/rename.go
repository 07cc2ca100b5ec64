package workplan

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Renaming gives a plan, a task or a decision another id.
type Renaming struct {
	Plan     string               // the id of the plan that it is, or is in
	From, To string               // full
	Below    map[string]bool      // of a plan: the full ids of its tasks and decisions, which get the new one's name too
	File     [2]string            // the base name of the plan's file, before and after; the same where it stays
	Other    func(id string) bool // whether something else has this id
}

// short returns the short ids before and after; "" where a plan is renamed.
func (r Renaming) short() (from, to string) {
	from, ok := strings.CutPrefix(r.From, r.Plan+"-")
	to, ok2 := strings.CutPrefix(r.To, r.Plan+"-")
	if !ok || !ok2 {
		return "", ""
	}
	return from, to
}

// ID returns what becomes of a full id.
func (r Renaming) ID(id string) string {
	switch {
	case id == r.From:
		return r.To
	case r.Below[id] && strings.HasPrefix(id, r.From+"-"):
		return r.To + strings.TrimPrefix(id, r.From)
	}
	return id
}

// Rename returns the text of the plan with an id renamed: in blocks, headings, prose, code and markers of findings where
// it stands in full, and in the plan that it is of also where it stands in short and is certainly meant: in blocks and
// expressions, and as a word of prose. An id that could be a word of its own, such as shop, is renamed only where a block,
// an expression or a marker refers to it. Left are the places where it stands and was not renamed.
// It is an error where anything else would change.
func (p *Plan) Rename(r Renaming) (out []byte, left []text.Pos, err error) {
	n := &renamer{Plan: p, r: r, seen: map[int]bool{}}
	n.full()
	if from, to := r.short(); from != "" && p.ID.Text == r.Plan {
		n.short(from, to)
	}
	slices.Sort(n.left)
	for _, at := range slices.Compact(n.left) {
		left = append(left, p.File.Pos(at))
	}
	if len(n.edits) == 0 {
		return p.File.Src, left, nil
	}
	if out, err = text.Apply(p.File.Src, n.edits); err != nil {
		return nil, nil, fmt.Errorf("rename in %s: %w", p.File.Name, err)
	}
	if err := p.renamed(out, r); err != nil {
		return nil, nil, fmt.Errorf("rename in %s: nothing is written: %w", p.File.Name, err)
	}
	return out, left, nil
}

// renamer gathers the edits of one plan.
type renamer struct {
	*Plan
	r     Renaming
	edits []text.Edit
	left  []int        // offsets
	seen  map[int]bool // offsets of edits
}

func (n *renamer) replace(start, end int, by string) {
	if !n.seen[start] {
		n.seen[start] = true
		n.edits = append(n.edits, text.Edit{Span: text.Span{Start: start, End: end}, New: by})
	}
}

// eachWord yields the words of src that could be ids, without the dots and dashes that end them.
func eachWord(src []byte, yield func(start, end int)) {
	is := func(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' || c == '-' || c == '_' }
	for i := 0; i < len(src); i++ {
		if !is(src[i]) {
			continue
		}
		start := i
		for i < len(src) && is(src[i]) {
			i++
		}
		end := i
		for start < end && !isLetter(src[start]) && !isDigit(src[start]) {
			start++
		}
		for end > start && !isLetter(src[end-1]) && !isDigit(src[end-1]) {
			end--
		}
		if end > start && !letterAt(src, start, end) {
			yield(start, end)
		}
	}
}

// letterAt tells whether a letter beyond ASCII stands right before or behind a word.
func letterAt(src []byte, start, end int) bool {
	before, _ := utf8.DecodeLastRune(src[:start])
	after, _ := utf8.DecodeRune(src[end:])
	return start > 0 && before >= utf8.RuneSelf && unicode.IsLetter(before) || end < len(src) && after >= utf8.RuneSelf && unicode.IsLetter(after)
}

// full renames what stands in full, wherever it stands, but in addresses.
func (n *renamer) full() {
	src := n.File.Src
	if !bytes.Contains(src, []byte(n.r.From)) {
		return
	}
	meant := map[int]bool{}
	if !isDistinct(n.r.From) {
		meant = n.referring()
	}
	eachWord(src, func(start, end int) {
		word := string(src[start:end])
		i := strings.Index(word, n.r.From)
		if i < 0 {
			return
		}
		to := n.r.ID(word)
		if word == n.r.File[0] {
			to = n.r.File[1]
		}
		certain := meant[start] || isDistinct(word) || word == n.r.File[0]
		switch {
		case to != word && certain && !inURL(src, start):
			n.replace(start, end, to)
		case n.inFindings(start):
		case to != word, n.meant(word, i) && !n.r.Other(word):
			n.left = append(n.left, start+i)
		}
	})
}

// isDistinct tells whether a full id can be nothing else wherever it stands: APP-WP-0001, and not shop or A.
func isDistinct(id string) bool {
	return isNumbered(id) && strings.ContainsAny(id, ".-_")
}

// isNumbered tells whether an id has letters and digits.
func isNumbered(id string) bool {
	return strings.IndexFunc(id, unicode.IsLetter) >= 0 && strings.IndexFunc(id, unicode.IsDigit) >= 0
}

// written is what a value says as it stands in the file, on one line.
func (n *renamer) written(v Value) string {
	as := n.File.Src[v.Span.Start:v.Span.End]
	if size, says := readQuoted(as); size > 0 && size == len(as) {
		return says
	}
	return string(as)
}

// referring are the offsets at which blocks, expressions and markers of findings name something by its full id.
func (n *renamer) referring() map[int]bool {
	out := map[int]bool{}
	value := func(v text.Span, id string) {
		if i := bytes.Index(n.File.Src[v.Start:v.End], []byte(id)); i >= 0 && id != "" {
			out[v.Start+i] = true
		}
	}
	n.eachID(func(v Value) {
		if n.written(v) == v.Text {
			value(v.Span, v.Text)
		}
	}, func(r Ref) {
		if r.Text == r.ID {
			value(r.Span, r.ID)
		}
	})
	for _, b := range n.blocks {
		for _, m := range readsByName().FindAllSubmatchIndex(n.File.Src[b.span.Start:b.span.End], -1) {
			out[b.span.Start+m[2]] = true
		}
	}
	for _, f := range n.AllFindings {
		line := n.File.LineSpan(n.File.Pos(f.Span.Start).Line)
		value(text.Span{Start: f.Span.Start, End: line.End}, f.ID)
	}
	return out
}

// readsByName finds in expressions the ids that tasks["ID"] and decisions["ID"] name.
var readsByName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:tasks|decisions)\[\s*\\?["']([A-Za-z0-9._-]+)\\?["']\s*\]`)
})

// meant tells whether the id that stands in a longer word at i could be what the word is about.
func (n *renamer) meant(word string, i int) bool {
	if word == n.r.File[0] {
		return false // the file keeps its name
	}
	end := i + len(n.r.From)
	return (i == 0 || strings.IndexByte(".-_", word[i-1]) >= 0) && (end == len(word) || strings.IndexByte(".-_", word[end]) >= 0) &&
		word[:i]+word[end:] != ""
}

// short renames what stands in short in the plan itself.
func (n *renamer) short(from, to string) {
	n.references(from, to)
	n.expressions(from, to)
	code := n.codeSpans()
	src := n.File.Src
	eachWord(src, func(start, end int) {
		word := string(src[start:end])
		if n.seen[start] || n.inFindings(start) {
			return
		}
		i := strings.Index(word, from)
		switch {
		case i < 0 || n.inBlock(start) && word != from:
		case word == from && isNumbered(from) && !n.inBlock(start) && !inSpans(code, start) && !n.partOfPath(start, end) && !inURL(src, start) && n.aloneInCode(start, end):
			n.replace(start, end, to)
		case word == from, (i == 0 || strings.IndexByte(".-_", word[i-1]) >= 0) && (i+len(from) == len(word) || strings.IndexByte(".-_", word[i+len(from)]) >= 0) &&
			!isForeign(word) && n.byID[n.ID.Text+"-"+word] == nil:
			n.left = append(n.left, start+i)
		}
	})
	for _, m := range regexp.MustCompile(`(?i)\]\(#`+regexp.QuoteMeta(from)+`\b`).FindAllIndex(src, -1) {
		n.left = append(n.left, m[0]) // the heading that it leads to has another name now
	}
}

// references renames ids that are values of blocks.
func (n *renamer) references(from, to string) {
	value := func(v text.Span) {
		if i := bytes.Index(n.File.Src[v.Start:v.End], []byte(from)); i >= 0 && !v.IsZero() {
			n.replace(v.Start+i, v.Start+i+len(from), to)
		}
	}
	written := func(v Value) {
		if v.Text == n.r.From && n.written(v) == from {
			value(v.Span)
		}
	}
	n.eachID(written, func(r Ref) {
		if r.ID == n.r.From && r.Text == from {
			value(r.Span)
		}
	})
}

// eachID goes through the ids that blocks give, and those that they refer to.
func (n *renamer) eachID(gives func(Value), refers func(Ref)) {
	refs := func(refs ...Ref) {
		for _, r := range refs {
			refers(r)
		}
	}
	gives(n.ID)
	refs(n.Needs...)
	for _, t := range n.Tasks {
		gives(t.ID)
		refs(t.Needs...)
	}
	for _, d := range n.Decisions {
		gives(d.ID)
	}
	for _, b := range n.blocks {
		for _, s := range b.steps {
			refs(s.Guards...)
		}
		for _, r := range b.refs {
			refs(*r)
		}
	}
}

// expressions renames what expressions in blocks read of a task or a decision.
func (n *renamer) expressions(from, to string) {
	id := regexp.QuoteMeta(from)
	read := regexp.MustCompile(`\b(?:tasks\.(` + id + `)\b|(?:tasks|decisions)\[\s*\\?["'](` + id + `)\\?["']\s*\])`)
	for _, b := range n.blocks {
		for _, m := range read.FindAllSubmatchIndex(n.File.Src[b.span.Start:b.span.End], -1) {
			i := 2
			if m[i] < 0 {
				i = 4
			}
			if after := b.span.Start + m[i+1]; i == 2 && after < len(n.File.Src) && n.File.Src[after] == '-' {
				continue // an id that is longer, or a difference that no one means
			}
			n.replace(b.span.Start+m[i], b.span.Start+m[i+1], to)
		}
	}
}

// renamed returns an error where a new text differs in more than the id.
func (p *Plan) renamed(out []byte, r Renaming) error {
	after, _ := p.Words.Parse(p.File.Name, out)
	tell := func(p *Plan, id func(string) string) string {
		var b strings.Builder
		fmt.Fprintln(&b, id(p.ID.Text), p.Status.Text, len(p.Steps), len(p.blocks), len(p.outline.marks))
		refs := func(refs []Ref) {
			for _, r := range refs {
				if p.byID[r.ID] == nil && p.decisionByID[r.ID] == nil && r.ID != p.ID.Text {
					r.ID = r.Text // it is not here, and what it means in full is a guess
				}
				b.WriteString(" " + id(r.ID))
			}
			b.WriteByte('\n')
		}
		refs(p.Needs)
		for _, t := range p.Tasks {
			fmt.Fprint(&b, id(t.ID.Text), t.Status.Text, t.HasNeeds, len(t.Steps))
			refs(t.Needs)
			for _, s := range t.Steps {
				refs(s.Guards)
			}
		}
		for _, d := range p.Decisions {
			fmt.Fprintln(&b, id(d.ID.Text), d.Status.Text, d.Choice.Text)
		}
		for _, f := range p.AllFindings {
			fmt.Fprintln(&b, id(f.ID), f.Steps)
		}
		return b.String()
	}
	if tell(p, r.ID) != tell(after, func(id string) string { return id }) {
		return errors.New("more than the id would change")
	}
	were := byCode(p.mistakes)
	for code, count := range byCode(after.mistakes) {
		if count > were[code] {
			return fmt.Errorf("the result has a mistake: %s", firstOf(after.mistakes, code))
		}
	}
	return nil
}

// byCode counts mistakes by their codes: their words can hold the id.
func byCode(mistakes diag.List) map[string]int {
	out := map[string]int{}
	for _, d := range mistakes {
		out[d.Code]++
	}
	return out
}

func firstOf(mistakes diag.List, code string) string {
	i := slices.IndexFunc(mistakes, func(d diag.Diagnostic) bool { return d.Code == code })
	return fmt.Sprintf("%s (%s)", mistakes[i].Message, code) // its place is in a text that nobody sees
}

// Redigest returns the text of the plan in which findings say the digest that their steps have now, where they said the
// one that was taken of them before. A plan that was renamed proves what it proved.
func (p *Plan) Redigest(before *Plan, digest func(*Plan, []*Step) string) ([]byte, error) {
	var edits []text.Edit
	fresh := func(f *FindingsBlock, was, is string) {
		if f == nil || f.Steps == "" || !strings.HasPrefix(was, f.Steps) || strings.HasPrefix(is, f.Steps) {
			return
		}
		if i := bytes.Index(p.File.Src[f.Span.Start:f.Span.End], []byte("steps="+f.Steps)); i >= 0 {
			at := f.Span.Start + i + len("steps=")
			edits = append(edits, text.Edit{Span: text.Span{Start: at, End: at + len(f.Steps)}, New: is[:len(f.Steps)]})
		}
	}
	fresh(p.Findings, digest(before, before.Steps), digest(p, p.Steps))
	for i, t := range p.Tasks {
		if t.Findings != nil {
			fresh(t.Findings, digest(before, before.Tasks[i].Steps), digest(p, t.Steps))
		}
	}
	return text.Apply(p.File.Src, edits)
}
