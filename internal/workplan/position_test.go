package workplan

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// place tells where in src the marker § stands, and src without it.
func cutMark(src string) (string, int) {
	at := strings.Index(src, "§")
	return strings.Replace(src, "§", "", 1), at
}

// Each row has a step whose value of `sh` holds an X, marked in the file by §: Pos of X has to be that place.
func TestPosOfACharacterInAScalar(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"plain", "- sh: make §X\n"},
		{"plain with letters of several bytes", "- sh: größe §X\n"},
		{"plain behind letters of several bytes", "- {name: größe, sh: make §X}\n"},
		{"plain over two lines", "- sh: make\n    it §X\n"},
		{"plain with an empty line", "- sh: make\n\n\n    it §X\n"},
		{"in single quotes", "- sh: 'make §X'\n"},
		{"in single quotes with one of them", "- sh: 'it''s §X'\n"},
		{"in single quotes over two lines", "- sh: 'make\n    it §X'\n"},
		{"in double quotes", "- sh: \"make §X\"\n"},
		{"in double quotes with escapes", "- sh: \"a\\tb\\\"\\x41\\u00fc\\U0001F600 §X\"\n"},
		{"in double quotes with an escaped line ending", "- sh: \"make \\\n    it §X\"\n"},
		{"in double quotes over two lines", "- sh: \"make\n    it §X\"\n"},
		{"literal", "- sh: |\n    make\n    it §X\n"},
		{"literal with an empty line", "- sh: |\n    make\n\n      it §X\n"},
		{"literal with leading empty lines", "- sh: |\n\n    make §X\n"},
		{"literal with an indicator", "- sh: |2-\n      make §X\n"},
		{"literal with a comment", "- sh: | # comment X\n    make §X\n"},
		{"literal with letters of several bytes", "- sh: |\n    größe\n    ü §X\n"},
		{"folded", "- sh: >\n    make\n    it §X\n"},
		{"folded with an empty line", "- sh: >-\n    make\n\n    it §X\n"},
		{"folded with more indentation", "- sh: >\n    make\n      it\n    and §X\n"},
		{"with a tag", "- sh: !!str make §X\n"},
		{"in braces", "- {sh: \"make §X\", name: x}\n"},
	} {
		for _, dress := range []struct {
			name string
			on   func(string) string
		}{
			{"", func(s string) string { return head + "```task\nid: T01\n```\n\n```verify\n" + s + "```\n" }},
			{" in a quote", func(s string) string {
				return head + "```task\nid: T01\n```\n\n> - ```verify\n>   " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n>   ") + "\n>   ```\n"
			}},
			{" with CR LF", func(s string) string { return crlf(head + "```task\nid: T01\n```\n\n```verify\n" + s + "```\n") }},
			{" with BOM", func(s string) string {
				return string(bom) + head + "```task\nid: T01\n```\n\n```verify\n" + s + "```\n"
			}},
		} {
			src, want := cutMark(dress.on(c.src))
			p := parse(t, src)
			s := p.Task("T01").Steps[0]
			got := s.Pos(s.Args, strings.Index(s.Args.Value, "X"))
			if got != p.File.Pos(want) {
				t.Errorf("%s%s: %v, want %v", c.name, dress.name, got, p.File.Pos(want))
			}
		}
	}
}

func TestPosOfNodes(t *testing.T) {
	src := head + "- x\n\n  ```task\n  id: T01\n  verify:\n    - sh: a\n    - name: ü\n      http: {url: \"b\", größe: [c]}\n      # comment\n  ```\n"
	p := parse(t, src)
	s := p.Tasks[0].Steps[1]
	line := func(n int, col string) string { return p.File.Line(n)[strings.Index(p.File.Line(n), col):] }
	for _, c := range []struct {
		name string
		node *yaml.Node
		want string
	}{
		{"the step", nil, line(12, "name")},
		{"the kind's value", s.Args, line(13, "{url")},
		{"a key", s.Args.Content[2], line(13, "größe")},
		{"a value behind letters of several bytes", s.Args.Content[3].Content[0], line(13, "c]")},
	} {
		at := s.NodePos(c.node)
		if got := p.File.Line(at.Line)[at.Col-1:]; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := src[s.Span.Start:s.Span.End]; got != "name: ü\n      http: {url: \"b\", größe: [c]}" {
		t.Errorf("span of the step: %q", got)
	}
	if got := p.File.Line(s.KindPos.Line)[s.KindPos.Col-1:]; !strings.HasPrefix(got, "http") {
		t.Errorf("place of the kind: %q", got)
	}
	if n := s.NodeLen(s.Args.Content[1]); n != 3 {
		t.Errorf("length of \"b\" in quotes: %d", n)
	}
}

// A tab that is only partly indentation gives the block spaces that are not in the file.
func TestPosBehindATab(t *testing.T) {
	src := head + ">\t```task\n>\tid: T01\n>\tstatus: done\n>\t```\n"
	p := parse(t, src)
	s := p.Tasks[0].Status.Span
	if got := src[s.Start:s.End]; got != "done" {
		t.Errorf("status stands at %q", got)
	}
}
