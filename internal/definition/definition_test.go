package definition

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

type lookArgs struct {
	URL    string         `yaml:"url" required:"true" doc:"where"`
	Status int            `yaml:"status" doc:"what"`
	Fast   *bool          `yaml:"fast" doc:"how"`
	Names  []string       `yaml:"names" doc:"who"`
	Wait   time.Duration  `yaml:"wait" doc:"how long"`
	JSON   map[string]any `yaml:"json" doc:"what it has"`
	Run    check.Code     `yaml:"run" doc:"what runs"`
}

func known(t testing.TB) *check.Registry {
	t.Helper()
	r, err := check.NewRegistry(check.Define(check.Spec[lookArgs]{
		Name: "look", Doc: "Looks.", Example: "look: {url: x}", Bare: "url", Default: lookArgs{Status: 200},
		CapsOf: func(a lookArgs) []check.Capability {
			if a.Run != "" {
				return []check.Capability{check.RunsCode}
			}
			return []check.Capability{check.Network}
		},
		Check: func(a lookArgs) []check.Problem {
			if !strings.Contains(a.URL, "://") {
				return []check.Problem{{Path: []any{"url"}, Message: "no URL"}}
			}
			return nil
		},
		Target: func(a lookArgs) string { return a.URL },
		Look: func(_ context.Context, _ check.Site, a lookArgs) (check.Result, error) {
			fast := "unset"
			if a.Fast != nil {
				fast = fmt.Sprint(*a.Fast)
			}
			return check.Result{OK: true, Saw: fmt.Sprintf("%s %d %s %q %s %v", a.URL, a.Status, fast, a.Names, a.Wait, a.JSON)}, nil
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// define reads `kinds` as a configuration has them.
func define(t testing.TB, src string) ([]check.Kind, []string) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		t.Fatal(err)
	}
	var sources []Source
	m := doc.Content[0]
	for i := 0; i+1 < len(m.Content); i += 2 {
		sources = append(sources, Source{Name: m.Content[i].Value, Key: m.Content[i], Value: m.Content[i+1], At: func(n *yaml.Node) text.Pos {
			return text.Pos{File: "c", Line: n.Line, Col: n.Column}
		}})
	}
	kinds, diags := Kinds(sources, known(t), []string{"name", "within"})
	var out []string
	for _, d := range diags {
		out = append(out, fmt.Sprintf("%d:%d %s", d.Pos.Line, d.Pos.Col, d.Message))
	}
	return kinds, out
}

// step decodes a step's value for a kind, and says what is wrong with it or what the look saw.
func step(t testing.TB, k check.Kind, src string) string {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		t.Fatal(err)
	}
	args := k.New()
	for _, p := range strict.Decode(bare(k, doc.Content[0]), args, strict.Options{}) {
		return p.Message
	}
	for _, p := range k.Check(args) {
		return fmt.Sprintf("%v %s (%s:%d:%d)", p.Path, p.Message, p.In.File, p.In.Line, p.In.Col)
	}
	r, err := k.Look(t.Context(), check.Site{}, args)
	if err != nil {
		return err.Error()
	}
	return r.Saw
}

func TestKind(t *testing.T) {
	const full = `
health:
  doc: It is healthy.
  params: {host: null, port: 443, code: {type: integer}, fast: {type: boolean}, names: [a], wait: {type: duration, default: 1m}, level: {enum: [low, high], default: low}}
  look: {url: "https://${{ params.host }}:${{params.port}}/", status: "${{ params.code }}", fast: "${{ params.fast }}", names: "${{ params.names }}", wait: "${{ params.wait }}", json: {level: "${{ params.level }}", port: "${{ params.port }}"}}
short: {look: "${{ params.url }}"}
`
	kinds, diags := define(t, full)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, tt := range []struct {
		name string
		kind int
		args string
		want string
	}{
		{"Defaults", 0, "{host: a}", `https://a:443/ 200 unset ["a"] 1m0s map[level:low port:443]`},
		{"All", 0, "{host: 0123, port: 80, code: 404, fast: false, names: [x, 'y,z'], wait: 2m, level: high}", `https://0123:80/ 404 false ["x" "y,z"] 2m0s map[level:high port:80]`},
		{"Missing", 0, "{port: 80}", `the key "host" is missing`},
		{"Unknown", 0, "{host: a, prot: 80}", `no key "prot" here`},
		{"Type", 0, "{host: a, port: many}", `wanted a whole number, found "many"`},
		{"Choice", 0, "{host: a, level: middle}", `"middle" is no value of level`},
		{"Bare", 1, "https://b/", `https://b/ 200 unset [] 0s map[]`},
		{"BadValue", 1, "b", `[url] no URL (c:6:15)`},
		{"NoExpansion", 1, `"https://${{ params.url }}/"`, `https://${{ params.url }}/ 200 unset [] 0s map[]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := step(t, kinds[tt.kind], tt.args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	k := kinds[0]
	if k.Doc != "It is healthy." || k.Of() != "look" || k.Example != "health: {host: …}" || !slices.Equal(k.Needs(k.New()), []check.Capability{check.Network}) {
		t.Errorf("the kind is %+v", k)
	}
}

func TestDefinitionOfADigest(t *testing.T) {
	text := func(src string) string {
		kinds, diags := define(t, src)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		return kinds[0].Definition
	}
	one := text(`a: {doc: x, look: {url: "https://${{ params.h }}/", status: 200}}`)
	if same := text("# a comment\na:\n  look:\n    status: 200\n    url: 'https://${{ params.h }}/'\n  doc: other words\n"); same != one {
		t.Errorf("layout counts:\n%s\n%s", one, same)
	}
	for _, other := range []string{
		`a: {look: {url: "https://${{ params.h }}/", status: 201}}`, `b: {look: {url: "https://${{ params.h }}/", status: 200}}`,
		`a: {params: {h: x}, look: {url: "https://${{ params.h }}/", status: 200}}`,
	} {
		if text(other) == one {
			t.Errorf("%s is the same", other)
		}
	}
}

func TestBadDefinitions(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"Name", `Web: {look: "a://b"}`, `1:1 kinds.Web: this is no name of a kind`},
		{"Taken", `look: {look: "a://b"}`, `1:1 kinds.look: there is a kind of that name`},
		{"Common", `within: {look: "a://b"}`, `1:1 kinds.within: every step has a key of that name`},
		{"NoMapping", `a: look`, `1:4 kinds.a: wanted a mapping of a kind to its arguments, found "look"`},
		{"NoKind", `a: {doc: x}`, `1:4 kinds.a: it is made of no kind`},
		{"TwoKinds", `a: {look: "a://b", lock: x}`, `1:20 kinds.a: a kind is made of one kind, and this has "look" and "lock"`},
		{"UnknownKind", `a: {lok: x}`, `1:5 kinds.a: no kind of step "lok"`},
		{"OwnKind", `{a: {look: "a://b"}, b: {a: x}}`, `1:26 kinds.b: no kind of step "a"`},
		{"UnknownField", `a: {look: {url: "a://b", sttus: 1}}`, `1:26 kinds.a: no key "sttus" here`},
		{"BadValue", `a: {look: {url: b}}`, `1:17 kinds.a: look: no URL`},
		{"Code", `a: {look: {url: "a://b", run: "echo ${{ params.x }}"}}`, `1:31 kinds.a: ${{ }} cannot be used in a command or a query`},
		{"OtherExpression", `a: {look: {url: "a://${{ rec.x }}"}}`, `1:17 kinds.a: only ${{ params.NAME }} can stand here, and this is ${{ rec.x }}`},
		{"Secret", `a: {look: {url: "a://web:hunter2@${{ params.h }}/"}}`, `1:17 kinds.a: a secret is written into the configuration`},
		{"Unclosed", `a: {look: {url: "a://${{ params.x"}}`, `1:17 kinds.a: ${{ without }}`},
		{"InKey", `a: {look: {url: "a://b", json: {"${{ params.x }}": 1}}}`, `1:33 kinds.a: ${{ }} cannot be used in a key`},
		{"Undeclared", `a: {params: {host: null}, look: {url: "a://${{ params.hots }}/${{ params.host }}"}}`, `1:39 kinds.a: params has no "hots"`},
		{"Unused", `a: {params: {host: null}, look: {url: "a://b"}}`, `1:14 kinds.a: the parameter "host" is used nowhere`},
		{"OptionalInText", `a: {params: {h: {doc: x}}, look: {url: "a://${{ params.h }}/"}}`, `1:40 kinds.a: the parameter "h" is part of a text here, and may be left out`},
		{"ParamName", `a: {params: {a-b: null}, look: {url: "a://b"}}`, `1:14 kinds.a: "a-b" cannot be the name of a parameter`},
		{"ParamType", `a: {params: {h: {type: text}}, look: {url: "${{ params.h }}"}}`, `1:24 kinds.a: "text" is no value of type`},
		{"RequiredWithDefault", `a: {params: {h: {required: true, default: x}}, look: {url: "${{ params.h }}"}}`, `1:17 kinds.a: what is required needs no default`},
		{"DefaultType", `a: {params: {h: {type: integer, default: x}}, look: {url: "${{ params.h }}"}}`, `1:42 kinds.a: wanted a whole number, found "x"`},
		{"DefaultChoice", `a: {params: {h: {enum: [x], default: y}}, look: {url: "${{ params.h }}"}}`, `1:38 kinds.a: the default is none of enum`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, diags := define(t, tt.src); strings.Join(diags, "; ") != tt.want && !(tt.name == "ParamType" && strings.HasPrefix(strings.Join(diags, "; "), tt.want)) {
				t.Errorf("got  %s\nwant %s", strings.Join(diags, "; "), tt.want)
			}
		})
	}
}

// TestCapabilities holds that a kind can do no more than what it is made of.
func TestCapabilities(t *testing.T) {
	kinds, diags := define(t, `a: {look: {url: "${{ params.u }}", run: echo}}`)
	if len(diags) > 0 || !slices.Equal(kinds[0].Needs(kinds[0].New()), []check.Capability{check.RunsCode}) {
		t.Error(diags)
	}
}

// TestNothingOfTheBaseIsLost holds that a kind has each function that the kind has which it is made of.
func TestNothingOfTheBaseIsLost(t *testing.T) {
	base := check.Define(check.Spec[lookArgs]{
		Name: "whole", Doc: "Has all.", Example: "whole: {url: x}",
		Look:    func(context.Context, check.Site, lookArgs) (check.Result, error) { return check.Result{}, nil },
		Wake:    func(context.Context, check.Site, lookArgs) (<-chan struct{}, error) { return nil, nil },
		RulesAt: func(context.Context, check.Site, lookArgs) ([]check.Rule, error) { return nil, nil },
	})
	d := &definition{Source: Source{Name: "a", Value: &yaml.Node{Kind: yaml.MappingNode}, At: func(*yaml.Node) text.Pos { return text.Pos{} }}, base: base, args: &yaml.Node{Kind: yaml.MappingNode}}
	is, was := reflect.ValueOf(d.build()), reflect.ValueOf(base)
	for i := range was.NumField() {
		if name := was.Type().Field(i).Name; name == "Draft" || name == "Aimed" {
			continue // a target is one of the base, not of what is made of it
		}
		if f := was.Field(i); f.Kind() == reflect.Func && (f.IsNil() || is.Field(i).IsNil()) {
			t.Errorf("%s is lost, or this test does not give it to the base", was.Type().Field(i).Name)
		}
	}
}
