package view

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

var listed = []app.TaskItem{
	{ID: "SHOP-WP-0001-T01", Title: "Take stock of what is there", Status: "done", State: workspace.Done, Steps: 1, Priority: "high", File: file, Line: 12},
	{ID: "SHOP-WP-0001-T02", Title: "Build the image and publish it in the registry, signed and scanned", Status: "in_progress", State: workspace.Started, Priority: "medium", File: file, Line: 40},
}

// TestTaskList: on no terminal a title is lost.
func TestTaskList(t *testing.T) {
	inAll(t, "list", func(b *bytes.Buffer, o Options) error { return TaskList(b, listed, false, o) })
}

// TestTaskListSaysWhy: what a task comes after, or waits for, is told where there is room for it.
func TestTaskListSaysWhy(t *testing.T) {
	tasks := append(slices.Clone(listed), app.TaskItem{ID: "SHOP-WP-0001-T03", Title: "Helm release", Status: "todo", State: workspace.Queued, Why: "after T02"})
	inAll(t, "listwhy", func(b *bytes.Buffer, o Options) error { return TaskList(b, tasks, false, o) })
}

func TestReadyList(t *testing.T) {
	inAll(t, "ready", func(b *bytes.Buffer, o Options) error { return ReadyList(b, listed, false, o) })
}

func TestBlockedList(t *testing.T) {
	items := []app.BlockedItem{{TaskItem: listed[1], By: []app.Blocker{
		{ID: "SHOP-WP-0001-T01", Why: "T01 is todo", Ask: "kim", Since: "2026-05-19"},
		{ID: "SHOP-WP-0001-D-01", Why: "D-01 is pending", Ask: "pat", Question: "Which registry keeps the images?", Options: []string{"A: our own", "B: a rented one"}},
	}}}
	inAll(t, "blocked", func(b *bytes.Buffer, o Options) error { return BlockedList(b, items, false, o) })
}

// TestTitlesStay: whatever the width, the beginning of each title is there; a wide list is not cut at all.
func TestTitlesStay(t *testing.T) {
	for width := 18; width < 200; width++ {
		var b bytes.Buffer
		o := Options{Width: width, Unicode: true}
		if err := TaskList(&b, listed, false, o); err != nil {
			t.Fatal(err)
		}
		wellDressed(t, b.String(), o)
		if !strings.Contains(b.String(), "Take st") || !strings.Contains(b.String(), "Build t") {
			t.Errorf("at %d columns:\n%s", width, b.String())
		}
	}
	var b bytes.Buffer
	if err := TaskList(&b, listed, true, Options{Width: 40}); err != nil || !strings.Contains(b.String(), file+":40\n") || !strings.Contains(b.String(), "signed and scanned") {
		t.Errorf("%v, a wide list is cut:\n%s", err, b.String())
	}
}
