package strict

import (
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestAny(t *testing.T) {
	for _, c := range []struct {
		src     string
		want    any
		warning string
	}{
		{"~", nil, ""},
		{"''", "", ""},
		{"true", true, ""},
		{"FALSE", false, ""},
		{"'true'", "true", ""},
		{"1", int64(1), ""},
		{"-0x1f", int64(-31), ""},
		{"0o17", int64(15), ""},
		{"'1'", "1", ""},
		{"!!str 1", "1", ""},
		{"1.5", 1.5, ""},
		{"1e3", 1000.0, ""},
		{".inf", ".inf", ""},
		{".nan", ".nan", ""},
		{"2026-05-18", "2026-05-18", ""},
		{"12:30", "12:30", ""},
		{"!own x", "x", ""},
		{"0644", int64(420), "0644 is read as the number 420"},
		{"08", 8.0, "08 is read as the number 8"},
		{"1_000", int64(1000), "1_000 is read as the number 1000"},
		{"99999999999999999999", 1e20, "99999999999999999999 is read as the number 1e+20"},
		{"yes", "yes", "yes is read as a string, not as true or false"},
		{"!!bool yes", "yes", "yes is read as a string, not as true or false"},
		{"'yes'", "yes", ""},
		{"!!str off", "off", ""},
		{"{a: [1, {b: ~}], 2: x}", map[string]any{"a": []any{int64(1), map[string]any{"b": nil}}, "2": "x"}, ""},
		{"[&a {b: 1}, *a]", []any{map[string]any{"b": int64(1)}, map[string]any{"b": int64(1)}}, ""},
		{"[]", []any{}, ""},
		{"{}", map[string]any{}, ""},
	} {
		t.Run(c.src, func(t *testing.T) {
			var got any = "old"
			ps := Decode(parse(t, c.src), &got, Options{})
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
			switch {
			case c.warning == "" && len(ps) > 0, c.warning != "" && (len(ps) != 1 || ps[0].Message != c.warning || !ps[0].Warning || ps[0].Code != "ambiguous-scalar"):
				t.Errorf("told %+v", ps)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	for src, want := range map[string]string{"{}": "a mapping", "[]": "a list", "~": "nothing", "''": `""`, "a": `"a"`} {
		n := parse(t, src).Content[0]
		if got := Describe(n); got != want || Describe(&yaml.Node{Kind: yaml.AliasNode, Alias: n}) != want {
			t.Errorf("%s is described as %s", src, got)
		}
	}
	if Describe(&yaml.Node{}) != "no value" || IsNull(&yaml.Node{}) {
		t.Error("a node of no kind has no value")
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"name: x", "&a [*a]", bomb(3), "items: {to: x}", "any: {a: 0644, <<: {b: 1}}", "? [a]\n: b", "wait: 1d12h", "wait: 1d+3h", "port: !!int '3'",
		"labels: {~: 1}", "level: &a [*a]", "raw: &b {c: *b}", "on: \xff", "far: x", "small: -0", "ratio: 0x1p-2", "name: {a: b}", "wait: d", "wait: -d", "{*a : b}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var n yaml.Node
		if yaml.Unmarshal([]byte(src), &n) != nil {
			return
		}
		for _, into := range []any{new(args), new(any), new(map[string]args), new([][]item)} {
			for _, p := range Decode(&n, into, Options{Free: "x-", Template: func(n *yaml.Node, _ reflect.Type) bool { return strings.Contains(n.Value, "$") }}) {
				if p.Node == nil || p.Code == "" || p.Message == "" {
					t.Fatalf("%+v", p)
				}
			}
		}
	})
}
