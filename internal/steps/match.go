package steps

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/leak"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// Regexp is an RE2 expression in which ^ and $ match at lines, as FORMAT says for contains, lacks, only and matches.
type Regexp struct {
	Src string
	re  *regexp.Regexp
}

// UnmarshalNode compiles the expression.
func (r *Regexp) UnmarshalNode(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || strict.IsNull(n) {
		return fmt.Errorf("wanted a regular expression, found %s", strict.Describe(n))
	}
	re, err := regexp.Compile("(?m)" + n.Value)
	if err != nil {
		return fmt.Errorf("no regular expression (RE2): %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	r.Src, r.re = n.Value, re
	return nil
}

// DescribeType tells how a Regexp is written.
func (*Regexp) DescribeType() (string, map[string]any) {
	return "a regular expression (RE2)", map[string]any{"type": []any{"string", "number", "boolean"}}
}

// MatchString tells whether s holds a match; the zero Regexp matches everything.
func (r Regexp) MatchString(s string) bool { return r.re == nil || r.re.MatchString(s) }

// Text says what a text must be and must not be.
type Text struct {
	Equals   *string  `yaml:"equals" doc:"the text, literally, trailing line ends aside"`
	Contains []Regexp `yaml:"contains" doc:"each must match somewhere"`
	Lacks    []Regexp `yaml:"lacks" doc:"none may match anywhere"`
	Only     []Regexp `yaml:"only" doc:"every line that is not empty must match one of these"`
	Matches  *Regexp  `yaml:"matches" doc:"must match the whole text, trailing line ends aside"`
}

// Check returns what is wrong with s, one line each, as pairs of wanted and seen; nothing where all is well.
// What names the text: "body", "stdout".
func (t Text) Check(what, s string) []Mismatch {
	var out []Mismatch
	add := func(want, saw string) { out = append(out, Mismatch{what + " " + want, saw}) }
	body := strings.TrimRight(s, "\r\n")
	if t.Equals != nil && body != strings.TrimRight(*t.Equals, "\r\n") {
		add(fmt.Sprintf("equals %s", Quote(*t.Equals)), Quote(s))
	}
	for _, r := range t.Contains {
		if !r.MatchString(s) {
			add(fmt.Sprintf("contains %q", r.Src), Quote(s))
		}
	}
	for _, r := range t.Lacks {
		if loc := r.re.FindStringIndex(s); loc != nil {
			add(fmt.Sprintf("lacks %q", r.Src), Quote(lineAt(s, loc[0])))
		}
	}
	if t.Only != nil {
		for line := range strings.Lines(s) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" && !matchAny(t.Only, line) {
				add("has only lines like "+sources(t.Only), Quote(line))
			}
		}
	}
	if m := t.Matches; m != nil {
		if loc := m.re.FindStringIndex(body); loc == nil || loc[0] != 0 || loc[1] != len(body) {
			add(fmt.Sprintf("matches %q", m.Src), Quote(s))
		}
	}
	return out
}

// Mismatch is one thing that was wanted, and what was seen instead.
type Mismatch struct{ Want, Saw string }

func matchAny(rs []Regexp, s string) bool {
	for _, r := range rs {
		if r.MatchString(s) {
			return true
		}
	}
	return false
}

func sources(rs []Regexp) string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = fmt.Sprintf("%q", r.Src)
	}
	return strings.Join(out, ", ")
}

func lineAt(s string, offset int) string {
	start := strings.LastIndexByte(s[:offset], '\n') + 1
	end := strings.IndexByte(s[offset:], '\n')
	if end < 0 {
		return s[start:]
	}
	return s[start : offset+end]
}

// Quote quotes a text in one line; an empty text is the word "nothing".
// It does not shorten: the runner does, after it has redacted.
// What looks like a password in it is masked, since a text that must lack one is quoted where it has one.
func Quote(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return "nothing"
	}
	return strconv.Quote(masked(s))
}

// masked is a text that a program wrote without what looks like a password there.
func masked(s string) string { return leak.Masked(s, policy.Mask) }
