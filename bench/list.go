package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// list measures the commands over a workspace: the first call, one that finds its index, and one after a file changed.
func (b *bench) list() error {
	dir := b.path("workspace")
	defer os.RemoveAll(dir)
	for i := range b.plans {
		id := fmt.Sprintf("BENCH-WP-%05d", i)
		if _, err := b.file(filepath.Join("workspace", "workplans"), id+".md", longPlan(id, none)); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		return err
	}
	call := func(ready func() error, args ...string) program {
		return program{args: append([]string{b.wpctl}, args...), dir: dir, ready: ready}
	}
	changes := 0
	m, err := b.turns(max(3, b.n/2),
		call(func() error { return os.RemoveAll(b.path("cache", "plans")) }, "list"), program{args: []string{b.floor("lines"), filepath.Join(dir, "workplans")}},
		call(nil, "list"), program{args: []string{b.floor("hashes"), filepath.Join(dir, "workplans")}},
		call(func() error {
			changes++
			return os.WriteFile(filepath.Join(dir, "workplans", "BENCH-WP-00000.md"), longPlan(fmt.Sprintf("BENCH-WP-X%04d", changes), none), 0o644)
		}, "list"),
		call(nil, "ready"),
	)
	if err != nil {
		return err
	}
	share := time.Duration(b.plans)
	b.add(fmt.Sprintf("first list of %d plans", b.plans), m[0], &m[1], bound{plus: 5 * time.Second * share / 10_000})
	b.add(fmt.Sprintf("next list of %d plans", b.plans), m[2], &m[3], bound{plus: 500 * time.Millisecond * share / 10_000})
	b.add("list after one file changed", m[4], &m[3], bound{plus: 500 * time.Millisecond * share / 10_000})
	b.add("ready", m[5], &m[3], bound{})
	return nil
}
