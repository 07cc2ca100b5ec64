package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// matchJSON tells where got lacks what want asks for; want is a subset of what may be there.
//
//   - A mapping asks for its keys; other keys may be there.
//   - A list asks for its elements, each another one, in any order; an empty list asks for an empty list.
//   - null asks for null, or for a key that is not there.
//   - Numbers are compared as numbers, everything else literally.
//
// Path names the place in the messages: "json", then json.status, json.items[0].
func matchJSON(path string, want, got any) []Mismatch {
	switch want := want.(type) {
	case map[string]any:
		return matchObject(path, want, got)
	case []any:
		return matchList(path, want, got)
	}
	if sameScalar(want, got) {
		return nil
	}
	return []Mismatch{{path + " " + jsonText(want), path + " " + jsonText(got)}}
}

func matchObject(path string, want map[string]any, got any) (out []Mismatch) {
	have, ok := got.(map[string]any)
	if !ok {
		return []Mismatch{{path + " an object", path + " " + jsonText(got)}}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		value, there := have[key]
		at := path + jsonKey(key)
		if !there && want[key] != nil {
			out = append(out, Mismatch{at + " " + jsonText(want[key]), at + " nothing"})
			continue
		}
		out = append(out, matchJSON(at, want[key], value)...)
	}
	return out
}

func matchList(path string, want []any, got any) (out []Mismatch) {
	have, ok := got.([]any)
	switch {
	case !ok:
		return []Mismatch{{path + " a list", path + " " + jsonText(got)}}
	case len(want) == 0 && len(have) > 0:
		return []Mismatch{{path + " an empty list", fmt.Sprintf("%s with %s", path, elements(len(have)))}}
	}
	missing := unmatched(want, have)
	if len(missing) > 0 && len(have) == len(want) { // then the places correspond, most likely
		for _, i := range missing {
			out = append(out, matchJSON(fmt.Sprintf("%s[%d]", path, i), want[i], have[i])...)
		}
		if len(out) > 0 {
			return out
		}
	}
	for _, i := range missing {
		out = append(out, Mismatch{path + " with " + jsonText(want[i]), fmt.Sprintf("%s has no such element among %d", path, len(have))})
	}
	return out
}

// unmatched returns the indices of the wanted elements that find no partner of their own.
// A partner may move on to another one (augmenting paths), so that the order of the lists does not matter.
func unmatched(want, have []any) (missing []int) {
	partner := map[int]int{} // index in have → index in want
	var place func(i int, tried map[int]bool) bool
	place = func(i int, tried map[int]bool) bool {
		for j := range have {
			if tried[j] || len(matchJSON("", want[i], have[j])) > 0 {
				continue
			}
			tried[j] = true
			if other, taken := partner[j]; !taken || place(other, tried) {
				partner[j] = i
				return true
			}
		}
		return false
	}
	for i := range want {
		if !place(i, map[int]bool{}) {
			missing = append(missing, i)
		}
	}
	return missing
}

func sameScalar(want, got any) bool {
	if w, ok := number(want); ok {
		g, ok := number(got)
		return ok && w == g
	}
	switch got.(type) {
	case map[string]any, []any:
		return false
	}
	return want == got
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func elements(n int) string {
	if n == 1 {
		return "1 element"
	}
	return strconv.Itoa(n) + " elements"
}

// jsonKey writes a key as a step of a path: .name, or ["odd name"].
func jsonKey(key string) string {
	plain := key != "" && strings.IndexFunc(key, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
	if plain {
		return "." + key
	}
	return "[" + strconv.Quote(key) + "]"
}

// jsonText writes a value as compact JSON.
func jsonText(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

// parseJSON decodes one JSON text, with whole numbers as int64 so that they compare as such.
func parseJSON(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return jsonNumbers(v), nil
}

func jsonNumbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			v[key] = jsonNumbers(one)
		}
	case []any:
		for i, one := range v {
			v[i] = jsonNumbers(one)
		}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	}
	return v
}
