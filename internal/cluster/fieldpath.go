package cluster

import (
	"fmt"
	"strconv"
	"strings"
)

// fieldPath finds where a path that the server writes leads to in an object: keys, and indices as numbers; nil where
// it leads nowhere. Paths look like spec.containers[0].image, data[a.b] or .spec.ports[port=80,protocol="TCP"].name.
func fieldPath(object any, path string) []any {
	return follow(object, strings.TrimPrefix(path, "."))
}

func follow(o any, rest string) []any {
	if rest == "" {
		return []any{}
	}
	if strings.HasPrefix(rest, "[") {
		end := strings.Index(rest, "]")
		if end < 0 {
			return nil
		}
		return into(o, rest[1:end], strings.TrimPrefix(rest[end+1:], "."))
	}
	m, ok := o.(map[string]any)
	if !ok {
		return nil
	}
	// Keys may hold dots, and the server does not quote them: the longest one that leads on is meant.
	best := ""
	for key := range m {
		after, ok := strings.CutPrefix(rest, key)
		if ok && len(key) > len(best) && (after == "" || after[0] == '.' || after[0] == '[') {
			best = key
		}
	}
	if best == "" {
		return nil
	}
	return then(best, follow(m[best], strings.TrimPrefix(rest[len(best):], ".")))
}

// into follows what is in brackets: an index, keys and values of an item, or the key of a mapping.
func into(o any, inner, rest string) []any {
	switch at := o.(type) {
	case map[string]any:
		if v, ok := at[inner]; ok {
			return then(inner, follow(v, rest))
		}
	case []any:
		if i, err := strconv.Atoi(inner); err == nil && i >= 0 && i < len(at) {
			return then(i, follow(at[i], rest))
		}
		for i, item := range at {
			if isItem(item, inner) {
				return then(i, follow(item, rest))
			}
		}
	}
	return nil
}

// isItem tells whether an item has the keys and values that a path names it by: name="app", or ="x" of a set.
func isItem(item any, keys string) bool {
	for pair := range strings.SplitSeq(keys, ",") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return false
		}
		got := item
		if key != "" {
			m, _ := item.(map[string]any)
			if got, ok = m[key]; !ok {
				continue // a default that the object does not write
			}
		}
		if s, isText := got.(string); isText && strconv.Quote(s) != value || !isText && fmt.Sprint(got) != value {
			return false
		}
	}
	return true
}

func then(first any, rest []any) []any {
	if rest == nil {
		return nil
	}
	return append([]any{first}, rest...)
}

// removeField removes a field; false where there is none.
func removeField(object map[string]any, at []any) bool {
	if len(at) == 0 {
		return false
	}
	var parent any = object
	for _, step := range at[:len(at)-1] {
		parent = child(parent, step)
	}
	m, ok := parent.(map[string]any)
	if ok {
		delete(m, at[len(at)-1].(string))
	}
	return ok
}

func child(o, step any) any {
	switch at := o.(type) {
	case map[string]any:
		key, _ := step.(string)
		return at[key]
	case []any:
		if i, ok := step.(int); ok {
			return at[i]
		}
	}
	return nil
}
