package steps

import (
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// TestEveryKindIsWhole holds what explain, the schema and the runner rest on.
func TestEveryKindIsWhole(t *testing.T) {
	kinds := Kinds(Deps{})
	if _, err := check.NewRegistry(kinds...); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		t.Run(k.Name, func(t *testing.T) {
			var step map[string]yaml.Node
			if err := yaml.Load([]byte(k.Example), &step); err != nil {
				t.Fatalf("the example is no step: %v", err)
			}
			node, ok := step[k.Name]
			if !ok {
				t.Fatalf("the example is none of this kind: %s", k.Example)
			}
			args := k.New()
			for _, p := range strict.Decode(&node, args, strict.Options{}) {
				t.Errorf("the example: %s", p.Message)
			}
			for _, p := range k.Check(args) {
				t.Errorf("the example: %s", p.Message)
			}
			if len(k.Needs(args)) == 0 {
				t.Error("it says nothing of what it may do")
			}
			if k.Bare != "" && !hasField(k.Args, k.Bare) {
				t.Errorf("a bare value would set %q, which is no field", k.Bare)
			}
			if k.Self == nil && k.SelfDoc == "" {
				t.Error("nobody knows what self is")
			}
			documented(t, k.Name, k.Args)
		})
	}
}

func hasField(t reflect.Type, name string) bool {
	for _, f := range strict.Fields(t) {
		if f.Name == name {
			return true
		}
	}
	return false
}

// documented tells of fields without a word of explanation.
func documented(t *testing.T, path string, of reflect.Type) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || strings.Count(path, ".") > 8 {
		return
	}
	for _, f := range strict.Fields(of) {
		if f.Doc == "" {
			t.Errorf("%s.%s has no doc", path, f.Name)
		}
		documented(t, path+"."+f.Name, f.Type)
	}
}
