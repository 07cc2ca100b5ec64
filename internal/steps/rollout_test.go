package steps_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

func TestRolloutArguments(t *testing.T) {
	b := newBench(t, "rollout", "")
	for _, tt := range []struct{ name, args, want string }{
		{"Good", "{kind: Deployment, name: web, stable: 30s, maxRestarts: 0}", ""},
		{"Zero", "{kind: Deployment, name: web, replicas: 0}", ""},
		{"EmptyName", `{kind: Deployment, name: ""}`, "[name]: the name is empty"},
		{"NegativeRestarts", "{kind: Deployment, name: web, maxRestarts: -1}", "[maxRestarts]: maxRestarts cannot be negative"},
		{"NegativeReplicas", "{kind: Deployment, name: web, replicas: -1}", "[replicas]: replicas cannot be negative"},
		{"StableNothing", "{kind: Deployment, name: web, replicas: 0, stable: 30s}", "[replicas]: without pods nothing is ready or restarted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := b.problems(t, tt.args); got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// workload is a manifest whose pods run a command.
func workload(kind, name, command, spec string) string {
	if kind == "StatefulSet" {
		spec += ", serviceName: " + name
	}
	return `{apiVersion: apps/v1, kind: ` + kind + `, metadata: {name: ` + name + `}, spec: {selector: {matchLabels: {app: ` + name + `}}` + spec + `,
 template: {metadata: {labels: {app: ` + name + `}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: app, image: local/none, command: [sh, -c, "` + command + `"]}]}}}}
`
}

func TestRollout(t *testing.T) {
	b, ns := newBench(t, "rollout", clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace, b.at.Now = ns, func() time.Time { return time.Unix(0, 0) } // this machine's clock does not matter
	const sleeps = "sleep 3600"
	clustertest.Apply(t, ns, strings.Join([]string{
		workload("Deployment", "web", sleeps, ", replicas: 2"),
		workload("StatefulSet", "db", sleeps, ", replicas: 1"),
		workload("DaemonSet", "agent", sleeps, ""),
		workload("Deployment", "none", sleeps, ", replicas: 0"),
		workload("Deployment", "crash", "exit 3", ", minReadySeconds: 2, progressDeadlineSeconds: 3"),
		workload("Deployment", "held", sleeps, ", replicas: 1"),
		workload("StatefulSet", "kept", sleeps, ", replicas: 1, updateStrategy: {type: OnDelete}"),
	}, "---\n"))
	passes := func(t *testing.T, args, saw string) {
		t.Helper()
		r := b.until(t, args, func(r check.Result) bool { return r.OK })
		if r.Saw != saw {
			t.Errorf("got  %s\nwant %s", r.Saw, saw)
		}
	}
	fails := func(t *testing.T, args, saw string) check.Result {
		t.Helper()
		return b.until(t, args, func(r check.Result) bool { return !r.OK && r.Saw == saw })
	}
	passes(t, "{kind: Deployment, name: web, maxRestarts: 0}", "`Deployment/web` revision 1, 2 of 2 ready, at most 0 restarts")
	passes(t, "{kind: StatefulSet, name: db, replicas: 1}", "`StatefulSet/db` 1 of 1 ready")
	passes(t, "{kind: DaemonSet, name: agent}", "`DaemonSet/agent` revision 1, 1 of 1 ready")
	passes(t, "{kind: Deployment, name: web, stable: 1s}", "`Deployment/web` revision 1, 2 of 2 ready for 1s")
	passes(t, "{kind: Deployment, name: none, replicas: 0}", "`Deployment/none` scaled to 0")
	fails(t, "{kind: Deployment, name: web, stable: 1h}", "`Deployment/web`: 2 of 2 pods are ready, and not yet for 1h")
	fails(t, "{kind: Deployment, name: none}", "`Deployment/none`: it is scaled to 0: nothing runs")
	fails(t, "{kind: Deployment, name: web, replicas: 3}", "`Deployment/web`: it is scaled to 2")
	fails(t, "{kind: Deployment, name: wbe}", "no `Deployment/wbe` in "+ns)
	r := fails(t, "{kind: Deployment, name: crash, maxRestarts: 0}", "`Deployment/crash`: the rollout has taken longer than its progressDeadlineSeconds; 0 of 1 pods are ready; container app was restarted")
	if w := why(t, r); !strings.Contains(w, "container app exits with code 3") {
		t.Error(w)
	}

	passes(t, "{kind: Deployment, name: held}", "`Deployment/held` revision 1, 1 of 1 ready")
	clustertest.Apply(t, ns, workload("Deployment", "held", sleeps, ", replicas: 1, paused: true"))
	passes(t, "{kind: Deployment, name: held}", "`Deployment/held` revision 1, 1 of 1 ready")
	clustertest.Apply(t, ns, workload("Deployment", "held", "sleep 1800", ", replicas: 1, paused: true"))
	fails(t, "{kind: Deployment, name: held}", "`Deployment/held`: 0 of 1 pods are of the newest revision; 1 of another revision still there; the rollout is paused")

	passes(t, "{kind: StatefulSet, name: kept}", "`StatefulSet/kept` 1 of 1 ready")
	clustertest.Apply(t, ns, workload("StatefulSet", "kept", "sleep 1800", ", replicas: 1, updateStrategy: {type: OnDelete}"))
	fails(t, "{kind: StatefulSet, name: kept}", "`StatefulSet/kept`: 0 of 1 pods are of the newest revision; 1 of another revision still there; its update strategy is OnDelete: a pod is renewed when somebody deletes it")

	// A new revision that never gets ready: the old pods stay. That its container runs for a moment makes it ready for
	// that moment, which must not count.
	clustertest.Apply(t, ns, workload("Deployment", "web", "exit 4", ", replicas: 2, minReadySeconds: 300"))
	r = fails(t, "{kind: Deployment, name: web}", "`Deployment/web`: 1 of 2 pods are of the newest revision; 0 of 2 pods are ready; 2 of another revision still there")
	if w := why(t, r); !strings.Contains(w, "container app exits with code 4") {
		t.Error(w)
	}
}

// Pods that have to stay ready wake by time, as nothing happens meanwhile.
func TestRolloutWakes(t *testing.T) {
	b, ns := newBench(t, "rollout", clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.Apply(t, ns, workload("Deployment", "web", "sleep 3600", ", replicas: 1"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	args := b.args(t, "{kind: Deployment, name: web, stable: 2s}")
	wake, err := b.kind.Wake(ctx, b.at, args)
	if err != nil || wake == nil {
		t.Fatal(wake, err)
	}
	for {
		r, err := b.kind.Look(ctx, b.at, args)
		if err != nil {
			t.Fatal(err)
		}
		if r.OK {
			return
		}
		select {
		case <-wake:
		case <-ctx.Done():
			t.Fatal("nothing wakes it; it saw " + r.Saw)
		}
	}
}
