package cluster

import (
	"context"
	"sync"
	"time"
)

const (
	window   = time.Millisecond      // how long a call waits for others that can be served by the same requests
	windows  = 10                    // how often it waits so, as long as others come
	crowd    = 8                     // calls of any kind in a window that show that many steps begin just now
	crowded  = 100                   // how often it waits then
	patience = 20 * time.Millisecond // how long it may wait for the flight before its own to land
)

// flights serve calls with the same key by one flight, which starts after all its passengers asked, so that nobody
// gets an answer that is older than the question. While one is in the air the next one gathers passengers for a
// little longer: the more there is to do, the more is done at once.
type flights[K comparable, V any] struct {
	client *client
	fly    func(ctx context.Context, key K, items []string) (V, error)
	alike  func(key K, items int) bool // so many items are no cheaper together than each alone; nil: never

	mu      sync.Mutex
	boarded int              // calls so far, for all keys
	waiting map[K]*flight[V] // those that have not started
	flying  map[K]*flight[V] // the last that started
}

type flight[V any] struct {
	items  []string
	seen   map[string]bool
	done   chan struct{}
	result V
	err    error
}

func newFlights[K comparable, V any](c *client, fly func(context.Context, K, []string) (V, error)) *flights[K, V] {
	return &flights[K, V]{client: c, fly: fly, waiting: map[K]*flight[V]{}, flying: map[K]*flight[V]{}}
}

// take waits for the result of the flight for key, which item is on.
// The flight goes on for the others where ctx ends.
func (fs *flights[K, V]) take(ctx context.Context, key K, item string) (V, error) {
	f := fs.board(key, item)
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		var none V
		return none, context.Cause(ctx)
	}
}

func (fs *flights[K, V]) board(key K, item string) *flight[V] {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.boarded++
	f, ok := fs.waiting[key]
	if !ok {
		f = &flight[V]{done: make(chan struct{}), seen: map[string]bool{}}
		fs.waiting[key] = f
		before := fs.flying[key]
		fs.client.run(func() { fs.start(key, f, before) })
	}
	if !f.seen[item] {
		f.seen[item] = true
		f.items = append(f.items, item)
	}
	return f
}

func (fs *flights[K, V]) start(key K, f, before *flight[V]) {
	defer close(f.done)
	alike := fs.alike != nil && fs.alike(key, 1)
	if before != nil && !alike {
		fs.sleep(patience, before.done) // whoever it brings an answer may have the next question
	}
	fs.gather(f, alike)
	fs.mu.Lock()
	delete(fs.waiting, key)
	fs.flying[key] = f
	fs.mu.Unlock()

	f.result, f.err = fs.fly(fs.client.ctx, key, f.items)

	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.flying[key] == f {
		delete(fs.flying, key)
	}
}

// gather waits until nobody boards any more, but not for long. In a crowd it waits until the crowd is over: who
// wants to board may be held up by all the others. Where nothing is gained by few, it waits for a crowd only.
func (fs *flights[K, V]) gather(f *flight[V], alike bool) {
	for i := range crowded {
		there, before := fs.passengers(f)
		fs.sleep(window, nil)
		now, all := fs.passengers(f)
		if all-before < crowd && (alike || now == there || i >= windows) {
			return
		}
	}
}

// passengers returns how many are on a flight, and how many have boarded any.
func (fs *flights[K, V]) passengers(f *flight[V]) (on, all int) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return len(f.items), fs.boarded
}

// sleep waits for d, or less where done is closed or the client is.
func (fs *flights[K, V]) sleep(d time.Duration, done <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	case <-fs.client.ctx.Done():
	}
}
