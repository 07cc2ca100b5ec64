package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const waiting = 1000

// k8sWaiting measures how soon steps that wait see that what they wait for is there: from the last change to the end
// of the process, which has its results to tell as well.
func (b *bench) k8sWaiting(w *k8sWorld) error {
	namespace, remove, err := w.namespace()
	if err != nil {
		return err
	}
	defer remove()
	if err := w.berths(namespace, "v1", "ConfigMap", configMaps, waiting); err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		n    int
	}{
		{"1 step that waits: from the change to the end", 1},
		{"1,000 steps that wait: from the last change to the end", waiting},
	} {
		plan := fmt.Sprintf("wait%d.md", c.n)
		if _, err := b.file("k8s", plan, waitPlan(namespace, c.n)); err != nil {
			return err
		}
		most := 0
		var took [2][]Measure
		for i := range max(3, b.n/3) + 1 {
			for k, p := range []program{
				{args: []string{b.wpctl, "run", plan, "--no-write", "--quiet"}, env: w.env, dir: b.path("k8s")},
				{args: []string{b.floor("floork8s"), "wait", namespace, fmt.Sprint(c.n)}, env: w.env},
			} {
				m, asked, err := b.waited(w, namespace, c.n, p)
				if err != nil {
					return err
				}
				if i > 0 {
					took[k] = append(took[k], m)
				}
				if k == 0 {
					most = max(most, asked)
				}
			}
		}
		got, floor := medians(took[0]), medians(took[1])
		b.add(c.name, got, &floor, bound{})
		b.addFigure("  requests of it, at most", "requests", float64(most), 0)
	}
	return nil
}

// waited starts a program that waits, changes what it waits for, and returns how long after that it ended.
func (b *bench) waited(w *k8sWorld, namespace string, n int, p program) (Measure, int, error) {
	objects := w.client.Resource(configMaps).Namespace(namespace)
	put := func(state string) error {
		return each(n, func(i int) error {
			_, err := objects.Update(context.Background(), berth("v1", "ConfigMap", i, state), metav1.UpdateOptions{})
			return err
		})
	}
	if err := put("free"); err != nil {
		return Measure{}, 0, err
	}
	w.proxy.requests()
	select {
	case <-w.proxy.watched: // of an earlier program
	default:
	}
	type end struct {
		m   Measure
		at  time.Time
		err error
	}
	ended := make(chan end, 1)
	go func() {
		m, err := b.once(p)
		ended <- end{m, time.Now(), err}
	}()
	select {
	case <-w.proxy.watched:
	case e := <-ended:
		return Measure{}, 0, fmt.Errorf("%q ended without a watch: %w", p.args, e.err)
	}
	time.Sleep(500 * time.Millisecond) // all of its steps have looked, and wait
	if err := put("taken"); err != nil {
		return Measure{}, 0, err
	}
	changed := time.Now()
	e := <-ended
	e.m.Wall = max(e.at.Sub(changed), 0)
	return e.m, len(w.proxy.requests()), e.err
}

func waitPlan(namespace string, n int) []byte {
	return shortPlan("independent", 1, none, func(int) string {
		var out strings.Builder
		for i := range n {
			out.WriteString(berthStep("v1", "ConfigMap", namespace, i, "taken") + "  within: 5m\n")
		}
		return out.String()
	})
}
