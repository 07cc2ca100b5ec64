package view

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

const source = "---\nid: SHOP-WP-0001\n---\n" +
	"- htpp: https://shop.example/\n" +
	"-\thttp:\t{staus: 200}\n" +
	"- name: 漢字漢字 prüfen, daß alles läuft und noch viel mehr, was auf einer einzigen Zeile steht\twhitin: 2m, and still more of it follows here\n"

func lint() (diag.List, map[string]*text.File) {
	f := text.NewFile(file, []byte(source))
	at := func(s string) text.Pos { return f.Pos(strings.Index(source, s)) }
	return diag.List{
		{Pos: at("htpp"), Len: 4, Severity: diag.Error, Code: "unknown-kind", Message: `no kind of step "htpp"`, Hint: `did you mean "http"?`},
		{Pos: at("staus"), Len: 5, Severity: diag.Warning, Code: "unknown-key", Message: `no key "staus" here`},
		{
			Pos: at("whitin"), Len: 6, Severity: diag.Suggestion, Code: "unknown-key", Message: `no key "whitin" here`,
			Related: []diag.Related{{Pos: at("id:"), Message: "the plan begins here"}},
		},
		{Pos: text.Pos{File: file, Line: 4, Col: 30}, Severity: diag.Info, Code: "end", Message: "at the end of the line"},
		{Pos: text.Pos{File: "workplans/gone.md"}, Severity: diag.Error, Code: "read", Message: "no such file"},
	}, map[string]*text.File{file: f}
}

func TestLint(t *testing.T) {
	list, sources := lint()
	inAll(t, "lint", func(b *bytes.Buffer, o Options) error {
		o.Source = o.Width > 0
		return Lint(b, slices.Values(list), sources, 2, o)
	})
}

func TestLintWithoutAnything(t *testing.T) {
	var b bytes.Buffer
	if err := Lint(&b, slices.Values(diag.List{}), nil, 1, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != "nothing to say in 1 file\n" {
		t.Errorf("got %q", got)
	}
}

func TestDiagnosticsOfHostileTextAreWellDressed(t *testing.T) {
	for _, h := range hostile {
		list := diag.List{{
			Pos: text.Pos{File: h, Line: 1, Col: 2}, Len: 3, Severity: diag.Error, Code: h, Message: h, Hint: h,
			Related: []diag.Related{{Pos: text.Pos{File: h, Line: 1, Col: 1}, Message: h}},
		}}
		o := Options{Source: true, GitHub: true}
		var b bytes.Buffer
		if err := Diagnostics(&b, list, map[string]*text.File{h: text.NewFile(h, []byte(h))}, o); err != nil {
			t.Fatal(err)
		}
		wellDressed(t, b.String(), o)
	}
}

func TestTheMarkIsUnderWhatIsMeant(t *testing.T) {
	for name, tt := range map[string]struct {
		line        string
		col, length int
		width       int
		want        string
	}{
		"at the start":         {"abc def", 1, 3, 80, "    1 | abc def\n      | ^^^\n"},
		"behind a tab":         {"\tabc", 2, 1, 80, "    1 |     abc\n      |     ^\n"},
		"behind wide runes":    {"漢字 abc", 8, 3, 80, "    1 | 漢字 abc\n      |      ^^^\n"},
		"under wide runes":     {"漢字 abc", 1, 6, 80, "    1 | 漢字 abc\n      | ^^^^\n"},
		"in the midst of one":  {"漢字 abc", 2, 1, 80, "    1 | 漢字 abc\n      | ^^\n"},
		"at the end":           {"abc", 4, 0, 80, "    1 | abc\n      |    ^\n"},
		"far behind the end":   {"abc", 40, 5, 80, "    1 | abc\n      |    ^\n"},
		"over the end":         {"abc", 2, 50, 80, "    1 | abc\n      |  ^^\n"},
		"of an empty line":     {"", 1, 0, 80, "    1 |\n      | ^\n"},
		"in a line to be cut":  {strings.Repeat("a", 50) + "X" + strings.Repeat("b", 50), 51, 1, 30, "    1 | ...aaaaaaaaXbbbbbbb...\n      |            ^\n"},
		"near its start":       {"X" + strings.Repeat("b", 50), 1, 1, 30, "    1 | Xbbbbbbbbbbbbbbb...\n      | ^\n"},
		"wider than the room":  {strings.Repeat("X", 90), 1, 90, 30, "    1 | XXXXXXXXXXXXXXXX...\n      | ^^^^^^^^^^^^^^^^\n"},
		"an escape is made so": {"\x1b[0mX", 5, 1, 80, "    1 | \\x1b[0mX\n      |        ^\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			p := newPrinter(&b, Options{Width: tt.width})
			p.source(text.NewFile("f", []byte(tt.line)), text.Pos{File: "f", Line: 1, Col: tt.col}, tt.length, "")
			p.flush()
			if b.String() != tt.want {
				t.Errorf("got\n%swant\n%s", b.String(), tt.want)
			}
		})
	}
}
