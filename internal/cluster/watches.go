package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// watches are the watches of a client. Steps that wait for objects of one kind in one namespace share one,
// which sees metadata only: it wakes them, and they look for themselves.
type watches struct {
	client  *client
	refused scopes // where a watch was forbidden, for the run

	mu   sync.Mutex
	open map[watchKey]*watch
}

// watchKey is what one watch sees: all of a scope, or one name where no more is allowed or wanted.
type watchKey struct {
	scope
	name string
}

// waiter is a step that waits.
type waiter struct {
	wake     chan struct{} // of capacity 1
	name     string        // "": all that the selector chooses
	selector labels.Selector
}

func (w *waiter) notify() {
	select {
	case w.wake <- struct{}{}:
	default: // it is awake already
	}
}

// concerns tells whether a change of an object may concern the waiter. old is nil where the labels before are not known.
func (w *waiter) concerns(name string, old, now labels.Set) bool {
	if w.name != "" {
		return w.name == name
	}
	return w.selector == nil || old == nil || w.selector.Matches(old) || w.selector.Matches(now)
}

// join adds w to the watch of the scope until ctx ends. Where the whole scope must not be watched, or is Secrets,
// it is the watch of the one object.
func (ws *watches) join(ctx context.Context, s scope, w *waiter) (bool, error) {
	keys := []watchKey{{s, ""}, {s, w.name}}
	if s.secret() || ws.refused.has(s) {
		keys = keys[1:]
	}
	for _, k := range keys {
		if k.name == "" && s.secret() {
			return false, nil
		}
		err := ws.enter(ctx, k, w)
		if err == nil {
			return true, nil
		}
		if errors.Is(err, errUnserved) {
			return false, nil
		}
		if !errors.Is(err, errDenied) {
			return false, err
		}
		ws.refused.add(s)
		if w.name == "" {
			return false, nil
		}
	}
	return false, nil
}

// openFor is how long a waiter waits for a watch to be established; after that it goes on without, and is woken when
// the watch stands.
const openFor = time.Second

// enter waits until the watch of k is established, with w among its waiters.
func (ws *watches) enter(ctx context.Context, k watchKey, w *waiter) error {
	ws.mu.Lock()
	o, ok := ws.open[k]
	if !ok {
		o = newWatch(ws.client, k)
		if ws.open == nil {
			ws.open = map[watchKey]*watch{}
		}
		ws.open[k] = o
		ws.client.run(o.run)
	}
	o.waiters = append(o.waiters, w)
	ws.mu.Unlock()

	soon := time.NewTimer(openFor)
	defer soon.Stop()
	select {
	case <-o.ready:
		if o.err != nil {
			ws.leave(k, o, w)
			return o.err
		}
	case <-soon.C:
		ws.mu.Lock()
		o.early = true
		ws.mu.Unlock()
	case <-ctx.Done():
		ws.leave(k, o, w)
		return context.Cause(ctx)
	}
	context.AfterFunc(ctx, func() { ws.leave(k, o, w) })
	return nil
}

// leave removes w; the last one ends the watch.
func (ws *watches) leave(k watchKey, o *watch, w *waiter) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	o.waiters = slices.DeleteFunc(o.waiters, func(other *waiter) bool { return other == w })
	if len(o.waiters) == 0 {
		o.stop()
		if ws.open[k] == o {
			delete(ws.open, k)
		}
	}
}

// early tells whether a waiter of o went on before o was established.
func (ws *watches) early(o *watch) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return o.early
}

// changed wakes the waiters that a change concerns.
func (ws *watches) changed(o *watch, name string, old, now labels.Set) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, w := range o.waiters {
		if w.concerns(name, old, now) {
			w.notify()
		}
	}
}

// lost wakes all waiters of a watch, which may have missed a change.
func (ws *watches) lost(o *watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, w := range o.waiters {
		w.notify()
	}
}
