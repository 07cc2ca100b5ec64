package timebox

import (
	"context"
	"errors"
	"testing"
)

func TestDo(t *testing.T) {
	if out, err := Do(t.Context(), func() (int, error) { return 7, nil }); out != 7 || err != nil {
		t.Error(out, err)
	}
	broken := errors.New("broken")
	if _, err := Do(t.Context(), func() (int, error) { return 7, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestDoIsOverWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hold := make(chan struct{})
	defer close(hold)
	if out, err := Do(ctx, func() (int, error) { <-hold; return 7, nil }); out != 0 || !errors.Is(err, context.Canceled) {
		t.Error(out, err)
	}
}

// A panic is the caller's, who may have a guard against it: on a goroutine of its own it would end the program.
func TestDoPanicsWhereItIsCalled(t *testing.T) {
	defer func() {
		if p := recover(); p != "a mistake" {
			t.Errorf("%v", p)
		}
	}()
	_, err := Do(t.Context(), func() (int, error) { panic("a mistake") })
	t.Errorf("no panic, and %v", err)
}

// Nobody waits any more for what panics too late.
func TestDoLeavesALatePanicAlone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hold, over := make(chan struct{}), make(chan struct{})
	_, _ = Do(ctx, func() (int, error) { defer close(over); <-hold; panic("too late") })
	close(hold)
	<-over
}
