package diag

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

func TestPackedGivesBackWhatWasAdded(t *testing.T) {
	word := rapid.StringMatching(`[ab]{0,2}`)
	number := rapid.IntRange(0, 16<<20)
	pos := rapid.Custom(func(t *rapid.T) text.Pos {
		return text.Pos{File: word.Draw(t, "file"), Line: number.Draw(t, "line"), Col: number.Draw(t, "col")}
	})
	related := rapid.Custom(func(t *rapid.T) Related { return Related{Pos: pos.Draw(t, "at"), Message: word.Draw(t, "says")} })
	one := rapid.Custom(func(t *rapid.T) Diagnostic {
		d := Diagnostic{
			Pos: pos.Draw(t, "pos"), Len: number.Draw(t, "len"), Severity: rapid.SampledFrom([]Severity{Error, Warning, Suggestion, Info}).Draw(t, "severity"),
			Code: word.Draw(t, "code"), Message: word.Draw(t, "message"), Hint: word.Draw(t, "hint"),
		}
		if more := rapid.SliceOfN(related, 0, 2).Draw(t, "related"); len(more) > 0 {
			d.Related = more
		}
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		var p Packed
		want := map[int]List{}
		most := -1
		for range rapid.IntRange(0, 6).Draw(t, "times") {
			i := rapid.IntRange(0, 3).Draw(t, "list")
			l := rapid.SliceOfN(one, 0, 3).Draw(t, "added")
			p.Add(i, l)
			want[i] = append(want[i], l...)
			most = max(most, i)
		}
		if p.Len() != most+1 {
			t.Fatalf("%d lists, want %d", p.Len(), most+1)
		}
		for i := range p.Len() {
			if got := p.List(i); len(got) != len(want[i]) || len(got) > 0 && !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("list %d is %v, want %v", i, got, want[i])
			}
		}
	})
}

func TestPackedKeepsATextOnce(t *testing.T) {
	var p Packed
	for i := range 100 {
		p.Add(i, List{{Code: "no-proof", Message: strings.Clone("nobody looks"), Hint: "look"}})
	}
	if len(p.texts) != 4 { // and the empty one
		t.Errorf("%d texts: %q", len(p.texts), p.texts)
	}
}
