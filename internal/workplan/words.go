package workplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Words are a team's own words for statuses. A plan says them in its files, and everything else of it is in the words of
// the format, which its files may say as well. The zero Words are those of the format alone.
// Words do not change, and are safe for concurrent use.
type Words struct {
	own map[string]string // by status
}

// BadWord is what is wrong with a word that was to stand for a status.
type BadWord struct {
	Status        string // that it was to stand for, as it was given
	NoStatus      bool   // it is that which is wrong, and not the word
	Message, Hint string
}

// statusesOf are the statuses of each kind of block.
var statusesOf = map[string][]string{
	frontBlock: named(planStatuses), taskBlock: named(taskStatuses), decisionBlock: decisionStatuses,
}

func named(statuses []Status) []string {
	out := make([]string, len(statuses))
	for i, s := range statuses {
		out[i] = string(s)
	}
	return out
}

// NewWords returns the words that stand for statuses, by status, and what is wrong with the others, by status, too.
// A word may stand for several statuses, as long as no task, plan or decision can have two of them.
func NewWords(own map[string]string) (Words, []BadWord) {
	w := Words{own: map[string]string{}}
	var bad []BadWord
	for _, status := range slices.Sorted(maps.Keys(own)) {
		if b, ok := w.take(status, own[status]); !ok {
			bad = append(bad, b)
		}
	}
	return w, bad
}

// take takes in one word; ok is false where it cannot stand for that status.
func (w Words) take(status, word string) (bad BadWord, ok bool) {
	bad.Status = status
	if !slices.Contains(Statuses(), status) {
		bad.NoStatus, bad.Message, bad.Hint = true, fmt.Sprintf("there is no status %q", status), diag.DidYouMean(status, Statuses())
		switch {
		case slices.Contains(Statuses(), word):
			bad.Hint = fmt.Sprintf("the status comes first: %s: %s", word, status)
		case bad.Hint == "":
			bad.Hint = "there are " + strings.Join(Statuses(), ", ")
		}
		return bad, false
	}
	if !isStatusWord(word) {
		bad.Message = fmt.Sprintf("%q cannot be a word for a status", word)
		bad.Hint = fmt.Sprintf("up to %d letters, digits, dots, dashes, underscores, slashes and single blanks, beginning with a letter, that YAML takes for a text", maxStatusWord)
		return bad, false
	}
	for _, kind := range []string{taskBlock, frontBlock, decisionBlock} {
		all, what := statusesOf[kind], map[string]string{taskBlock: "tasks", frontBlock: "plans", decisionBlock: "decisions"}[kind]
		if !slices.Contains(all, status) {
			continue
		}
		if word != status && slices.Contains(all, word) {
			bad.Message, bad.Hint = fmt.Sprintf("%q is another status of %s already", word, what), "choose a word of your own"
			return bad, false
		}
		for _, other := range all {
			if w.own[other] == word {
				bad.Message, bad.Hint = fmt.Sprintf("%q is the word for %s already, which %s can be, too", word, other, what), "choose another word"
				return bad, false
			}
		}
	}
	if word != status {
		w.own[status] = word
	}
	return bad, true
}

// maxStatusWord bounds the length of a word for a status, in characters: it stands in columns.
const maxStatusWord = 40

// isStatusWord tells whether every reader of YAML takes s for a text, without quotes too.
func isStatusWord(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" ._-/", r)
	}
	return utf8.ValidString(s) && unicode.IsLetter(first) && !strings.ContainsFunc(s, odd) && !isAmbiguous(s) &&
		strings.Join(strings.Fields(s), " ") == s && utf8.RuneCountInString(s) <= maxStatusWord
}

// Own returns the team's own word for a status; "" where it has none.
func (w Words) Own(status string) string { return w.own[status] }

// Of returns the word that is written for a status.
func (w Words) Of(status string) string {
	if own, ok := w.own[status]; ok {
		return own
	}
	return status
}

// With returns all that may be written for some statuses: the words for them, and then those of the format that have
// another.
func (w Words) With(statuses []string) []string {
	if len(w.own) == 0 {
		return statuses
	}
	out := make([]string, 0, 2*len(statuses))
	for _, s := range statuses {
		out = append(out, w.Of(s))
	}
	for _, s := range statuses {
		if w.own[s] != "" {
			out = append(out, s)
		}
	}
	return out
}

// Key is the same for the same words, and only for them; "" for those of the format.
func (w Words) Key() string {
	var b strings.Builder
	for _, s := range slices.Sorted(maps.Keys(w.own)) {
		fmt.Fprintf(&b, "%s=%s\n", s, w.own[s])
	}
	return b.String()
}

// means returns the status that a word stands for in a kind of block; of what is no word of the team's, the word.
func (w Words) means(kind, word string) string {
	if len(w.own) == 0 {
		return word
	}
	for _, s := range statusesOf[kind] {
		if w.own[s] == word {
			return s
		}
	}
	return word
}

// enum is what may be written as the value of a field.
func (w Words) enum(f strict.Field) []string {
	if f.Name == "status" {
		return w.With(f.Enum)
	}
	return f.Enum
}

// status returns the status of a block, by what is written.
func (p *planParser) status(b *block, word string) Value {
	return p.scalar(b, "status", p.plan.Words.means(b.kind, word))
}

// Spell returns src with all statuses in the team's words. What cannot be replaced safely stays as it is.
func (w Words) Spell(src []byte) []byte {
	if len(w.own) == 0 {
		return src
	}
	out, err := w.Rewrite("", src, func(p *Plan) (edits []text.Edit, err error) {
		for _, b := range append([]*block{p.front}, p.blocks...) {
			if e, ok := p.spell(b); ok {
				edits = append(edits, e)
			}
		}
		return edits, nil
	})
	if err != nil {
		return src
	}
	return out
}

// spell returns the edit that writes the status of a block in the team's word; ok is false where there is nothing to do.
func (p *Plan) spell(b *block) (e text.Edit, ok bool) {
	if b == nil {
		return e, false
	}
	n := find(b.root(), "status")
	if n == nil || n.Kind != yaml.ScalarNode || p.Words.own[n.Value] == "" || !slices.Contains(statusesOf[b.kind], n.Value) {
		return e, false
	}
	e, err := p.set(b, "status", p.Words.Of(n.Value))
	return e, err == nil
}

// text is a status on its way into a block.
func (w Words) text(status string) newText {
	word := w.Of(status)
	return newText{says: word, written: word, fact: word}
}
