package expr

import (
	"encoding/json"
	"math"
	"net/netip"
	"reflect"
	"testing"
	"time"
)

type base struct {
	Shared string `json:"shared"`
}

type named struct {
	Own string `json:"own"`
}

func TestPlain(t *testing.T) {
	at := time.Date(2026, 5, 18, 0, 0, 0, 0, time.UTC)
	type custom string
	for _, c := range []struct {
		GoCase   string
		in, want any
	}{
		{"nil", nil, nil},
		{"a nil pointer", (*pod)(nil), nil},
		{"a nil list is an empty one", []string(nil), []any{}},
		{"a struct by its json tags", &pod{"a", "b"}, map[string]any{"name": "a", "phase": "b"}},
		{"what has no tag is not to be seen", struct {
			A int
			B int `json:"-"`
		}{1, 2}, map[string]any{}},
		{"what is empty and omitted is absent", struct {
			A string   `json:"a,omitempty"`
			B []string `json:"b,omitempty"`
			C int      `json:"c"`
		}{B: []string{}}, map[string]any{"c": int64(0)}},
		{"an embedded struct is flattened", struct{ base }{base{"x"}}, map[string]any{"shared": "x"}},
		{"an embedded pointer that is nil is absent", struct{ *base }{}, map[string]any{}},
		{"an embedded struct with a name is nested", struct {
			Named named `json:"named"`
		}{named{"x"}}, map[string]any{"named": map[string]any{"own": "x"}}},
		{"times and durations stay", []any{at, time.Minute}, []any{at, time.Minute}},
		{"whole numbers", []any{int8(1), uint16(2), uint64(math.MaxUint64)}, []any{int64(1), int64(2), uint64(math.MaxUint64)}},
		{"a named string", custom("x"), "x"},
		{"bytes are text", []byte("hi"), "hi"},
		{"a JSON number", []json.Number{"1", "1.5"}, []any{int64(1), 1.5}},
		{"what marshals itself to text", netip.MustParseAddr("10.0.0.1"), "10.0.0.1"},
		{"a map with other keys", map[int]string{1: "a"}, map[string]any{"1": "a"}},
		{"a map of anything", map[string]any{"a": nil, "b": []any{1}}, map[string]any{"a": nil, "b": []any{int64(1)}}},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			if got := Plain(c.in); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestNative(t *testing.T) {
	for _, c := range []struct {
		src  string
		want any
	}{
		{`null`, nil},
		{`true`, true},
		{`1`, int64(1)},
		{`1u`, int64(1)},
		{`18446744073709551615u`, uint64(math.MaxUint64)},
		{`1.5`, 1.5},
		{`"ä"`, "ä"},
		{`b"ä"`, "ä"},
		{`[1, [2]]`, []any{int64(1), []any{int64(2)}}},
		{`{"a": {1: true}}`, map[string]any{"a": map[string]any{"1": true}}},
		{`timestamp("2026-05-18T10:00:00.5Z")`, "2026-05-18T10:00:00.5Z"},
		{`duration("90s")`, "1m30s"},
		{`type(1)`, "int"},
		{`optional.of(1)`, int64(1)},
		{`optional.none()`, nil},
		{`quantity("1Gi")`, "1Gi"},
		{`ip("::1")`, "::1"},
		{`self.first`, map[string]any{"name": "a", "phase": "Running"}},
	} {
		if got, err := eval(t, c.src); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s is %#v, %v", c.src, got, err)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{"a <b> & c", "a <b> & c"},
		{nil, "null"},
		{int64(1), "1"},
		{1.0, "1"},
		{math.NaN(), "NaN"},
		{[]any{"<b>", int64(1)}, `["<b>",1]`},
		{map[string]any{"b": 1, "a": 2}, `{"a":2,"b":1}`},
	} {
		if got := Text(c.in); got != c.want {
			t.Errorf("Text(%v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSelfFields(t *testing.T) {
	fields := SelfFields(reflect.TypeFor[*seen]())
	if len(fields) != 11 || fields[0].Name != "status" || fields[0].Doc != "the status code" || SelfFields(nil) != nil || SelfFields(reflect.TypeFor[[]pod]()) != nil {
		t.Errorf("got %+v", fields)
	}
}

// node holds itself, as a tree does.
type node struct {
	Name  string `json:"name"`
	Under []node `json:"under"`
}

func TestASelfThatHoldsItself(t *testing.T) {
	p, problems := NewCompiler().Compile(`self.under[0].under[0].name == "c"`, reflect.TypeFor[node](), Bool)
	if p == nil {
		t.Fatal(problems)
	}
	self := Plain(node{"a", []node{{"b", []node{{"c", nil}}}}})
	if ok, err := p.EvalBool(t.Context(), Vars{Self: self}); !ok || err != nil {
		t.Errorf("is %v, %v", ok, err)
	}
}

func TestTypesOfOneNameAreTwo(t *testing.T) {
	type pod struct {
		Other int `json:"other"`
	}
	self := reflect.TypeFor[struct {
		A pod    `json:"a"`
		B []seen `json:"b"`
	}]()
	if p, problems := NewCompiler().Compile(`self.a.other == 1 && self.b[0].first.name == ""`, self, Bool); p == nil {
		t.Error(problems)
	}
}
