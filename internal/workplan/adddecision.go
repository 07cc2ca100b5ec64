package workplan

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// NewDecision is a decision block that is to be written.
type NewDecision struct {
	ID             string // short or full, as it is to stand
	Status         string
	Question       string
	Options        []Option
	Recommendation string
	Choice         string
	By             string
	Date           string
}

// AddDecision returns the edit that writes a decision block before the line that begins at an offset.
// It is an error where that is no beginning of a line at top level, or the plan has the id already.
func (p *Plan) AddDecision(at int, d NewDecision) (text.Edit, error) {
	src := p.File.Src
	full := p.fullID(d.ID)
	switch {
	case !isID(d.ID) || p.byID[full] != nil || p.decisionByID[full] != nil:
		return text.Edit{}, fmt.Errorf("%q cannot be the id of a new decision", d.ID)
	case !slices.Contains(decisionStatuses, d.Status):
		return text.Edit{}, fmt.Errorf("%q is no status of a decision", d.Status)
	case at <= 0 || at > len(src) || src[at-1] != '\n':
		return text.Edit{}, fmt.Errorf("%s: a block cannot begin here", p.File.Pos(at))
	}
	eol := lineEnding(firstLine(src[p.File.LineSpan(p.File.Pos(at-1).Line).Start:]))
	var b strings.Builder
	b.WriteString(eol + "```" + decisionBlock + eol)
	for _, line := range d.lines(p.Words.Of(d.Status)) {
		b.WriteString(line + eol)
	}
	b.WriteString("```" + eol)
	if at < len(src) && strings.TrimSpace(string(firstLine(src[at:]))) != "" {
		b.WriteString(eol)
	}
	e := text.Edit{Span: text.Span{Start: at, End: at}, New: b.String()}
	p.wanted = append(p.wanted, intent{edit: e, added: &d})
	return e, nil
}

// lines are the block's keys and values as YAML, with the word that is written for its status.
func (d NewDecision) lines(status string) []string {
	var out []string
	for _, f := range [][2]string{{"id", d.ID}, {"status", status}, {"question", d.Question}} {
		if f[1] != "" {
			out = append(out, f[0]+": "+writeAs(0, f[0], oneLine(f[1])))
		}
	}
	if len(d.Options) > 0 {
		out = append(out, "options:")
		for _, o := range d.Options {
			out = append(out, "  "+quoteAs(0, o.Name)+": "+quoteText(o.Text))
		}
	}
	for _, f := range [][2]string{{"recommendation", d.Recommendation}, {"choice", d.Choice}, {"by", d.By}, {"date", d.Date}} {
		if f[1] != "" {
			out = append(out, f[0]+": "+quoteAs(0, oneLine(f[1])))
		}
	}
	return out
}

// quoteText is quoteAs for what is text, whatever YAML would make of it.
func quoteText(s string) string {
	if s = oneLine(s); s == "" || !isLetter(s[0]) || !strings.Contains(s, " ") {
		return quoteAs(yaml.DoubleQuotedStyle, s)
	}
	return quoteAs(0, s)
}

// takeOut finds the blocks that were to come into being, each as it was wanted, and takes them out of p, so that what
// is left can be compared.
func (p *Plan) takeOut(wanted []intent) error {
	for _, w := range wanted {
		if w.added == nil {
			continue
		}
		d := p.decisionByID[p.fullID(w.added.ID)]
		if d == nil || d.block == nil || !w.added.is(d) {
			return fmt.Errorf("the decision %s would not come into being as it should", w.added.ID)
		}
		p.blocks = slices.DeleteFunc(p.blocks, func(b *block) bool { return b == d.block })
	}
	for i, b := range p.blocks {
		b.number = i + 1
	}
	return nil
}

// is tells whether a decision of a plan says what was wanted.
func (d NewDecision) is(is *Decision) bool {
	same := is.Status.Text == d.Status && is.Question.Text == oneLine(d.Question) && is.Recommendation.Text == d.Recommendation &&
		is.Choice.Text == d.Choice && is.By.Text == oneLine(d.By) && is.Date.Text == d.Date && len(is.Options) == len(d.Options)
	for i, o := range is.Options {
		same = same && o.Name == d.Options[i].Name && o.Text == oneLine(d.Options[i].Text)
	}
	return same
}
