package prose

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Titles that could stand in a text are found as if each of them were tried in turn.
func TestTitlesAreFoundAsIfEachWereTried(t *testing.T) {
	words := rapid.SampledFrom([]string{"a", "b", "c", "dock", ",", "."})
	rapid.Check(t, func(t *rapid.T) {
		var src strings.Builder
		src.WriteString("---\nid: A-WP-0001\ntype: workplan\n---\n")
		for i := range rapid.IntRange(1, 6).Draw(t, "tasks") {
			title := strings.Join(rapid.SliceOfN(words, 1, 4).Draw(t, "title"), " ")
			fmt.Fprintf(&src, "\n## T%d — %s\n\n```task\nid: T%[1]d\n```\n", i, title)
		}
		p, _ := workplan.Parse("plan.md", []byte(src.String()))
		n := newNames(p, nil)
		var in []token
		for i, w := range rapid.SliceOfN(words, 0, 12).Draw(t, "text") {
			in = append(in, token{word: w, span: text.Span{Start: i, End: i + 1}})
			if w == "dock" && rapid.Bool().Draw(t, "named") {
				in[i].nodes = []*node{{id: "X"}}
			}
		}
		want := slices.Clone(in)
		for _, title := range n.titles {
			want = title.join(want)
		}
		if got := n.titled(slices.Clone(in)); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v became\n%v, wanted\n%v", in, got, want)
		}
	})
}
