package main

import (
	"fmt"
	"os"
	"time"
)

// lint measures many plans, and what each of them adds to the memory.
func (b *bench) lint() error {
	few := b.plans / 10
	for dir, n := range map[string]int{"few": few, "many": b.plans, "checked": few} {
		for i := range n {
			if _, err := b.file(dir, fmt.Sprintf("BENCH-WP-%05d.md", i), longPlan(fmt.Sprintf("BENCH-WP-%05d", i), stepsFor(dir))); err != nil {
				return err
			}
		}
	}
	defer func() {
		for _, dir := range []string{"few", "many", "checked", "quiet"} {
			_ = os.RemoveAll(b.path(dir))
		}
	}()
	// Each of these plans has 16 suggestions: done and nothing found, done when and no step. Here nobody wants to know.
	if _, err := b.file("quiet", ".wpctl.yaml", []byte("lint: {done-without-findings: off, no-proof: off}\n")); err != nil {
		return err
	}
	m, err := b.turns(max(1, b.n/3),
		program{args: []string{b.wpctl, "lint", "--quiet", b.path("many")}}, program{args: []string{b.floor("lines"), b.path("many")}},
		program{args: []string{b.wpctl, "lint", "--quiet", b.path("few")}},
		program{args: []string{b.wpctl, "lint", "--quiet", b.path("checked")}},
		program{args: []string{b.wpctl, "lint", "--quiet", b.path("many")}, dir: b.path("quiet")},
		program{args: []string{b.wpctl, "lint", "--quiet", b.path("few")}, dir: b.path("quiet")},
	)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("lint of %d plans", b.plans), m[0], &m[1], bound{plus: 5 * time.Second * time.Duration(b.plans) / 10_000})
	b.addFigure("memory for each plan more, where nothing is told", "B a plan", float64(m[4].RSS-m[5].RSS)/float64(b.plans-few), 1024)
	if _, err := b.once(program{args: []string{b.wpctl, "lint", "--quiet", b.path("few")}}); err != nil {
		return err
	}
	printed, err := os.Stat(b.launch.out)
	if err != nil {
		return err
	}
	b.addFigure("memory for each plan more, with 16 suggestions", "B a plan", float64(m[0].RSS-m[2].RSS)/float64(b.plans-few), 1024+float64(printed.Size())/float64(few))
	b.add(fmt.Sprintf("lint of %d plans", few), m[2], nil, bound{})
	b.add(fmt.Sprintf("lint of %d plans with 16 steps each", few), m[3], nil, bound{})
	return nil
}

func stepsFor(dir string) func(int) string {
	if dir != "checked" {
		return none
	}
	return func(n int) string {
		return fmt.Sprintf("- name: the harbour answers\n  http: {url: \"https://quay.example/%d\", status: 200}\n- k8s: {apiVersion: v1, kind: Service, namespace: quay, name: berth-%[1]d}\n  assert: self.spec.type == \"ClusterIP\"\n", n)
	}
}
