package main

import (
	"bytes"
	"context"
	"os"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

// write measures what it takes to write one status and its findings, beside the same run with nothing to write.
func (b *bench) write() error {
	plan := longPlan("BENCH-WP-0001", func(n int) string {
		if n == 4 {
			return "- file: quay.txt\n"
		}
		return ""
	})
	plan = bytes.Replace(plan, []byte("BENCH-WP-0001-T04\nstatus: done"), []byte("BENCH-WP-0001-T04\nstatus: todo"), 1)
	path, err := b.file("write", "plan.md", plan)
	if err != nil {
		return err
	}
	if _, err := b.file("write", "quay.txt", []byte("here\n")); err != nil {
		return err
	}
	run := program{args: []string{b.wpctl, "run", path, "--quiet", "--task", "T04"}, dir: b.path("write")}
	if _, err := b.once(run); err != nil {
		return err
	}
	written, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if bytes.Equal(written, plan) {
		panic("the run wrote nothing")
	}
	todo, done := run, run
	todo.ready = func() error { return os.WriteFile(path, plan, 0o644) }
	done.ready = func() error { return os.WriteFile(path, written, 0o644) }
	m, err := b.turns(4*b.n, todo, done, program{args: []string{b.floor("write"), path}}, program{args: []string{b.floor("empty")}})
	if err != nil {
		return err
	}
	b.add("a run that writes one status", m[0], nil, bound{})
	b.add("the same run, nothing to write", m[1], nil, bound{})
	least := (m[2].Wall - m[3].Wall).Seconds()
	most := (20 * time.Millisecond).Seconds()
	b.put(Row{Name: "one status write, of these two", Unit: "s", Got: (m[0].Wall - m[1].Wall).Seconds(), Floor: &least, Bound: &most, Rule: "20 ms"})
	i := 0
	took, err := inside(100, func() error {
		i++
		_, err := disk.Files{}.Update(context.Background(), path, func([]byte) ([]byte, error) { return [][]byte{plan, written}[i%2], nil })
		return err
	})
	b.addFigure("replacing the file, inside", "s", took, most)
	return err
}
