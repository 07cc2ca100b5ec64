package steps

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

func TestMatchJSON(t *testing.T) {
	for _, row := range []struct{ name, want, got, out string }{
		{"subset", `{a: 1}`, `{"a":1,"b":2}`, ""},
		{"value", `{status: ok}`, `{"status":"down"}`, `json.status "ok", saw json.status "down"`},
		{"nothing", `{a: {b: 1}}`, `{"a":{}}`, `json.a.b 1, saw json.a.b nothing`},
		{"numbers", `{a: 1, b: 1.5, c: 2}`, `{"a":1.0,"b":15e-1,"c":2}`, ""},
		{"a number is no string", `{a: "1"}`, `{"a":1}`, `json.a "1", saw json.a 1`},
		{"a string is no number", `{a: 1}`, `{"a":"1"}`, `json.a 1, saw json.a "1"`},
		{"null is absent", `{a: null}`, `{}`, ""},
		{"null is null", `{a: null}`, `{"a":null}`, ""},
		{"null is not false", `{a: null}`, `{"a":false}`, `json.a null, saw json.a false`},
		{"odd keys", `{"a b": 1}`, `{"a b":2}`, `json["a b"] 1, saw json["a b"] 2`},
		{"an object", `{a: {}}`, `{"a":[]}`, `json.a an object, saw json.a []`},
		{"any object", `{a: {}}`, `{"a":{"b":1}}`, ""},
		{"containment", `[2, {a: 1}]`, `[{"a":1,"b":2},1,2]`, ""},
		{"each its own", `[1, 1]`, `[1,2,3]`, `json with 1, saw json has no such element among 3`},
		{"partners move on", `[{}, {a: 1}]`, `[{"a":1},{"b":2}]`, ""},
		{"by place", `[{a: 1}, {a: 2}]`, `[{"a":1},{"a":3}]`, `json[1].a 2, saw json[1].a 3`},
		{"empty", `[]`, `[1]`, `json an empty list, saw json with 1 element`},
		{"a list", `[1]`, `{"0":1}`, `json a list, saw json {"0":1}`},
		{"two", `{a: 1, b: 2}`, `{}`, `json.a 1, saw json.a nothing; json.b 2, saw json.b nothing`},
		{"no HTML escapes", `{a: "<>"}`, `{"a":"&"}`, `json.a "<>", saw json.a "&"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var node yaml.Node
			var want any
			if err := yaml.Unmarshal([]byte(row.want), &node); err != nil {
				t.Fatal(err)
			}
			strict.Decode(node.Content[0], &want, strict.Options{})
			got, err := parseJSON([]byte(row.got))
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, m := range matchJSON("json", want, got) {
				out = append(out, fmt.Sprintf("%s, saw %s", m.Want, m.Saw))
			}
			if s := strings.Join(out, "; "); s != row.out {
				t.Errorf("\n got %s\nwant %s", s, row.out)
			}
		})
	}
}

// TestMatchJSONProperties: a value holds itself, whatever the order of its lists, and a changed scalar is found.
func TestMatchJSONProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := jsonValue(3).Draw(t, "value")
		if ms := matchJSON("json", v, reversed(v)); len(ms) > 0 {
			t.Fatalf("%s lacks itself: %v", jsonText(v), ms)
		}
		want := map[string]any{"key": v, "other": "wanted"}
		if ms := matchJSON("json", want, map[string]any{"key": v, "other": "seen", "more": v}); len(ms) != 1 {
			t.Fatalf("%v", ms)
		}
	})
}

func jsonValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 3+2*min(depth, 1)).Draw(t, "kind") {
		case 0:
			return rapid.Int64Range(-1e9, 1e9).Draw(t, "n")
		case 1:
			return rapid.String().Draw(t, "s")
		case 2:
			return rapid.Bool().Draw(t, "b")
		case 3:
			return nil
		case 4:
			return rapid.SliceOfN(jsonValue(depth-1), 0, 4).Draw(t, "list")
		}
		return rapid.MapOfN(rapid.String(), jsonValue(depth-1), 0, 4).Draw(t, "map")
	})
}

// reversed turns all lists of v around.
func reversed(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[len(v)-1-i] = reversed(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key := range v {
			out[key] = reversed(v[key])
		}
		return out
	}
	return v
}

func TestParseJSONRefuses(t *testing.T) {
	for _, s := range []string{"", "{", "{} {}", "[] x", "nul"} {
		if v, err := parseJSON([]byte(s)); err == nil {
			t.Errorf("%q is read as %v", s, v)
		}
	}
}
