package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parse reads "a: b c; d" as a needs b and c, and d needs nothing.
func parse(s string) map[string][]string {
	needs := map[string][]string{}
	for part := range strings.SplitSeq(s, ";") {
		k, ns, _ := strings.Cut(part, ":")
		if k = strings.TrimSpace(k); k != "" {
			needs[k] = strings.Fields(ns)
		}
	}
	return needs
}

// index ranks by the place in ranks; what is not there comes last.
func index(ranks string) func(string) int {
	all := strings.Fields(ranks)
	return func(k string) int {
		if i := slices.Index(all, k); i >= 0 {
			return i
		}
		return len(all)
	}
}

func TestOrder(t *testing.T) {
	for _, c := range []struct{ GoCase, needs, rank, want string }{
		{"nothing has no order", "", "", ""},
		{"the keys' own order without a rank", "c; a; b", "", "a b c"},
		{"a need comes first", "a: z", "", "z a"},
		{"a need that is no key is a node", "a: b", "", "b a"},
		{"rank decides among what could come next", "a; b; c", "c a b", "c a b"},
		{"what became possible competes with what was possible", "T1; T2: T1; T5", "T1 T2 T5", "T1 T2 T5"},
		{"document order stays where it can", "T1; T2; T3: T4; T4; T5", "T1 T2 T3 T4 T5", "T1 T2 T4 T3 T5"},
		{"a need written twice counts once", "a: b b b; b", "", "b a"},
		{"a diamond", "a: b c; b: d; c: d; d", "", "d b c a"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			rank := index(c.rank)
			if c.rank == "" {
				rank = nil
			}
			g, err := New(parse(c.needs), rank)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(g.Order(), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCycle(t *testing.T) {
	for _, c := range []struct{ GoCase, needs, want string }{
		{"itself", "a: a", "a needs a"},
		{"two, from the least", "b: a; a: b", "a needs b needs a"},
		{"three, in the order of needs", "c: a; a: b; b: c", "a needs b needs c needs a"},
		{"not what leads to it", "a: x; x: z; z: y; y: x", "x needs z needs y needs x"},
		{"not what hangs below it", "d; b: c d; c: b d; a: b", "b needs c needs b"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			_, err := New(parse(c.needs), nil)
			var cycle *CycleError[string]
			if !errors.As(err, &cycle) || err.Error() != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestNeighbours(t *testing.T) {
	g, err := New(parse("a: c b c; b: d; c: d d; e"), index("e d c b a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		GoCase string
		got    []string
		want   string
	}{
		{"needs in the order given, each once", g.Needs("a"), "c b"},
		{"dependents by rank, each once", g.Dependents("d"), "c b"},
		{"an unknown key has no needs", g.Needs("x"), ""},
		{"an unknown key has no dependents", g.Dependents("x"), ""},
		{"below is transitive and in order", g.Below("d"), "c b a"},
		{"below leaves its own out", g.Below("d", "c"), "b a"},
		{"below an unknown key is nothing", g.Below("x"), ""},
		{"below nothing is nothing", g.Below(), ""},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			if got := strings.Join(c.got, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// acyclic draws a graph in which a node needs only lesser ones.
func acyclic(t *rapid.T) map[int][]int {
	needs := map[int][]int{}
	for k := range rapid.IntRange(0, 20).Draw(t, "nodes") {
		needs[k] = nil
		if k > 0 {
			needs[k] = rapid.SliceOfN(rapid.IntRange(0, k-1), 0, 5).Draw(t, "needs")
		}
	}
	return needs
}

func TestOrderProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := acyclic(t)
		ranks := rapid.SliceOfN(rapid.IntRange(0, 5), len(needs), len(needs)).Draw(t, "ranks")
		rank := func(k int) int { return ranks[k] }
		g, err := New(needs, rank)
		if err != nil {
			t.Fatal(err)
		}
		placed := map[int]bool{}
		for _, k := range g.Order() {
			least := -1 // of what could have come here
			for o := range needs {
				free := !placed[o] && !slices.ContainsFunc(needs[o], func(n int) bool { return !placed[n] })
				if free && (least < 0 || rank(o) < rank(least) || rank(o) == rank(least) && o < least) {
					least = o
				}
			}
			if k != least {
				t.Fatalf("%d comes where %d should: %v", k, least, g.Order())
			}
			placed[k] = true
		}
		if len(placed) != len(needs) {
			t.Fatalf("%d of %d nodes", len(placed), len(needs))
		}
	})
}

func TestCycleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := map[int][]int{}
		for k := range rapid.IntRange(1, 10).Draw(t, "nodes") {
			needs[k] = rapid.SliceOfN(rapid.IntRange(0, 9), 0, 4).Draw(t, "needs")
		}
		_, err := New(needs, nil)
		var e *CycleError[int]
		if !errors.As(err, &e) {
			return
		}
		for i, k := range e.Cycle {
			if next := e.Cycle[(i+1)%len(e.Cycle)]; !slices.Contains(needs[k], next) || k < e.Cycle[0] {
				t.Fatalf("%v is no cycle from its least member in %v", e.Cycle, needs)
			}
		}
	})
}

// chain is 0 ← 1 ← 2 …, and fan is 0 that needs all others.
func chain(n int) map[string][]string {
	needs := map[string][]string{}
	for i := 1; i < n; i++ {
		needs[fmt.Sprint("T", i)] = []string{fmt.Sprint("T", i-1)}
	}
	return needs
}

func fan(n int) map[string][]string {
	needs := map[string][]string{}
	for i := 1; i < n; i++ {
		needs["T0"] = append(needs["T0"], fmt.Sprint("T", i))
	}
	return needs
}

func BenchmarkNewAndOrder(b *testing.B) {
	for name, needs := range map[string]map[string][]string{"chain": chain(5000), "fan": fan(5000)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				g, err := New(needs, func(k string) int { return len(k) })
				if err != nil || len(g.Order()) != 5000 {
					b.Fatal(err)
				}
			}
		})
	}
}
