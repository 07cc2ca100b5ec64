package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// TestSuggestStepsWithoutMistakes: steps of a kind that is not there are left out, and those beside them are not.
func TestSuggestStepsWithoutMistakes(t *testing.T) {
	for _, wrong := range []string{"", "1", "9", "2 3", "4 5 6", "1 2 3 4 5 6 7 8 9"} {
		src := "---\nid: A-WP-0001\ntype: workplan\nstatus: active\n---\n"
		want := 0
		for i := 1; i <= 9; i++ {
			done := fmt.Sprintf("`https://x%d.example/live` answers 200", i)
			if slices.Contains(strings.Fields(wrong), fmt.Sprint(i)) {
				done = fmt.Sprintf("`db%d.example:5432` accepts connections", i)
			} else {
				want++
			}
			src += fmt.Sprintf("\n## T%d — Part\n\n```task\nid: T%[1]d\nstatus: todo\n```\n\n**Done when:** %s.\n", i, done)
		}
		b := newBench(t, "p.md", src)
		all, err := b.SuggestSteps(t.Context(), []string{"p.md"})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			t.Errorf("%q: suggested kinds that are not there: %s", wrong, all[0].New)
		}
		kinds := steps.Kinds(steps.Deps{})
		i := slices.IndexFunc(kinds, func(k check.Kind) bool { return k.Name == "http" })
		if b.Kinds, err = check.NewRegistry(kinds[i]); err != nil {
			t.Fatal(err)
		}
		if all, err = b.SuggestSteps(t.Context(), []string{"p.md"}); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, c := range all {
			got += strings.Count(string(c.New), "- http: ")
			if strings.Contains(string(c.New), "- tcp: ") {
				t.Errorf("%q: %s", wrong, c.New)
			}
		}
		if got != want {
			t.Errorf("%q: %d steps, wanted %d", wrong, got, want)
		}
	}
}
