package check

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
)

type args struct{ URL string }

func spec() Spec[args] {
	return Spec[args]{
		Name: "http", Doc: "Looks.", Example: "http: x", Default: args{URL: "d"}, Caps: []Capability{Network},
		Look: func(_ context.Context, _ Site, a args) (Result, error) { return Result{Saw: a.URL}, nil },
	}
}

func TestDefine(t *testing.T) {
	k := Define(spec())
	a, b := k.New().(*args), k.New().(*args)
	a.URL = "a"
	if b.URL != "d" {
		t.Error("two arguments share their defaults")
	}
	if res, err := k.Look(t.Context(), Site{}, a); err != nil || res.Saw != "a" {
		t.Errorf("looked with %q, %v", res.Saw, err)
	}
	k.Needs(a)[0] = RunsCode
	if !slices.Equal(k.Needs(a), []Capability{Network}) {
		t.Error("a caller changed the capabilities")
	}
	if k.Check(a) != nil || k.Target(a) != "" || k.Host(a) != "" || k.Wake != nil || k.Self != nil {
		t.Error("what is not given does nothing")
	}
	if k.Timeout != DefaultTimeout || k.Args != reflect.TypeFor[args]() {
		t.Errorf("timeout %v, args %v", k.Timeout, k.Args)
	}
}

func TestDefinePassesEverythingOn(t *testing.T) {
	s := spec()
	s.Self = args{}
	s.CapsOf = func(a args) []Capability { return []Capability{Capability(a.URL)} }
	s.Check = func(a args) []Problem { return []Problem{{Message: a.URL}} }
	s.Target = func(a args) string { return a.URL }
	s.Host = s.Target
	s.Wake = func(context.Context, Site, args) (<-chan struct{}, error) { return nil, errors.New("wake") }
	k := Define(s)
	a := &args{URL: "u"}
	if k.Needs(a)[0] != "u" || k.Check(a)[0].Message != "u" || k.Target(a) != "u" || k.Host(a) != "u" || k.Self != reflect.TypeFor[args]() {
		t.Error("a part was lost")
	}
	if _, err := k.Wake(t.Context(), Site{}, a); err == nil {
		t.Error("Wake was lost")
	}
}

func TestDefinePanicsWithoutALook(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	s := spec()
	s.Look = nil
	Define(s)
}

func TestRegistry(t *testing.T) {
	b := spec()
	b.Name = "a"
	r, err := NewRegistry(Define(spec()), Define(b))
	if err != nil || !slices.Equal(r.Names(), []string{"a", "http"}) {
		t.Fatalf("names %v, %v", r.Names(), err)
	}
	if k, ok := r.Kind("http"); !ok || k.Name != "http" {
		t.Error("http is not found")
	}
	if _, ok := r.Kind("htpp"); ok {
		t.Error("htpp is found")
	}
	if _, err := NewRegistry(Define(b), Define(b)); err == nil {
		t.Error("one name twice is no error")
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	for _, err := range []error{&Unauthenticated{cause}, &Transient{Err: cause}} {
		if !errors.Is(err, cause) || err.Error() != "cause" {
			t.Errorf("%T hides its cause", err)
		}
	}
	for _, err := range []error{&Unauthenticated{}, &Transient{}, &Denied{"no"}, &Waiting{"bernd"}} {
		if err.Error() == "" {
			t.Errorf("%T says nothing", err)
		}
	}
	if who, ok := IsWaiting(fmt.Errorf("step: %w", &Waiting{"bernd"})); !ok || who != "bernd" {
		t.Errorf("waiting for %q", who)
	}
	if _, ok := IsWaiting(cause); ok {
		t.Error("waiting for nobody")
	}
}
