package main

import (
	"fmt"
)

const crowd = 20_000

// k8sMany measures memory where a namespace holds many objects: a few of them by name, and all of them as a set.
func (b *bench) k8sMany(w *k8sWorld) error {
	namespace, remove, err := w.namespace()
	if err != nil {
		return err
	}
	defer remove()
	if err := w.berths(namespace, "v1", "ConfigMap", configMaps, crowd); err != nil {
		return err
	}
	floor := program{args: []string{b.floor("floork8s"), "list", namespace, fmt.Sprint(crowd), "ConfigMap"}, env: w.env}
	for _, c := range []struct {
		name, plan string
		text       []byte
	}{
		{"200 of 20,000 objects by name", "few.md", berthPlan(namespace, assertions, 1)},
		{"20,000 objects as a set, matched", "set.md", shortPlan("", 1, none, func(int) string {
			return fmt.Sprintf("- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %s, selector: quay=north, count: %d, match: {data: {state: free}}}\n", namespace, crowd)
		})},
	} {
		if _, err := b.file("k8s", c.plan, c.text); err != nil {
			return err
		}
		wpctl := program{args: []string{b.wpctl, "run", c.plan, "--no-write", "--quiet"}, env: w.env, dir: b.path("k8s")}
		m, err := b.turns(max(3, b.n/3), wpctl, floor)
		if err != nil {
			return err
		}
		b.add(c.name, m[0], &m[1], bound{})
		b.addFigure("  memory of it", "B", float64(m[0].RSS), 0)
	}
	return nil
}
