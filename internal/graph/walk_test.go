package graph

import (
	"context"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestWalkProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := acyclic(t)
		limit := rapid.IntRange(0, 4).Draw(t, "limit")
		g, err := New(needs, nil)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		visits, returned := map[int]int{}, map[int]bool{}
		running, most, early := 0, 0, -1
		g.Walk(context.Background(), limit, func(_ context.Context, k int) {
			mu.Lock()
			visits[k]++
			running++
			most = max(most, running)
			if slices.ContainsFunc(needs[k], func(n int) bool { return !returned[n] }) {
				early = k
			}
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
			running--
			returned[k] = true
			mu.Unlock()
		})
		for k := range needs {
			if visits[k] != 1 {
				t.Fatalf("%d is visited %d times", k, visits[k])
			}
		}
		switch {
		case running != 0 || len(visits) != len(needs):
			t.Fatalf("%d run on, %d of %d are visited", running, len(visits), len(needs))
		case early >= 0:
			t.Fatalf("%d is visited before its needs", early)
		case limit > 0 && most > limit:
			t.Fatalf("%d at once with limit %d", most, limit)
		}
	})
}

func TestWalkOneAtATimeIsInOrder(t *testing.T) {
	g, err := New(parse("T1; T2: T1; T3; T4: T5; T5"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	g.Walk(t.Context(), 1, func(_ context.Context, k string) { got = append(got, k) })
	if !slices.Equal(got, g.Order()) {
		t.Errorf("visited %v, order is %v", got, g.Order())
	}
}

func TestWalkStopsWhenTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := New(parse("a; b; c: a; d: b"), nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var mu sync.Mutex
		var began []string
		ended := 0
		g.Walk(ctx, 0, func(_ context.Context, k string) {
			mu.Lock()
			began = append(began, k)
			mu.Unlock()
			time.Sleep(time.Minute) // longer than ctx, of which it takes no notice
			mu.Lock()
			ended++
			mu.Unlock()
		})
		slices.Sort(began)
		if strings.Join(began, " ") != "a b" || ended != 2 {
			t.Errorf("%v began, %d ended", began, ended)
		}
	})
}

func TestWalkWithAnEndedContextVisitsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g, err := New(parse("a; b"), nil)
	if err != nil {
		t.Fatal(err)
	}
	g.Walk(ctx, 1, func(_ context.Context, k string) { t.Errorf("%s is visited", k) })
}

func TestFreeVisitsTakeNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := New(parse("a; b; c; free1; free2; free3: a; d: free3"), nil)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		began := map[string]time.Duration{}
		start := time.Now()
		g.WalkPausing(t.Context(), 1, func(k string) bool { return strings.HasPrefix(k, "free") }, func(_ context.Context, k string, p Pause) {
			mu.Lock()
			began[k] = time.Since(start)
			mu.Unlock()
			if free := strings.HasPrefix(k, "free"); free != (p == nil) {
				t.Errorf("%s has a place to give away: %v", k, p != nil)
			}
			time.Sleep(time.Minute)
		})
		for k, want := range map[string]time.Duration{"free1": 0, "free2": 0, "a": 0, "free3": 1, "b": 1, "c": 2, "d": 3} {
			if began[k] != want*time.Minute {
				t.Errorf("%s began after %s, want %s", k, began[k], want*time.Minute)
			}
		}
	})
}

// A visit that goes on after a pause waits until there is a place for it again.
func TestPausedVisitsComeBackUnderTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := New(parse("a; b; c"), nil)
		if err != nil {
			t.Fatal(err)
		}
		var now, most atomic.Int32
		work := func(d time.Duration) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(d)
			now.Add(-1)
		}
		g.WalkPausing(t.Context(), 1, nil, func(_ context.Context, k string, pause Pause) {
			work(time.Second)
			resume := pause()
			time.Sleep(time.Second) // the next one is at work when this one wants to go on
			resume()
			work(time.Second)
		})
		if n := most.Load(); n != 1 {
			t.Errorf("%d at work at once, with a place for one", n)
		}
	})
}

func TestWalkOfNothingAndWithHugeLimits(t *testing.T) {
	(&Graph[string]{}).Walk(t.Context(), 3, func(context.Context, string) { t.Error("a visit") })
	g, err := New(parse("a; b: a"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	g.Walk(t.Context(), math.MaxInt, func(context.Context, string) { n.Add(1) })
	if n.Load() != 2 {
		t.Errorf("%d visits", n.Load())
	}
}

func TestWalkOutlivesGoexit(t *testing.T) {
	g, err := New(parse("a; b: a"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	g.Walk(t.Context(), 1, func(context.Context, string) {
		n.Add(1)
		runtime.Goexit()
	})
	if n.Load() != 2 {
		t.Errorf("%d visits", n.Load())
	}
}

func TestLargeGraphs(t *testing.T) {
	const n = 10_000
	for name, needs := range map[string]map[string][]string{"a deep chain": chain(n), "a wide fan": fan(n)} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			g, err := New(needs, nil)
			if err != nil {
				t.Fatal(err)
			}
			var visits atomic.Int32
			g.Walk(t.Context(), 0, func(context.Context, string) { visits.Add(1) })
			if took := time.Since(began); visits.Load() != n || len(g.Below("T9999")) > n || took > 30*time.Second {
				t.Errorf("%d visits in %v", visits.Load(), took)
			}
		})
	}
}

func BenchmarkWalk1000(b *testing.B) {
	g, err := New(chain(1000), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		g.Walk(context.Background(), 2, func(context.Context, string) {})
	}
}
