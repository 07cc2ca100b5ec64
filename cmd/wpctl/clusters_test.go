package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// TestTwoClusters looks at two API servers in one plan. Each has a namespace that the other has not.
func TestTwoClusters(t *testing.T) {
	first, second := clustertest.Kubeconfig(t), clustertest.Second(t)
	harbour, lagoon := clustertest.Context(t, first), clustertest.Context(t, second)
	ns := clustertest.Namespace(t) // on the first only
	w := newProcess(t, first+string(filepath.ListSeparator)+second)
	w.file(t, ".wpctl.yaml", fmt.Sprintf("clusters: {harbour: %s, lagoon: %s, wreck: gone}\n", harbour, lagoon))
	look := "- k8s: {apiVersion: v1, kind: Namespace, name: " + ns
	plan := strings.NewReplacer(
		"id: APP-WP-0001-T001\n", "id: APP-WP-0001-T001\ncluster: harbour\n",
		"id: APP-WP-0001-T002\n", "id: APP-WP-0001-T002\ncluster: lagoon\n",
	).Replace(aPlan(
		look+"}",
		look+", absent: true}",
		look+"}\n  cluster: harbour\n"+look+", absent: true}\n  cluster: lagoon",
		look+"}",
		look+"}\n  cluster: wreck",
	))
	w.file(t, "plan.md", plan)
	read := func() string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(w.dir, "plan.md"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	expect := func(exit int, args []string, want ...string) {
		t.Helper()
		said, got := w.wpctl(t, append([]string{"run", "plan.md", "-q"}, args...)...)
		for _, text := range want {
			if !strings.Contains(said, text) {
				t.Errorf("not told: %s", text)
			}
		}
		if got != exit || t.Failed() {
			t.Fatalf("exit code %d, want %d:\n%s", got, exit, said)
		}
	}
	// Each task sees its own cluster, and a cluster that is not to be had spoils only what looks at it.
	expect(3, nil, "✓ T001", "✓ T002", "✓ T003", "✓ T004", "? T005", `no context "gone" in the kubeconfig`, "T004: nothing says which cluster the plan is about")
	for _, want := range []string{
		"passed, 1 of 1 check, cluster `harbour`.", "passed, 1 of 1 check, cluster `lagoon`.", "passed, 2 of 2 checks, cluster `harbour, lagoon`.",
	} {
		if !strings.Contains(read(), want) {
			t.Errorf("the findings lack %q:\n%s", want, read())
		}
	}
	// --context is for one cluster.
	expect(2, []string{"--context", harbour}, "--context is for the default cluster only, and plan.md names several: ", "leave it out, or choose tasks with --task")
	expect(2, []string{"--context", harbour, "--task", "T002"}, "--context is for steps that name no cluster, and each step here names one: lagoon")
	expect(2, []string{"--as", "nobody", "--task", "T002"}, "--as is for steps that name no cluster")
	expect(0, []string{"--context", lagoon, "--task", "T002"})
	expect(1, []string{"--context", lagoon, "--task", "T004"}, "✗ T004")
	expect(0, []string{"--cluster", "harbour", "--task", "T004"}, "✓ T004")
	// Findings of one cluster are not replaced by those of the other.
	moved := strings.Replace(read(), "cluster: lagoon\nstatus: done", "cluster: harbour\nstatus: done", 1)
	moved = strings.Replace(moved, look+", absent: true}", look+"}", 1)
	if moved == read() {
		t.Fatalf("not moved:\n%s", moved)
	}
	w.file(t, "plan.md", moved)
	expect(8, []string{"--task", "T002"}, `T002: its findings were made on the cluster "lagoon", not on "harbour"; replace them with --yes`)
	if strings.Count(read(), "cluster `lagoon`") != 1 {
		t.Errorf("findings were replaced:\n%s", read())
	}
	expect(0, []string{"--task", "T002", "--yes"})
	if strings.Count(read(), "cluster `lagoon`") != 0 {
		t.Errorf("findings were not replaced:\n%s", read())
	}
}
