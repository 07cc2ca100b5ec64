package diag

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

func TestDidYouMean(t *testing.T) {
	for _, c := range []struct{ GoCase, word, candidates, want string }{
		{"a replaced letter", "htpp", "http sh k8s", "http"},
		{"swapped letters", "statsu", "state status", "status"},
		{"a missing letter", "priorty", "priority labels", "priority"},
		{"a missing underscore", "dependsOn", "depends_on needs", "depends_on"},
		{"another case", "NEEDS", "needs", "needs"},
		{"two letters and one more", "k8", "k8s sh", "k8s"},
		{"a digit too few", "T3", "T01 T03", "T03"},
		{"swapped digits", "T40", "T04 T11", "T04"},
		{"another digit is no slip", "T12", "T01 T02 T11", ""},
		{"one letter means nothing", "a", "b by id", ""},
		{"two letters are not two others", "id", "is by", ""},
		{"an empty word means nothing", "", "a ab", ""},
		{"a short word is not the rest of a long one", "ns", "namespace", ""},
		{"a word that is right needs no hint", "http", "http", ""},
		{"something else altogether", "banana", "status priority", ""},
		{"of two equally near the first in the alphabet", "nede", "node need", "need"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			want := ""
			if c.want != "" {
				want = `did you mean "` + c.want + `"?`
			}
			if got := DidYouMean(c.word, strings.Fields(c.candidates)); got != want {
				t.Errorf("DidYouMean(%q) = %q, want %q", c.word, got, want)
			}
		})
	}
}

func TestDidYouMeanDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-c]{0,6}`).Draw(t, "word")
		candidates := rapid.SliceOf(rapid.StringMatching(`[a-cA-C]{0,6}`)).Draw(t, "candidates")
		shuffled := rapid.Permutation(candidates).Draw(t, "shuffled")
		if a, b := DidYouMean(word, candidates), DidYouMean(word, shuffled); a != b {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func TestDistanceIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringMatching(`[ab1]{0,6}`).Draw(t, "a"), rapid.StringMatching(`[ab1]{0,6}`).Draw(t, "b")
		if distance(a, b) != distance(b, a) || (distance(a, b) == 0) != (a == b) {
			t.Fatalf("distance is %d one way, %d the other", distance(a, b), distance(b, a))
		}
	})
}

func TestSortIsStable(t *testing.T) {
	at := func(file string, line, col int, code, message string) Diagnostic {
		return Diagnostic{Pos: text.Pos{File: file, Line: line, Col: col}, Code: code, Message: message}
	}
	want := List{at("a", 9, 1, "z", ""), at("b", 1, 2, "z", ""), at("b", 2, 1, "a", ""), at("b", 2, 1, "b", "1"), at("b", 2, 1, "b", "2"), at("b", 2, 3, "a", "")}
	got := List{want[5], want[3], want[2], want[1], want[4], want[0]}
	got.Sort()
	if !slices.EqualFunc(got, want, func(a, b Diagnostic) bool { return a.String() == b.String() }) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSeverity(t *testing.T) {
	if !Error.AtLeast(Warning) || Info.AtLeast(Suggestion) || !Warning.AtLeast(Warning) {
		t.Error("error is worse than warning, suggestion than info")
	}
	if (List{{Severity: Warning}}).Errors() || !(List{{Severity: Info}, {Severity: Error}}).Errors() {
		t.Error("only an error is an error")
	}
}

func TestString(t *testing.T) {
	d := Diagnostic{Pos: text.Pos{File: "p.md", Line: 3, Col: 7}, Code: "cycle", Message: "T01 needs T01"}
	if got := d.String(); got != "p.md:3:7: T01 needs T01 (cycle)" {
		t.Error(got)
	}
	d.Pos = text.Pos{}
	if got := d.String(); got != "T01 needs T01 (cycle)" {
		t.Error(got)
	}
}
