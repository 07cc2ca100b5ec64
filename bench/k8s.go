package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

const (
	assertions   = 200
	mostRequests = 10
	kinds        = 20
	ofEachKind   = 250
)

// k8s measures assertions on objects of a real API server, and counts what is asked of it.
func (b *bench) k8s() error {
	w, err := b.world()
	if errors.Is(err, errNoCluster) {
		fmt.Fprintln(os.Stderr, "  left out: "+err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	defer w.proxy.close()
	for _, measure := range []func(*k8sWorld) error{b.k8sNames, b.k8sKinds, b.k8sWaiting, b.k8sMany} {
		if err := measure(w); err != nil {
			return err
		}
	}
	return nil
}

// k8sNames measures 200 assertions on objects of one kind.
func (b *bench) k8sNames(w *k8sWorld) error {
	namespace, remove, err := w.namespace()
	if err != nil {
		return err
	}
	defer remove()
	if err := w.berths(namespace, "v1", "ConfigMap", configMaps, assertions); err != nil {
		return err
	}
	for name, tasks := range map[string]int{"one.md": 1, "many.md": assertions} {
		if _, err := b.file("k8s", name, berthPlan(namespace, assertions, tasks)); err != nil {
			return err
		}
	}
	fresh := func() error { return os.RemoveAll(b.path("cache")) }
	floor := []string{b.floor("floork8s"), "list", namespace, fmt.Sprint(assertions), "ConfigMap"}
	for _, c := range []struct {
		name, plan string
		ready      func() error
	}{
		{"200 k8s assertions, 1 task, nothing cached", "one.md", fresh},
		{"200 k8s assertions, 1 task, discovery cached", "one.md", nil},
		{"200 k8s assertions, 200 tasks, nothing cached", "many.md", fresh},
	} {
		if err := b.reads(w, c.name, c.plan, c.ready, floor, bound{times: 2}, mostRequests); err != nil {
			return err
		}
	}
	return nil
}

// k8sKinds measures 5,000 assertions on objects of 20 kinds.
func (b *bench) k8sKinds(w *k8sWorld) error {
	if err := w.quayKinds(kinds); err != nil {
		return err
	}
	namespace, remove, err := w.namespace()
	if err != nil {
		return err
	}
	defer remove()
	floor := []string{b.floor("floork8s"), "list", namespace, fmt.Sprint(ofEachKind)}
	for i := range kinds {
		kind, r := quayKind(i)
		if err := w.berths(namespace, "bench.example/v1", kind, r, ofEachKind); err != nil {
			return err
		}
		floor = append(floor, kind+".bench.example")
	}
	plan := shortPlan("independent", kinds, none, func(task int) string {
		kind, _ := quayKind(task)
		var out strings.Builder
		for i := range ofEachKind {
			out.WriteString(berthStep("bench.example/v1", kind, namespace, i, "free"))
		}
		return out.String()
	})
	if _, err := b.file("k8s", "kinds.md", plan); err != nil {
		return err
	}
	return b.reads(w, "5,000 k8s assertions, 20 kinds, 20 tasks", "kinds.md", nil, floor, bound{}, 2*kinds)
}

// reads measures a plan whose steps look once, in turn with its floor, and counts the requests.
func (b *bench) reads(w *k8sWorld, name, plan string, ready func() error, floor []string, limit bound, most float64) error {
	wpctl := program{args: []string{b.wpctl, "run", plan, "--no-write", "--quiet"}, env: w.env, dir: b.path("k8s"), ready: ready}
	m, err := b.turns(b.n, wpctl, program{args: floor, env: w.env})
	if err != nil {
		return err
	}
	b.add(name, m[0], &m[1], limit)
	asked, err := b.most(w.proxy, wpctl)
	if err != nil {
		return err
	}
	b.addFigure("  requests of it, at most", "requests", float64(len(asked)), most)
	if float64(len(asked)) > most {
		fmt.Fprintln(os.Stderr, "  "+strings.Join(asked, "\n  "))
	}
	return nil
}

// most returns what the run of several that asked most asked for: how many can share an answer is a matter of moments.
func (b *bench) most(proxy *proxy, p program) ([]string, error) {
	var most []string
	for range b.n {
		proxy.requests()
		if _, err := b.once(p); err != nil {
			return nil, err
		}
		if asked := proxy.requests(); len(asked) > len(most) {
			most = asked
		}
	}
	return most, nil
}

// berthPlan looks at ConfigMaps, in tasks that need nothing of each other.
func berthPlan(namespace string, n, tasks int) []byte {
	return shortPlan("independent", tasks, none, func(task int) string {
		var out strings.Builder
		for i := task; i < n; i += tasks {
			out.WriteString(berthStep("v1", "ConfigMap", namespace, i, "free"))
		}
		return out.String()
	})
}

func berthStep(apiVersion, kind, namespace string, i int, state string) string {
	return fmt.Sprintf("- k8s: {apiVersion: %s, kind: %s, namespace: %s, name: berth-%d, match: {data: {number: \"%[4]d\", state: %s}}}\n", apiVersion, kind, namespace, i, state)
}
