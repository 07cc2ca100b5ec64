package steps

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
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
			if k.Self != nil {
				seen(t, k.Name+": self", k.Self)
			}
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

// seen tells of fields of self without a word of explanation.
func seen(t *testing.T, path string, of reflect.Type) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if strings.Count(path, ".") > 8 {
		return
	}
	for _, f := range expr.SelfFields(of) {
		if f.Doc == "" {
			t.Errorf("%s.%s has no doc", path, f.Name)
		}
		seen(t, path+"."+f.Name, f.Type)
	}
}

// TestKindsTellWhatTheyCouldDo holds what the steps of all scripts ask for against what explain says of their kinds.
func TestKindsTellWhatTheyCouldDo(t *testing.T) {
	asked := map[string]map[check.Capability]bool{}
	for _, k := range Kinds(Deps{}) {
		asked[k.Name] = map[check.Capability]bool{}
		for _, args := range stepsOf(t, k.Name) {
			own := k.New()
			if len(strict.Decode(&args, own, strict.Options{})) > 0 {
				continue // a script of mistakes
			}
			for _, c := range k.Needs(own) {
				if asked[k.Name][c] = true; !slices.Contains(k.Needs(k.New()), c) && !slices.Contains(k.Could, c) {
					t.Errorf("%s does not tell that it could ask for %q", k.Name, c)
				}
			}
		}
		for _, c := range k.Could {
			if !asked[k.Name][c] {
				t.Errorf("no step of kind %s asks for %q", k.Name, c)
			}
		}
	}
}

var verifyBlock = regexp.MustCompile("(?s)```verify\n(.*?)\n```")

// stepsOf returns the arguments of all steps of a kind in the scripts of kinds, and some that those do not have.
func stepsOf(t *testing.T, kind string) (out []yaml.Node) {
	t.Helper()
	files, err := filepath.Glob("../../testdata/steps/*/*.txtar")
	if err != nil || len(files) < 50 {
		t.Fatal(files, err)
	}
	blocks := []string{`
- dryrun: {kustomize: overlays/web}
- http: {url: "https://web.example/", method: POST, auth: {bearer: {secret: web/api}}}
- package: {type: pypi, name: web, ca: ca.pem, auth: {basic: {secret: web/api}}}
- registry: {url: "https://web.example", ca: ca.pem, pullSecret: web/regcred}
- image: {ref: web.example/web, ca: ca.pem, pullSecret: web/regcred}
`}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range verifyBlock.FindAllSubmatch(src, -1) {
			blocks = append(blocks, string(m[1]))
		}
	}
	for _, b := range blocks {
		var list []map[string]yaml.Node
		if yaml.Load([]byte(b), &list) != nil {
			continue
		}
		for _, step := range list {
			if args, ok := step[kind]; ok && args.Kind == yaml.MappingNode {
				out = append(out, args)
			}
		}
	}
	return out
}
