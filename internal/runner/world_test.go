package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// world is what the test's kinds look at: facts by name, which a test sets and changes.
type world struct {
	mu     sync.Mutex
	facts  map[string]string
	looked []string
	now    int // looks under way
	most   int // the most looks that were under way at once
}

func (w *world) set(name, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts[name] = value
}

func (w *world) get(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.facts[name]
}

type factArgs struct {
	Fact string        `yaml:"fact"`
	Is   string        `yaml:"is"`
	Port int           `yaml:"port"`
	Take time.Duration `yaml:"take"`
}

type factSelf struct {
	Value string `json:"value"`
	Port  int    `json:"port"`
}

// kinds: `fact` reads a fact, `act` sets it and counts as running code.
func (w *world) kinds() *check.Registry {
	look := func(ctx context.Context, _ check.Site, a factArgs) (check.Result, error) {
		w.enter(a.Fact)
		defer w.leave()
		select {
		case <-time.After(a.Take):
		case <-ctx.Done():
			return check.Result{}, ctx.Err()
		}
		v := w.get(a.Fact)
		switch v {
		case "error":
			return check.Result{}, errors.New("the line is dead")
		case "flaky":
			w.set(a.Fact, "ok")
			return check.Result{}, &check.Transient{Err: errors.New("busy")}
		case "panic":
			panic("boom")
		case "empty":
			return check.Result{Empty: true}, nil
		case "person":
			return check.Result{}, &check.Waiting{For: "a person"}
		}
		want := a.Is
		if want == "" {
			want = "ok"
		}
		return check.Result{OK: v == want, Want: a.Fact + " " + want, Saw: a.Fact + " " + v, Self: factSelf{Value: v, Port: a.Port}}, nil
	}
	fact := check.Define(check.Spec[factArgs]{
		Name: "fact", Doc: "d", Example: "e", Bare: "fact", Self: factSelf{}, Look: look,
		Target: func(a factArgs) string { return a.Fact },
	})
	act := check.Define(check.Spec[factArgs]{
		Name: "act", Doc: "d", Example: "e", Bare: "fact", Caps: []check.Capability{check.RunsCode},
		Look: func(_ context.Context, _ check.Site, a factArgs) (check.Result, error) {
			w.enter(a.Fact)
			defer w.leave()
			w.set(a.Fact, a.Is)
			return check.Result{OK: true, Saw: "set"}, nil
		},
	})
	r, err := check.NewRegistry(fact, act)
	if err != nil {
		panic(err)
	}
	return r
}

func (w *world) enter(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked = append(w.looked, name)
	w.now++
	w.most = max(w.most, w.now)
}

func (w *world) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now--
}

// plan makes a workplan of tasks, each "T01 [status] [needs…]: steps" with its steps as YAML.
func plan(tasks ...string) string {
	var b strings.Builder
	b.WriteString("---\nid: P\ntype: workplan\nstatus: active\n---\n\n")
	for _, t := range tasks {
		head, steps, _ := strings.Cut(t, ":\n")
		f := strings.Fields(head)
		fmt.Fprintf(&b, "### %s — a task\n\n```task\nid: P-%s\nstatus: %s\n", f[0], f[0], f[1])
		if len(f) > 2 {
			fmt.Fprintf(&b, "needs: [%s]\n", strings.Join(slices.DeleteFunc(f[2:], func(s string) bool { return s == "none" }), ", "))
		}
		b.WriteString("```\n\n")
		if steps != "" {
			fmt.Fprintf(&b, "```verify\n%s\n```\n\n", strings.TrimRight(steps, "\n"))
		}
	}
	return b.String()
}

func compile(t *testing.T, w *world, src string) *runner.Program {
	t.Helper()
	p, diags := workplan.Parse("plan.md", []byte(src))
	prog, more := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: w.kinds()})
	if all := append(diags, more...); all.Errors() {
		t.Fatalf("%v\n%s", all, src)
	}
	return prog
}

func newWorld(facts ...string) *world {
	w := &world{facts: map[string]string{}}
	for _, f := range facts {
		name, value, _ := strings.Cut(f, "=")
		w.facts[name] = value
	}
	return w
}

// outcomes is a report as "T01 passed" lines.
func outcomes(r runner.Report) string {
	var out []string
	for _, t := range r.Plans[0].Tasks {
		out = append(out, t.Short+" "+string(t.Outcome))
	}
	if own := r.Plans[0].Own; own != nil {
		out = append(out, "plan "+string(own.Outcome))
	}
	return strings.Join(out, ", ")
}
