package text

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestApply(t *testing.T) {
	edit := func(start, end int, s string) Edit { return Edit{Span{start, end}, s} }
	for _, c := range []struct {
		GoCase, src string
		edits       []Edit
		want        string
	}{
		{"no edit gives the same bytes", "abc\r\n", nil, "abc\r\n"},
		{"an edit replaces its bytes", "abc", []Edit{edit(1, 2, "XY")}, "aXYc"},
		{"edits come in any order", "abc", []Edit{edit(2, 3, "Z"), edit(0, 1, "X")}, "XbZ"},
		{"edits may touch", "abc", []Edit{edit(1, 2, "Y"), edit(0, 1, "X")}, "XYc"},
		{"insertions at one place keep their order", "ab", []Edit{edit(1, 1, "1"), edit(1, 1, "2")}, "a12b"},
		{"an insertion stands before what is replaced there", "ab", []Edit{edit(1, 2, "B"), edit(1, 1, "1")}, "a1B"},
		{"an insertion at the end", "ab", []Edit{edit(2, 2, "!")}, "ab!"},
		{"an insertion into nothing", "", []Edit{edit(0, 0, "x")}, "x"},
		{"a deletion of everything", "ab", []Edit{edit(0, 2, "")}, ""},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			if got, err := Apply([]byte(c.src), c.edits); err != nil || string(got) != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	for _, c := range []struct {
		GoCase string
		spans  []Span
		want   string
	}{
		{"a negative start", []Span{{-1, 1}}, "out of bounds"},
		{"an end beyond the end", []Span{{0, 4}}, "out of bounds"},
		{"an end before the start", []Span{{2, 1}}, "out of bounds"},
		{"extreme offsets", []Span{{1, 2}, {-1 << 63, 1}, {1<<63 - 1, 1<<63 - 1}}, "out of bounds"},
		{"two that overlap", []Span{{1, 3}, {0, 2}}, "overlaps"},
		{"the same span twice", []Span{{0, 1}, {0, 1}}, "overlaps"},
		{"an insertion into what is replaced", []Span{{0, 3}, {1, 1}}, "overlaps"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			var edits []Edit
			for _, s := range c.spans {
				edits = append(edits, Edit{s, "x"})
			}
			got, err := Apply([]byte("abc"), edits)
			if got != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, %v; want an error with %q", got, err, c.want)
			}
		})
	}
}

// naive makes edits that do not overlap one by one, from the last to the first.
func naive(src string, sorted []Edit) string {
	for _, e := range slices.Backward(sorted) {
		src = src[:e.Start] + e.New + src[e.End:]
	}
	return src
}

func TestApplyIsNaiveApplication(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.StringN(0, 40, 60).Draw(t, "src")
		cuts := rapid.SliceOfNDistinct(rapid.IntRange(0, len(src)), 0, min(8, len(src)+1), rapid.ID).Draw(t, "cuts")
		slices.Sort(cuts)
		var edits []Edit
		for i := 0; i+1 < len(cuts); i += 2 {
			edits = append(edits, Edit{Span{cuts[i], cuts[i+1]}, rapid.StringN(0, 5, 9).Draw(t, "new")})
		}
		before := strings.Clone(src)
		got, err := Apply([]byte(src), rapid.Permutation(edits).Draw(t, "order"))
		if want := naive(src, edits); err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
		if src != before {
			t.Fatal("the source was changed")
		}
	})
}

func FuzzApply(f *testing.F) {
	f.Add("abc", 0, 1, "x", 2, 3, "y")
	f.Add("", 0, 0, "x", 0, 0, "y")
	f.Add("a\r\n", -1, 5, "", 3, 2, "")
	f.Fuzz(func(t *testing.T, src string, a, b int, s string, c, d int, u string) {
		edits := []Edit{{Span{a, b}, s}, {Span{c, d}, u}}
		got, err := Apply([]byte(src), edits)
		back, errBack := Apply([]byte(src), []Edit{edits[1], edits[0]})
		if (err == nil) != (errBack == nil) || err != nil && got != nil {
			t.Fatalf("%v and %v; %q", err, errBack, got)
		}
		if err == nil && len(got) != len(src)+len(s)+len(u)-(b-a)-(d-c) {
			t.Fatalf("%d bytes are no sum of the parts", len(got))
		}
		if err == nil && edits[0].Span != edits[1].Span && string(got) != string(back) {
			t.Fatalf("the order of edits matters: %q, %q", got, back)
		}
	})
}
