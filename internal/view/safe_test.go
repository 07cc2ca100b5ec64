package view

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

func TestSafe(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":                   {"a b", "a b"},
		"colours go":              {"\x1b[1;31mred\x1b[0m", "red"},
		"other escapes are shown": {"\x1b]0;t\x07", `\x1b]0;t\x07`},
		"lines become one":        {"a\r\nb\nc\td", "a b c d"},
		"a lone return":           {"abc\rX", "abc X"},
		"bidi is shown":           {"a\u202eb", `a\u202eb`},
		"nothing hides":           {"a\u200bb\u00adc\ufeffd", `a\u200bb\u00adc\ufeffd`},
		"joiners stay":            {"👩‍👩‍👧", "👩‍👩‍👧"},
		"invalid bytes":           {"a\xffb", "a\ufffdb"},
		"C1":                      {"a\u009b31mb", `a\u009b31mb`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Safe(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSafeIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`(\x1b|\[|[0-9;]|m|\r|\n|a|::|\x{202E})*`)).Draw(t, "s")
		got := Safe(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\n\r\t\x00") {
			t.Fatalf("Safe(%q) = %q", s, got)
		}
		for _, r := range got {
			if safe.Visible(r) != string(r) {
				t.Fatalf("Safe(%q) has %U", s, r)
			}
		}
		if again := Safe(got); again != got {
			t.Fatalf("Safe(%q) = %q, and again %q", s, got, again)
		}
	})
}

func TestWrapFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Safe(rapid.String().Draw(t, "s"))
		width := rapid.IntRange(4, 60).Draw(t, "width")
		lines := wrap(s, width)
		for _, l := range lines {
			if cells(l) > width {
				t.Fatalf("%d columns in %q", cells(l), l)
			}
		}
		if bare := func(s string) string { return strings.Join(strings.Fields(s), "") }; bare(strings.Join(lines, " ")) != bare(s) {
			t.Fatalf("%q lost something: %q", s, lines)
		}
	})
}
