package view

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJSONKeepsItsKeys compares the documents of today with those that were written with the same version: no key may
// have gone, or have a value of another type. Both are of the same results, see golden_test.go.
func TestJSONKeepsItsKeys(t *testing.T) {
	before, err := filepath.Glob(fmt.Sprintf("../../testdata/compatibility/json-%d/*.json", JSONVersion))
	if err != nil || len(before) == 0 {
		t.Fatalf("no documents of version %d: %v", JSONVersion, err)
	}
	for _, path := range before {
		was, is := decode(t, path), decode(t, filepath.Join("testdata", "json", filepath.Base(path)))
		for _, gone := range lost(was, is, "") {
			t.Errorf("%s: %s: that needs a new version, see docs/compatibility.md", filepath.Base(path), gone)
		}
	}
}

func TestLost(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{`{"a": 1}`, `{"a": 2, "b": 3}`, ""},
		{`{"a": 1}`, `{"b": 1}`, ".a is gone"},
		{`{"a": 1}`, `{"a": "1"}`, ".a was float64, and is string"},
		{`{"a": [{"b": 1}]}`, `{"a": [{"b": 2}, {"b": 3}]}`, ""},
		{`{"a": [{"b": 1}]}`, `{"a": [{}]}`, ".a[0].b is gone"},
		{`{"a": [1]}`, `{"a": []}`, ".a[0] is gone"},
		{`{"a": null}`, `{"a": 1}`, ""},
		{`{"a": 1}`, `{"a": null}`, ".a was float64, and is <nil>"},
	} {
		var was, is any
		if err := json.Unmarshal([]byte(c.was), &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.is), &is); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(lost(was, is, ""), "; "); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.was, c.is, got, c.want)
		}
	}
}

func decode(t *testing.T, path string) any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

// lost tells which keys of a document are gone in another, or have another type.
func lost(was, is any, at string) []string {
	switch was := was.(type) {
	case nil:
		return nil // it may become anything
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok {
			break
		}
		var out []string
		for key, value := range was {
			now, ok := is[key]
			if !ok {
				out = append(out, fmt.Sprintf("%s.%s is gone", at, key))
				continue
			}
			out = append(out, lost(value, now, at+"."+key)...)
		}
		return out
	case []any:
		is, ok := is.([]any)
		if !ok {
			break
		}
		var out []string
		for i, value := range was {
			if i == len(is) {
				return append(out, fmt.Sprintf("%s[%d] is gone", at, i))
			}
			out = append(out, lost(value, is[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return out
	}
	if x, y := fmt.Sprintf("%T", was), fmt.Sprintf("%T", is); x != y {
		return []string{fmt.Sprintf("%s was %s, and is %s", at, x, y)}
	}
	return nil
}
