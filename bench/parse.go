package main

import (
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// parse measures what one plan takes, inside the process and as one.
func (b *bench) parse() error {
	src := longPlan("BENCH-WP-0001", none)
	took, err := inside(200, func() error {
		p, diags := workplan.Parse("plan.md", src)
		if diags.Errors() || len(p.Tasks) != 8 {
			return fmt.Errorf("%d tasks, %v", len(p.Tasks), diags)
		}
		needs := map[string][]string{}
		for _, e := range p.Edges() {
			needs[e.From] = append(needs[e.From], e.To)
		}
		_, err := graph.New(needs, nil)
		return err
	})
	if err != nil {
		return err
	}
	b.addFigure(fmt.Sprintf("parse + graph of 8 tasks, %d KB, inside", len(src)/1000), "s", took, time.Millisecond.Seconds())
	if err := b.compile(src); err != nil {
		return err
	}
	path, err := b.file("one", "plan.md", src)
	if err != nil {
		return err
	}
	m, err := b.turns(b.n, program{args: []string{b.wpctl, "plan", path}}, program{args: []string{b.floor("lines"), b.path("one")}})
	if err != nil {
		return err
	}
	b.add("wpctl plan of it", m[0], &m[1], bound{})
	return nil
}

// compile measures what binding a plan's steps adds, for a plan that has two in each task.
func (b *bench) compile(src []byte) error {
	kinds, err := check.NewRegistry(steps.Kinds(steps.Deps{})...)
	if err != nil {
		return err
	}
	took, err := inside(200, func() error {
		p, _ := workplan.Parse("plan.md", src)
		_, diags := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: kinds, Exprs: expr.NewCompiler()})
		if diags.Errors() {
			return fmt.Errorf("%v", diags)
		}
		return nil
	})
	b.addFigure("parse + compile of it, inside", "s", took, 0)
	return err
}

// inside calls f n times and returns the median of its seconds.
func inside(n int, f func() error) (float64, error) {
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	return median(took, func(d time.Duration) time.Duration { return d }).Seconds(), nil
}
