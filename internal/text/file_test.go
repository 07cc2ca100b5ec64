package text

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPosAndLine(t *testing.T) {
	for _, c := range []struct {
		GoCase, src string
		offset      int
		line, col   int
		text        string
		lines       int
	}{
		{"the start of an empty file", "", 0, 1, 1, "", 1},
		{"beyond the end of an empty file", "", 9, 1, 1, "", 1},
		{"a negative offset", "ab\n", -3, 1, 1, "ab", 2},
		{"the line end itself", "ab\ncd", 2, 1, 3, "ab", 2},
		{"the first byte after it", "ab\ncd", 3, 2, 1, "cd", 2},
		{"the end without a last newline", "ab\ncd", 5, 2, 3, "cd", 2},
		{"the empty rest after a last newline", "ab\n", 3, 2, 1, "", 2},
		{"a CR of CRLF belongs to its line", "ab\r\ncd\r\n", 2, 1, 3, "ab", 3},
		{"CR that ends no line is text", "a\r\r\nb\r", 6, 2, 3, "b\r", 2},
		{"only one CR is the line ending", "a\r\r\n", 0, 1, 1, "a\r", 2},
		{"columns count bytes", "äb", 2, 1, 3, "äb", 1},
		{"invalid UTF-8 counts bytes too", "\xff\xfe\nx", 1, 1, 2, "\xff\xfe", 2},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			f := NewFile("f", []byte(c.src))
			if got, want := f.Pos(c.offset), (Pos{"f", c.line, c.col}); got != want {
				t.Errorf("Pos(%d) = %v, want %v", c.offset, got, want)
			}
			if got := f.Line(c.line); got != c.text {
				t.Errorf("Line(%d) = %q, want %q", c.line, got, c.text)
			}
			if got := f.Lines(); got != c.lines {
				t.Errorf("Lines() = %d, want %d", got, c.lines)
			}
		})
	}
}

func TestZeroFile(t *testing.T) {
	var f File
	if got := f.Pos(3); got != (Pos{Line: 1, Col: 1}) || f.Lines() != 1 || f.Line(1) != "" || f.LineSpan(7) != (Span{}) {
		t.Errorf("the zero File is not an empty file: %v", got)
	}
}

func TestSpan(t *testing.T) {
	s := Span{2, 5}
	if s.Len() != 3 || s.IsZero() || !s.Contains(2) || s.Contains(5) || !(Span{}).IsZero() {
		t.Errorf("a span is half-open: %v", s)
	}
	if got := (Pos{File: "f"}).String(); got != "f" {
		t.Errorf("a Pos without a line is its file, got %q", got)
	}
}

func TestLinesCoverTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.StringMatching(`[ab\r\nä]{0,30}`).Draw(t, "src")
		f := NewFile("f", []byte(src))
		var all strings.Builder
		for n := 1; n <= f.Lines(); n++ {
			s := f.LineSpan(n)
			all.WriteString(src[s.Start:s.End])
			for at := s.Start; at < s.End; at++ {
				if p := f.Pos(at); p.Line != n || p.Col != at-s.Start+1 {
					t.Fatalf("Pos(%d) = %v, want line %d", at, p, n)
				}
			}
		}
		if all.String() != src {
			t.Fatalf("the lines hold %q, the file %q", all.String(), src)
		}
	})
}
