package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

var everybody = hub.Token{ID: "a", Name: "a", Role: hub.Verifier}

func open(t *testing.T, database string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func text(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newID(t *testing.T) string {
	t.Helper()
	id, err := hubid.New()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// seen is all that the board's reads say of a workstream.
func seen(t *testing.T, s *store.Store, workstream string) string {
	t.Helper()
	var b strings.Builder
	for _, p := range []store.Cards{
		{Kind: hub.KindWorkstream, Limit: 100},
		{Kind: hub.KindWorkstream, ByPlace: true, Limit: 100},
		{Kind: hub.KindTask, Workstream: workstream, Limit: 1000},
		{Kind: hub.KindTask, Workstream: workstream, Search: "seven", Limit: 1000},
		{Kind: hub.KindTask, Findings: true, Limit: 1000},
		{Kind: hub.KindTask, Held: true, Limit: 1000},
		{Kind: hub.KindDecision, State: "pending", Limit: 1000},
	} {
		cards, err := s.Cards(t.Context(), everybody, p)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v: %d\n", p, len(cards))
		for _, c := range cards {
			fmt.Fprintf(&b, "  %s %s %v %v %v %s %s\n", c.ID, c.Outcome, c.ObservedAt, c.Verified, c.Stale, c.Holder, c.Body)
		}
	}
	tallies, err := s.Tallies(t.Context(), []string{workstream})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%+v\n", *tallies[workstream])
	needing, err := s.Needing(t.Context(), everybody, workstream, []string{"t3", "P-1-T3"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range needing {
		fmt.Fprintln(&b, c.ID)
	}
	return b.String()
}

// TestCardsAreMadeOfRecords: whatever was written in whatever order, cards that are made anew of the records say the
// same as those that were kept all along.
func TestCardsAreMadeOfRecords(t *testing.T) {
	hubtest.Everywhere(t, func(t *testing.T, database string) {
		s := open(t, database)
		begun, passed := time.Now(), atomic.Int64{} // the hub looks at its clock beside the test
		now := func() time.Time { return begun.Add(time.Duration(passed.Load())) }
		s.Now = now
		random := rand.New(rand.NewPCG(1, 2))
		id, _ := hubid.Workstream("r", "P-1")
		write := func(op hub.Operation) {
			t.Helper()
			results, err := s.Apply(t.Context(), everybody, id, []hub.Operation{op})
			if err != nil || results[0].Problem != nil {
				t.Fatal(err, results)
			}
			passed.Add(int64(time.Second))
		}
		write(hub.Operation{Verb: hub.Create, Kind: hub.KindWorkstream, ID: id, Body: text(t, hub.Workstream{Repo: "r", Plan: "P-1", Title: "All of it"})})
		pick := func(list ...string) string { return list[random.IntN(len(list))] }
		revs := map[string]int64{}
		var tasks []string
		for i := range 12 {
			task, _ := hubid.Task(id, fmt.Sprintf("P-1-T%d", i))
			tasks = append(tasks, task)
			write(hub.Operation{Verb: hub.Create, Kind: hub.KindTask, ID: task, Body: text(t, hub.Task{Key: fmt.Sprintf("P-1-T%d", i), Order: random.IntN(3), Needs: []string{pick("T3", "P-1-T3", "T4")}})})
			d := newID(t)
			write(hub.Operation{Verb: hub.Create, Kind: hub.KindDecision, ID: d, Body: text(t, hub.Decision{Key: fmt.Sprintf("P-1-D%d", i), Question: "Seven?"})})
			revs[task], revs[d] = 1, 1
		}
		for i := range 300 {
			task := pick(tasks...)
			switch random.IntN(5) {
			case 0, 1:
				fields := map[string]any{
					"status": pick("todo", "done", "failed", "in_progress"), "steps": pick("one", "two", ""), "title": pick("seven seas", "Seventy", "none", ""), "order": random.IntN(4),
				}
				results, err := s.Apply(t.Context(), everybody, id, []hub.Operation{{Verb: hub.Update, Kind: hub.KindTask, ID: task, IfMatch: revs[task], Body: text(t, fields), Key: fmt.Sprint("k", i)}})
				if err != nil || results[0].Problem != nil {
					t.Fatal(err, results[0].Problem)
				}
				revs[task] = results[0].Record.Rev
			case 2, 3:
				write(hub.Operation{Verb: hub.Create, Kind: hub.KindVerdict, ID: newID(t), Body: text(t, hub.Verdict{
					Task: task, Outcome: pick("passed", "failed", "unknown"), Steps: pick("one", "two", ""), ObservedAt: now().Add(time.Duration(random.IntN(100)-50) * time.Minute),
				})})
			case 4:
				_, err := s.Apply(t.Context(), everybody, id, []hub.Operation{{Verb: hub.Claim, Kind: hub.KindLease, ID: task, TTL: time.Minute * time.Duration(random.IntN(60)), Key: fmt.Sprint("c", i)}})
				if err != nil {
					t.Fatal(err)
				}
			}
			passed.Add(int64(random.IntN(60)) * int64(time.Second))
		}
		kept := seen(t, s, id)
		if !strings.Contains(kept, "true") || strings.Count(kept, "\n") < 30 {
			t.Errorf("%s", kept)
		}
		t.Log("restored into another database, by a hub that goes on with it")
		passed.Add(int64(24 * time.Hour)) // leases end with a restore
		kept = seen(t, s, id)
		var backup bytes.Buffer
		if err := s.Backup(t.Context(), &backup); err != nil {
			t.Fatal(err)
		}
		other := open(t, filepath.Join(t.TempDir(), "other.db"))
		other.Now = s.Now
		if _, err := other.Apply(t.Context(), everybody, newID(t), nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := other.Login(t.Context(), everybody); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Restore(t.Context(), &backup, true); err != nil {
			t.Fatal(err)
		}
		if made := seen(t, other, id); made != kept {
			t.Errorf("kept:\n%s\nrestored:\n%s", kept, made)
		}
		t.Log("made anew")
		s.Forget(t.Context())
		again := open(t, database)
		again.Now = s.Now
		if made := seen(t, again, id); made != kept {
			t.Errorf("kept:\n%s\nmade anew:\n%s", kept, made)
		}
	})
}

// TestOrder: a plan's tasks stand as in the plan, or as people count.
func TestOrder(t *testing.T) {
	hubtest.Everywhere(t, func(t *testing.T, database string) {
		s := open(t, database)
		id, _ := hubid.Workstream("r", "P-1")
		ops := []hub.Operation{{Verb: hub.Create, Kind: hub.KindWorkstream, ID: id, Body: text(t, hub.Workstream{Repo: "r", Plan: "P-1"})}}
		for _, task := range []hub.Task{{Key: "T10"}, {Key: "T9"}, {Key: "T009a"}, {Key: "z", Order: 1}, {Key: "y", Line: 300}, {Key: "x", Line: 20}, {Key: "T1000000000000000000000"}} {
			ops = append(ops, hub.Operation{Verb: hub.Create, Kind: hub.KindTask, ID: newID(t), Body: text(t, task)})
		}
		if _, err := s.Apply(t.Context(), everybody, id, ops); err != nil {
			t.Fatal(err)
		}
		cards, err := s.Cards(t.Context(), everybody, store.Cards{Kind: hub.KindTask, Workstream: id, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range cards {
			var task hub.Task
			if err := json.Unmarshal(c.Body, &task); err != nil {
				t.Fatal(err)
			}
			got = append(got, task.Key)
		}
		if want := []string{"z", "x", "y", "T9", "T009a", "T10", "T1000000000000000000000"}; !slices.Equal(got, want) {
			t.Errorf("%v, wanted %v", got, want)
		}
	})
}

// TestWaitAny wakes for any workstream, and of another process too.
func TestWaitAny(t *testing.T) {
	hubtest.Everywhere(t, func(t *testing.T, database string) {
		s, other := open(t, database), open(t, database)
		for i, writes := range []*store.Store{s, other} {
			mark, err := s.Mark(t.Context(), everybody)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			woken := make(chan int64)
			go func() { woken <- s.WaitAny(ctx, everybody, mark) }()
			id, _ := hubid.Workstream("r", fmt.Sprint("P-", i))
			if _, err := writes.Apply(t.Context(), everybody, id, []hub.Operation{{Verb: hub.Create, Kind: hub.KindWorkstream, ID: id, Body: text(t, hub.Workstream{Repo: "r", Plan: fmt.Sprint("P-", i)})}}); err != nil {
				t.Fatal(err)
			}
			if now := <-woken; now <= mark || ctx.Err() != nil {
				t.Errorf("%d after %d", now, mark)
			}
			cancel()
		}
	})
}

// TestMarkTellsNothingOfOthers changes what a token does not reach, and then what it does.
func TestMarkTellsNothingOfOthers(t *testing.T) {
	hubtest.Everywhere(t, func(t *testing.T, database string) {
		s := open(t, database)
		write := func(plan string) {
			id, _ := hubid.Workstream("r", plan)
			if _, err := s.Apply(t.Context(), everybody, id, []hub.Operation{{Verb: hub.Create, Kind: hub.KindWorkstream, ID: id, Body: text(t, hub.Workstream{Repo: "r", Plan: plan})}}); err != nil {
				t.Fatal(err)
			}
		}
		mine, _ := hubid.Workstream("r", "MINE")
		who := hub.Token{ID: "x", Role: hub.Reader, Workstreams: []string{mine}}
		before, err := s.Mark(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		woken := make(chan int64, 1)
		go func() { woken <- s.WaitAny(t.Context(), who, before) }()
		write("OTHER-1")
		write("OTHER-2")
		if now, err := s.Mark(t.Context(), who); now != before || err != nil {
			t.Errorf("%d after %d, %v", now, before, err)
		}
		select {
		case now := <-woken:
			t.Errorf("woken with %d", now)
		default:
		}
		write("MINE")
		if now := <-woken; now <= before {
			t.Errorf("%d after %d", now, before)
		}
	})
}
