package steps

import (
	"maps"
	"slices"
	"strings"
)

// itemKeys are the fields by which items of a list are told apart, first the more telling: the merge keys of
// Kubernetes' own types, https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
var itemKeys = []string{"name", "type", "key", "port", "containerPort", "mountPath", "devicePath", "topologyKey", "host", "ip", "path", "secretName", "uid"}

// mismatches returns where got lacks something of want, a line for each field:
// "spec.replicas: wanted 2, saw 1".
func mismatches(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{mismatch(path, want, got)}
		}
		var out []string
		for _, key := range slices.Sorted(maps.Keys(w)) {
			out = append(out, mismatches(join(path, key), w[key], g[key])...)
		}
		return out
	case []any:
		return listMismatches(path, w, got)
	}
	if equalScalars(want, got) {
		return nil
	}
	return []string{mismatch(path, want, got)}
}

// listMismatches looks for each wanted item: by its key, else for any item that has all of it.
// An empty list wants an empty one.
func listMismatches(path string, want []any, got any) []string {
	items, ok := got.([]any)
	if got != nil && !ok || len(want) == 0 && len(items) > 0 {
		return []string{mismatch(path, want, got)}
	}
	var out []string
	for _, w := range want {
		key := itemKey(w)
		at := path + "[" + key + "=" + show(objAt(w, key)) + "]"
		if key == "" {
			at = path + "[]"
		}
		out = append(out, itemMismatches(at, key, w, items)...)
	}
	return out
}

func itemMismatches(at, key string, want any, items []any) []string {
	var first []string
	for _, item := range items {
		if key != "" && !equalScalars(objAt(want, key), objAt(item, key)) {
			continue
		}
		m := mismatches(at, want, item)
		if len(m) == 0 {
			return nil
		}
		if first == nil && key != "" {
			first = m
		}
	}
	if first != nil {
		return first
	}
	return []string{at + ": wanted " + show(want) + ", saw none such"}
}

// itemKey is the field that tells a wanted item from others; "" where it has none.
func itemKey(want any) string {
	m, ok := want.(map[string]any)
	if !ok {
		return ""
	}
	for _, k := range itemKeys {
		switch m[k].(type) {
		case string, int64, float64:
			return k
		}
	}
	return ""
}

// partMismatches is mismatches as pairs of wanted and seen.
func partMismatches(what string, want map[string]any, got any) (out []Mismatch) {
	for _, line := range mismatches("", want, got) {
		at, rest, _ := strings.Cut(line, ": wanted ")
		wanted, saw, _ := strings.Cut(rest, ", saw ")
		out = append(out, Mismatch{what + at + ": " + wanted, at + ": " + saw})
	}
	return out
}

func mismatch(path string, want, got any) string {
	if path == "" {
		path = "object"
	}
	return path + ": wanted " + show(want) + ", saw " + show(got)
}

// equalScalars compares as YAML and JSON mean it: numbers by value, and null is the same as absent.
func equalScalars(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch a.(type) {
	case nil, bool, string:
		return a == b
	}
	return false
}
