package workplan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// yamlTexts are texts of blocks whose ends, beginnings or marks could lead a reader of several astray.
var yamlTexts = []string{
	"id: T01\nstatus: todo\n", "- name: a\n  file: {path: b}\n- sh: |\n    a\n\n", "a: |+\n  b\n\n\n", "a: >-\n  b\n  c\n", "|\n", ">+\n\n", "|\n a\n", "\ta\n", "'a\n", "a: \"b\n", "{a: b\n", "[a\n",
	"a: &x 1\n", "b: *x\n", "# words\n", "\n", "\t\n", "a:\n", "a\n", "a\nb\n", "? a\n: b\n", "a: b: c\n", "--- a\n", "...\n", "%YAML 1.2\n", "a: 1\n---\nb: 2\n",
	"a: b\r\nc: d\r\n", "a: b\rc: d\n", "a: \"b\u0085c\u2028d\"\ne: f\n", "\ufeffa: b\n", "a: \ufeffb\n", "a: \x01\n", "a: \xff\n", "a: \x00\n", "a: 1\n# behind it\n", "  # before it\n\na: 1 # beside it\n", "!!map {a: 1}\n", "!own a\n", "a: ! b\n",
	"- - a\n  - b\n-\n", "a: 1\na: 2\n", "<<: {a: 1}\n", "a: - b\n", "- a\nb: c\n", "@\n", "`\n", "a:\n    b\n  c\n", "---x: 1\n", "-\n", "- \n", " ...\n", "é: ü\n", strings.Repeat("x: [1, 2]\n", 300), "x: \"" + strings.Repeat("ü", 2000) + "\"\n",
}

func FuzzStream(f *testing.F) {
	for i, s := range yamlTexts {
		f.Add(s, yamlTexts[(i*7+3)%len(yamlTexts)], yamlTexts[(i*11+5)%len(yamlTexts)])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if err := streams(a, b, c); err != nil {
			t.Error(err)
		}
	})
}

// Every block reads in a stream as it does alone, whatever stands before it and behind it.
func TestStreamReadsAsAlone(t *testing.T) {
	for _, a := range yamlTexts {
		for _, b := range yamlTexts {
			if err := streams("id: T00\n", a, b, "id: T01\n"); err != nil {
				t.Error(err)
			}
		}
	}
}

// The same of texts that are made of what means something in YAML.
func TestStreamReadsAnyTextAsAlone(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"a", "b", "1", "é", " ", "  ", "    ", "\n", "\n", "\n  ", "\n- ", "\n\n", "\r\n", "\r", "\t", "\u0085", "\u2028", "\u00a0", ": ", ":", "- ", "-", "? ", "?", "# ", " #",
		"|", "|\n", "|+\n", "|2-\n", ">", ">-\n", "'", "''", "\"", "\\", "\\n", "\\x41", "[", "]", "{", "}", ",", "&x ", "*x", "!", "!!str ", "!x ", "%", "@", "`", "~", "<<: ", "--", "..", "\n---", "\n...", "\n---\n", "key: ", "- name: a\n",
	})
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(pieces, 0, 9).Draw(t, "pieces"), "") + rapid.SampledFrom([]string{"\n", "\n", "\n", ""}).Draw(t, "end")
	})
	rapid.Check(t, func(t *rapid.T) {
		if err := streams(text.Draw(t, "first"), text.Draw(t, "second"), text.Draw(t, "third")); err != nil {
			t.Error(err)
		}
	})
}

// Few blocks are read alone: if a stream fell apart, nobody would see it but by the time that it takes.
func TestStreamGoesOn(t *testing.T) {
	var texts []string
	for i := range 1000 {
		texts = append(texts, fmt.Sprintf("id: T%d\nstatus: todo\n", i))
	}
	texts[10], texts[20], texts[500] = "--- a\n", "# words\n", "id: a: b\n"
	s, blocks := streamOf(texts...)
	alone, begun := 0, map[*yaml.Loader]bool{}
	for _, b := range blocks {
		if s.read(b) == nil {
			alone++
		}
		begun[s.loader] = true
	}
	delete(begun, nil)
	if alone < 3 || alone > 100 || len(begun) != 2 {
		t.Errorf("%d blocks are read alone, and %d streams are begun", alone, len(begun))
	}
}

func streamOf(texts ...string) (*yamlStream, []*block) {
	s := &yamlStream{}
	var blocks []*block
	for _, text := range texts {
		b := &block{raw: []byte(text), breaks: yamlBreaks([]byte(text))}
		blocks = append(blocks, b)
		s.add(b)
	}
	return s, blocks
}

// streams returns an error where a stream tells something else of a text than is told of the text alone.
func streams(texts ...string) error {
	s, blocks := streamOf(texts...)
	for i, b := range blocks {
		got := s.read(b)
		if got == nil {
			continue // it will be read alone
		}
		want, second, err := readYAML(b.raw)
		if second != nil || err != nil {
			return fmt.Errorf("%q in %q: %v, and read as %s", texts[i], texts, err, tree(got))
		}
		if tree(got) != tree(want) {
			return fmt.Errorf("%q in %q: %s", texts[i], texts, cmp.Diff(tree(want), tree(got)))
		}
	}
	return nil
}

// tree is all that is read of a node and those below it.
func tree(n *yaml.Node) string {
	var s strings.Builder
	var write func(*yaml.Node)
	write = func(n *yaml.Node) {
		fmt.Fprintf(&s, "%d %d %q %d:%d %s%s\n", n.Kind, n.Style, n.Value, n.Line, n.Column, n.Tag, n.Anchor)
		for _, c := range n.Content {
			write(c)
		}
	}
	write(n)
	return s.String()
}
