package strict

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func compile(t *testing.T, def any) (*jsonschema.Schema, string) {
	t.Helper()
	s := Schema(reflect.TypeOf(def), "x-", reflect.ValueOf(def))
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	src, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("args.json", doc); err != nil {
		t.Fatal(err)
	}
	out, err := c.Compile("args.json")
	if err != nil {
		t.Fatal(err)
	}
	return out, string(src)
}

// asJSON is what an editor's YAML reader makes of src; dates stay text.
func asJSON(t *testing.T, src string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(src), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What Decode accepts the schema accepts; and what the first word says here both agree on.
func TestSchemaAgreesWithDecode(t *testing.T) {
	schema, _ := compile(t, args{})
	for _, c := range []struct{ accepted, src string }{
		{"yes", "{}"},
		{"yes", "name: x"},
		{"yes", "name: 1"},
		{"yes", "name: true"},
		{"yes", "run: make"},
		{"yes", "on: True"},
		{"yes", "port: 0x1F"},
		{"yes", "port: -0"},
		{"yes", "port: ${{ x }}"},
		{"yes", "on: ${{ x }}"},
		{"yes", "ratio: 1"},
		{"yes", "ratio: ${{ x }}"},
		{"yes", "wait: 1h30m"},
		{"yes", "wait: 90d"},
		{"yes", "wait: 1d12h"},
		{"yes", "wait: 0"},
		{"yes", "wait: 1.5s"},
		{"yes", "wait: ${{ x }}"},
		{"yes", "words: a"},
		{"yes", "words: [a, 1]"},
		{"yes", "words: ${{ x }}"},
		{"yes", "items: {to: x}"},
		{"yes", "items: [{to: x}]"},
		{"yes", "refs: {to: x}"},
		{"yes", "opt: x"},
		{"yes", "labels: {a: 1}"},
		{"yes", "labels: ${{ x }}"},
		{"yes", "each: {a: {to: x}}"},
		{"yes", "any: {a: [~]}"},
		{"yes", "any: ~"},
		{"yes", "raw: {a: 1}"},
		{"yes", "status: 200"},
		{"yes", "stati: [200, 2xx]"},
		{"yes", "level: low"},
		{"yes", "level: ${{ x }}"},
		{"yes", "levels: low"},
		{"yes", "levels: [low]"},
		{"yes", "x-own: {a: 1}"},
		{"yes", "deep: 1"},
		{"yes", "far: x"},
		{"yes", "small: 3"},
		{"no", "nmae: x"},
		{"no", "one: {too: x}"},
		{"no", "items: [{to: x, q: 1}]"},
		{"no", "one: {}"},
		{"no", "name: [a]"},
		{"no", "name: ~"},
		{"no", "on: yes"},
		{"no", "on: 1"},
		{"no", "port: x"},
		{"no", "port: 1.5"},
		{"no", "wait: 30"},
		{"no", "wait: 1w"},
		{"no", "wait: '30'"},
		{"no", "words: {a: 1}"},
		{"no", "labels: [a]"},
		{"no", "items: x"},
		{"no", "items: ${{ x }}"},
		{"no", "one: ${{ x }}"},
		{"no", "level: x"},
		{"no", "levels: [x]"},
		{"no", "Hidden: x"},
		{"no", "[]"},
	} {
		ps := Decode(parse(t, c.src), &args{}, Options{Free: "x-", Template: func(n *yaml.Node, _ reflect.Type) bool { return strings.Contains(n.Value, "${{") }})
		err := schema.Validate(asJSON(t, c.src))
		if (len(ps) == 0) != (c.accepted == "yes") || (err == nil) != (c.accepted == "yes") {
			t.Errorf("%s: accepted %s, Decode says %q, the schema %v", c.src, c.accepted, told(ps), err)
		}
	}
}

func TestSchemaTellsDefaultsAndDocs(t *testing.T) {
	s := "x"
	_, src := compile(t, args{Port: 80, Wait: 30 * time.Second, Run: "make", Level: "low", Opt: &s, OptItem: &item{Level: "high"}})
	for _, want := range []string{`"default":80`, `"default":"30s"`, `"default":"make"`, `"default":"low"`, `"default":"x"`, `"default":"high"`, `"description":"where to"`} {
		if !strings.Contains(src, want) {
			t.Errorf("%s is not in %s", want, src)
		}
	}
}

func TestSchemaOfATypeThatHoldsItself(t *testing.T) {
	type tree struct {
		Name  string  `yaml:"name" enum:"true|7|x"`
		Under []*tree `yaml:"under"`
	}
	schema, _ := compile(t, tree{})
	for _, src := range []string{"{name: true, under: [{name: 7, under: {name: x}}]}", "under: {name: x}"} {
		if err := schema.Validate(asJSON(t, src)); err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if ps := Decode(parse(t, src), &tree{}, Options{}); len(ps) > 0 {
			t.Errorf("%s: %s", src, told(ps))
		}
	}
}

func TestTypeWords(t *testing.T) {
	want := map[string]string{
		"name": "a string", "run": "a string", "on": "true or false", "port": "a whole number", "small": "a whole number", "ratio": "a number", "wait": "a duration",
		"words": "a list, each a string", "items": "a list, each a mapping", "one": "a mapping", "opt": "a string", "labels": "a mapping of names, each a string",
		"any": "any value", "raw": "any value", "status": "a status", "level": "low | high",
	}
	for _, f := range Fields(reflect.TypeFor[args]()) {
		if w := want[f.Name]; w != "" && f.TypeWords() != w {
			t.Errorf("%s takes %q, want %q", f.Name, f.TypeWords(), w)
		}
	}
}

func TestFieldsOfEmbeddedStructs(t *testing.T) {
	type Own struct {
		Inner string `yaml:"inner"`
	}
	type outer struct {
		Own      `yaml:"own"`
		*Pointed `yaml:",inline"`
		Skipped  string `yaml:"-"`
		private  string
	}
	o := outer{private: "x"}
	fields := Fields(reflect.TypeOf(o))
	if len(fields) != 2 || fields[0].Name != "own" || fields[1].Name != "far" {
		t.Errorf("got %+v", fields)
	}
	if got := fields[1].Value(reflect.ValueOf(o)); got.String() != "" {
		t.Errorf("a nil pointer on the way gives %v", got)
	}
}
