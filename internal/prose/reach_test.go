package prose

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestReachAsSearched: numbers answer what a search does, with circles and without.
func TestReachAsSearched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 30).Draw(t, "size")
		circles := rapid.Bool().Draw(t, "circles")
		needs := map[string][]string{}
		for range rapid.IntRange(0, 60).Draw(t, "edges") {
			from, to := rapid.IntRange(0, size-1).Draw(t, "from"), rapid.IntRange(0, size-1).Draw(t, "to")
			if !circles && from <= to {
				continue
			}
			needs[fmt.Sprint(from)] = append(needs[fmt.Sprint(from)], fmt.Sprint(to))
		}
		r := newReach(needs)
		for a := range size {
			for b := range size {
				if want := a != b && reaches(needs, fmt.Sprint(a), fmt.Sprint(b)); r.leads(fmt.Sprint(a), fmt.Sprint(b)) != want {
					t.Fatalf("%d leads to %d: wanted %v, of %v", a, b, want, needs)
				}
			}
		}
		if r.leads("0", "nobody") || r.leads("nobody", "0") {
			t.Fatal("nobody is reached")
		}
	})
}
