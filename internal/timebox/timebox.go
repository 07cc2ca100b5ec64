// Package timebox bounds the time of what looks at no context.
package timebox

import "context"

// Do returns what f returns or, when ctx ends before, its error. F is left alone then, and goes on by itself: it must
// change nothing that anybody else sees. Where f panics in time, so does Do, with the same value.
func Do[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		out      T
		err      error
		panicked any
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			r.panicked = recover()
			done <- r
		}()
		r.out, r.err = f()
	}()
	select {
	case r := <-done:
		if r.panicked != nil {
			panic(r.panicked)
		}
		return r.out, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
