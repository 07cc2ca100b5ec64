package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/cli"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// updates makes updates as `wpctl set` does, in one process: updates WHO COUNT FILE...
// Each gives a key of its own to the next of the files, so that none can hide that another was lost.
func updates() {
	if err := doUpdates(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func doUpdates(args []string) error {
	who, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	a, err := wire(cli.Settings{LogFormat: "text", Stderr: os.Stderr})
	if err != nil {
		return err
	}
	defer a.Close()
	a.Files.Wait = 10 * time.Minute // each has its turn, however slow the machine is
	files := args[2:]
	for i := range count {
		_, err := a.Set(context.Background(), app.SetRequest{
			Plan: files[(who+i)%len(files)], IDs: []string{"T01"}, Values: []app.KeyValue{{Key: fmt.Sprintf("x-%d-%d", who, i), Value: "set"}},
		})
		if err != nil {
			return fmt.Errorf("update %d of %d: %w", i, who, err)
		}
	}
	return nil
}

const updatedPlan = "---\nid: %s\ntype: workplan\n---\n\n# Prose, which stays\n\n### T01 — A\n\n```task\nid: T01\n```\n\nThe end, without a last line end"

// updatedPlans makes plans in folders of their own, of which there are four.
func updatedPlans(t *testing.T, n int) (dir string, files []string) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		name := filepath.Join(dir, "workplans", strconv.Itoa(i%4), fmt.Sprintf("UP-WP-%04d.md", i))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, fmt.Appendf(nil, updatedPlan, fmt.Sprintf("UP-WP-%04d", i)), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	return dir, files
}

// program prepares a process of a program of these tests, with a home of its own.
func program(t *testing.T, dir, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stderr, cmd.Stdout = dir, new(bytes.Buffer), new(bytes.Buffer)
	home := filepath.Join(dir, ".home")
	cmd.Env = append(os.Environ(), "HOME="+home, "WPCTL_STATE_DIR="+home+"/state", "WPCTL_CACHE_DIR="+home+"/cache", "WPCTL_CONFIG_DIR="+home+"/config")
	return cmd
}

// all starts processes at once, waits for them, and tells of those that failed.
func all(t *testing.T, cmds []*exec.Cmd) {
	t.Helper()
	for _, cmd := range cmds {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, cmd.Stderr)
		}
	}
}

// set counts the keys that updates have left in plans which are whole, and in which nothing else has changed.
func set(t *testing.T, files []string) int {
	t.Helper()
	n := 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var rest []string
		for line := range strings.Lines(string(src)) {
			if strings.HasPrefix(line, "x-") {
				n++
				continue
			}
			rest = append(rest, line)
		}
		if want := fmt.Sprintf(updatedPlan, strings.TrimSuffix(filepath.Base(f), ".md")); strings.Join(rest, "") != want {
			t.Errorf("%s has become\n%s", f, src)
		}
		if _, diags := workplan.Parse(f, src); diags.Errors() {
			t.Errorf("%s: %v", f, []diag.Diagnostic(diags)[0])
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(files[0]), "..", "*", ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %q, %v", left, err)
	}
	return n
}

// TestManyUpdates has 50 processes make 200 updates each, on 20 files: none is lost, and nothing else changes.
func TestManyUpdates(t *testing.T) {
	processes, count := 50, 200
	if testing.Short() {
		processes, count = 10, 20
	}
	dir, files := updatedPlans(t, 20)
	start := time.Now()
	var cmds []*exec.Cmd
	for who := range processes {
		cmds = append(cmds, program(t, dir, "wpctl-updates", append([]string{strconv.Itoa(who), strconv.Itoa(count)}, files...)...))
	}
	all(t, cmds)
	if n := set(t, files); n != processes*count {
		t.Errorf("%d updates are there, of %d", n, processes*count)
	}
	t.Logf("%d updates in %v", processes*count, time.Since(start))
}

// TestManyPrograms is the same with whole programs, each of which writes several files.
func TestManyPrograms(t *testing.T) {
	dir, files := updatedPlans(t, 4)
	var cmds []*exec.Cmd
	for i := range 50 {
		cmds = append(cmds, program(t, dir, "wpctl", "set", "UP-WP-0000-T01", "UP-WP-0003-T01", "UP-WP-0002-T01", fmt.Sprintf("x-%d=set", i)))
	}
	all(t, cmds)
	if n := set(t, files); n != 150 {
		t.Errorf("%d updates are there, of 150", n)
	}
}

// TestNewAtOnce begins plans and tasks in many programs at once: each gets an id of its own.
func TestNewAtOnce(t *testing.T) {
	dir, files := updatedPlans(t, 1)
	var cmds []*exec.Cmd
	for range 10 {
		cmds = append(cmds, program(t, dir, "wpctl", "new", "plan", "One more"), program(t, dir, "wpctl", "new", "task", files[0], "One more"))
	}
	all(t, cmds)
	plans, err := filepath.Glob(filepath.Join(dir, "workplans", "*", "UP-WP-*.md"))
	if err != nil || len(plans) != 11 {
		t.Errorf("%d plans, want 11: %q, %v", len(plans), plans, err)
	}
	src, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if p, diags := workplan.Parse(files[0], src); len(p.Tasks) != 11 || diags.Errors() || p.Task("T11") == nil {
		t.Errorf("%d tasks, want 11", len(p.Tasks))
	}
}

// TestUpdatesKilled kills processes in the middle of their updates: each file is whole, and the next program writes at once.
func TestUpdatesKilled(t *testing.T) {
	dir, files := updatedPlans(t, 2)
	random := rand.New(rand.NewPCG(3, 4))
	times := 20
	if testing.Short() {
		times = 5
	}
	for i := range times {
		cmd := program(t, dir, "wpctl-updates", append([]string{strconv.Itoa(1000 + i), "1000000"}, files...)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait := fmt.Appendf(nil, "x-%d-%d:", 1000+i, random.IntN(5))
		for began := time.Now(); ; {
			if time.Since(began) > time.Minute {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				t.Fatalf("nothing was updated: %s", cmd.Stderr)
			}
			src, err := os.ReadFile(files[0])
			other, err2 := os.ReadFile(files[1])
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if bytes.Contains(src, wait) || bytes.Contains(other, wait) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(random.IntN(8000)) * time.Microsecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		after := program(t, dir, "wpctl", "set", "UP-WP-0000-T01", "UP-WP-0001-T01", fmt.Sprintf("x-after-%d=set", i))
		if err := after.Run(); err != nil {
			t.Fatalf("after a kill: %v: %s", err, after.Stderr)
		}
		set(t, files)
	}
}
