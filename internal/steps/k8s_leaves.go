package steps

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// show writes a value as JSON, and the lack of one as "nothing".
func show(v any) string {
	switch x := v.(type) {
	case nil:
		return "nothing"
	case string:
		return strconv.Quote(x)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

// join adds a key to a path; keys with dots are quoted.
func join(path, key string) string {
	if strings.ContainsAny(key, "./[] ") {
		return path + "[" + strconv.Quote(key) + "]"
	}
	return strings.TrimPrefix(path+"."+key, ".")
}

// leaves writes a wanted part as "path: value" lines.
func leaves(path string, want any) []string {
	switch w := want.(type) {
	case map[string]any:
		var out []string
		for _, key := range slices.Sorted(maps.Keys(w)) {
			out = append(out, leaves(join(path, key), w[key])...)
		}
		if len(w) > 0 {
			return out
		}
	case []any:
		var out []string
		for _, item := range w {
			if key := itemKey(item); key != "" {
				at := path + "[" + key + "=" + show(objAt(item, key)) + "]"
				rest := maps.Clone(item.(map[string]any))
				delete(rest, key)
				if len(rest) == 0 {
					out = append(out, at)
				} else {
					out = append(out, leaves(at, rest)...)
				}
				continue
			}
			out = append(out, path+"[]: "+show(item))
		}
		if len(w) > 0 {
			return out
		}
	}
	return []string{path + ": " + show(want)}
}
