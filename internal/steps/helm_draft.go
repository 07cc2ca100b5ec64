package steps

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// draft expects of a release its chart and what people commonly choose in its values, and of a chart the objects that it
// renders to. The revision goes up with each upgrade, and all other values may hold secrets: they are not expected.
func (h helm) draft(ctx context.Context, at check.Site, _ string, a helmArgs) (check.Draft, error) {
	var d check.Draft
	at.Warn = nil
	if a.Template != "" {
		return draftOfChart(ctx, at, a)
	}
	r, err := h.release(ctx, at, a)
	if err != nil {
		return d, err
	}
	if !r.OK {
		return d, unfitAs(r)
	}
	if a.Absent {
		return d, nil
	}
	self := r.Self.(helmSelf)
	if a.Namespace == "" && at.Namespace == "" {
		d.Notes = append(d.Notes, "the namespace is that of the kubeconfig's context; namespace=NAME writes it down")
	}
	if isShown(self.Chart) && isGlobless(self.Chart) {
		d.Add("chart", self.Chart)
	}
	if isShown(self.AppVersion) && isGlobless(self.AppVersion) {
		d.Add("appVersion", self.AppVersion)
	}
	if match := chosenValues(self.Values); len(match) > 0 {
		d.Add("match", match)
	}
	return d, nil
}

// isGlobless tells whether a text means itself where patterns are read.
func isGlobless(s string) bool { return !regexp.MustCompile(`[*?\[\\]`).MatchString(s) }

// valueKeys are the keys of values that say how much of what runs where, in most charts.
var valueKeys = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(registry|repository|tag|digest|replicas|replicaCount|host|hostname|className|ingressClassName|storageClass|storageClassName)$`)
})

// chosenValues are the parts of values that people commonly choose, two levels deep. An address of a host with a user in
// it, and whatever stands under a key that is called like a secret, is left out.
func chosenValues(values map[string]any) map[string]any {
	out := map[string]any{}
	n := 0
	var walk func(path []string, v map[string]any)
	walk = func(path []string, v map[string]any) {
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !isShown(key) || secretName().MatchString(key) {
				continue
			}
			here := append(slices.Clone(path), key)
			switch x := normal(v[key]).(type) {
			case map[string]any:
				if len(here) < 3 {
					walk(here, x)
				}
			case string:
				if valueKeys().MatchString(key) && isShown(x) && n < 20 {
					put(out, x, here...)
					n++
				}
			case int64:
				if valueKeys().MatchString(key) && n < 20 {
					put(out, x, here...)
					n++
				}
			}
		}
	}
	walk(nil, values)
	return out
}

func draftOfChart(ctx context.Context, at check.Site, a helmArgs) (check.Draft, error) {
	var d check.Draft
	first, second, _, err := twice(func() (check.Result, error) { return helmTemplate(ctx, at, a) })
	if err != nil {
		return d, err
	}
	if !first.OK || !second.OK {
		return d, unfitAs(first)
	}
	objects, again := objectNames(first), objectNames(second)
	d.Add("count", len(objects))
	switch {
	case fmt.Sprint(objects) != fmt.Sprint(again):
		d.Notes = append(d.Notes, "the objects are not expected: two renderings had different ones")
	case len(objects) > 20:
		d.Notes = append(d.Notes, fmt.Sprintf("the objects are not expected: they are %d", len(objects)))
	case len(objects) > 0 && canStand(objects):
		d.Add("objects", objects)
	}
	return d, nil
}

// objectNames are kinds and names of what a chart renders to.
func objectNames(r check.Result) []any {
	var out []any
	for _, o := range r.Self.(helmSelf).Objects {
		one := map[string]any{"kind": objString(o, "kind")}
		if name := objString(o, "metadata", "name"); name != "" {
			one["name"] = name
		}
		out = append(out, one)
	}
	return out
}
