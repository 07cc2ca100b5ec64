package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

func (k k8s) look(ctx context.Context, at check.Site, a k8sArgs) (check.Result, error) {
	if k.cluster == nil {
		return check.Result{}, errNoCluster
	}
	if a.Objects != nil {
		return k.lookAtObjects(ctx, at, a)
	}
	seen, err := k.read(ctx, at, a.k8sRef)
	var none *NoKind
	switch {
	case errors.As(err, &none):
		return a.withoutKind(none), nil
	case err != nil:
		return check.Result{}, err
	}
	r := a.judge(seen)
	r.Explain = func(ctx context.Context) []string { return k.why(ctx, at, a, seen) }
	if r.OK && len(seen.Objects) == 0 && nowhere(ctx, k.cluster, at, seen.Namespace) {
		r.Saw += ": there is no namespace " + seen.Namespace
	}
	return r, nil
}

// nowhere tells whether a namespace is not there. What is wanted to be absent is absent from it, but perhaps another
// one was meant; that is a remark. Who may not look at namespaces is told nothing.
func nowhere(ctx context.Context, cluster Cluster, at check.Site, namespace string) bool {
	if namespace == "" {
		return false
	}
	one, err := cluster.Read(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "Namespace", Name: namespace})
	if err != nil || len(one.Objects) > 0 {
		return false
	}
	all, err := cluster.Read(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "Namespace", MetadataOnly: true})
	if err != nil {
		return true
	}
	names := make([]string, len(all.Objects))
	for i, o := range all.Objects {
		names[i] = objString(o, "metadata", "name")
	}
	if hint := diag.DidYouMean(namespace, names); hint != "" {
		warn(at, "there is no namespace %s: %s", namespace, hint)
	}
	return true
}

// read reads what ref names. Secrets are veiled before anybody sees them.
func (k k8s) read(ctx context.Context, at check.Site, ref k8sRef) (Seen, error) {
	seen, err := k.cluster.Read(ctx, at.Cluster, ref.query(at))
	if err != nil {
		return seen, err
	}
	if at.Warn != nil {
		for _, w := range seen.Warnings {
			at.Warn("%s", w)
		}
	}
	objects := make([]Object, len(seen.Objects))
	for i, o := range seen.Objects {
		objects[i] = veil(o, at.Secret)
	}
	seen.Objects = objects
	return seen, nil
}

// withoutKind is the result where the server does not know the kind: then there is no object of it either.
// A kind that looks misspelt proves nothing.
func (a k8sArgs) withoutKind(none *NoKind) check.Result {
	var self any = []any{}
	if a.single() {
		self = map[string]any{}
	}
	return check.Result{OK: a.wantsNone() && none.Hint == "", Want: a.want(), Saw: none.Error(), Self: self}
}

// lookAtObjects brings several objects together. What is expected of them is up to assert.
func (k k8s) lookAtObjects(ctx context.Context, at check.Site, a k8sArgs) (check.Result, error) {
	self, saw := make(map[string]any, len(a.Objects)), make([]string, 0, len(a.Objects))
	var missing []string
	type answer struct {
		seen Seen
		err  error
	}
	names := slices.Sorted(maps.Keys(a.Objects))
	answers := make([]chan answer, len(names))
	for i, name := range names {
		answers[i] = make(chan answer, 1)
		go func() {
			seen, err := k.read(ctx, at, a.Objects[name])
			answers[i] <- answer{seen, err}
		}()
	}
	var failed error
	var all Seen
	for i, name := range names {
		got := <-answers[i]
		var none *NoKind
		if got.err != nil && !errors.As(got.err, &none) {
			failed = cmp.Or(failed, got.err)
			continue
		}
		ref := a.Objects[name]
		self[name] = selfOf(ref, got.seen)
		all.Objects = append(all.Objects, got.seen.Objects...)
		one := fmt.Sprintf("%s: %s", name, sawOf(ref, got.seen))
		saw = append(saw, one)
		if len(got.seen.Objects) == 0 {
			missing = append(missing, one)
		}
	}
	r := check.Result{OK: true, Saw: strings.Join(saw, "; "), Self: self}
	r.Explain = func(ctx context.Context) []string { return append(missing, k.why(ctx, at, a, all)...) }
	return r, failed
}

// selfOf is what assertions see.
func selfOf(ref k8sRef, seen Seen) any {
	switch {
	case !ref.single():
		list := make([]any, len(seen.Objects))
		for i, o := range seen.Objects {
			list[i] = o
		}
		return list
	case len(seen.Objects) == 0:
		return map[string]any{}
	}
	return seen.Objects[0]
}
