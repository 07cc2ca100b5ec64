//go:build linux && amd64

package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// tryAll makes trials, several at once, each in a world of its own.
func tryAll(what string, o options, all []trial, b map[*verb]*base) (row, []string, error) {
	open := func(dir string) (*world, error) { return newWorld(o.wpctl, dir) }
	return spread(what, o, all, open, func(w *world, t trial) (outcome, error) { return w.try(t, b[t.verb]) })
}

// spread makes trials in several worlds at once, and tells how far it has come.
func spread[W any, T fmt.Stringer](what string, o options, all []T, open func(dir string) (W, error), try func(W, T) (outcome, error)) (row, []string, error) {
	r := row{what: what}
	begun := time.Now()
	var wrong []string
	var failed error
	var mu sync.Mutex
	queue := make(chan T)
	var wg sync.WaitGroup
	for range max(o.jobs, 1) {
		dir, err := os.MkdirTemp(o.dir, "world")
		if err != nil {
			return r, nil, err
		}
		w, err := open(dir)
		if err != nil {
			return r, nil, err
		}
		wg.Go(func() {
			for t := range queue {
				out, err := try(w, t)
				mu.Lock()
				r.tried++
				if err != nil && failed == nil {
					failed = err
				}
				if out.struck {
					r.struck++
				}
				if out.left {
					r.left++
				}
				if out.wrong != "" {
					r.wrong++
					wrong = append(wrong, t.String()+": "+out.wrong)
					fmt.Fprintf(os.Stderr, "damage: %s: %s\n", t, bounded(out.wrong))
				}
				if r.tried%200 == 0 {
					fmt.Fprintf(os.Stderr, "%s: %d of %d after %s, %d struck, %d did damage; --seed %d --from %d goes on from here\n",
						what, r.tried, len(all), time.Since(begun).Round(time.Second), r.struck, r.wrong, o.seed, o.from+r.tried-o.jobs)
				}
				mu.Unlock()
			}
		})
	}
	for _, t := range all {
		mu.Lock()
		stop := failed != nil
		mu.Unlock()
		if stop || o.ctx.Err() != nil || !o.until.IsZero() && time.Now().After(o.until) {
			break
		}
		queue <- t
	}
	close(queue)
	wg.Wait()
	r.took = time.Since(begun)
	return r, wrong, failed
}
