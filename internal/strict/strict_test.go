package strict

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// code stands for check.Code: a string type of its own.
type code string

type status struct{ word string }

func (s *status) UnmarshalNode(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || n.Value == "bad" {
		return fmt.Errorf("no status: %s", Describe(n))
	}
	s.word = n.Value
	return nil
}

func (*status) DescribeType() (string, map[string]any) {
	return "a status", map[string]any{"type": []any{"string", "number", "boolean"}}
}

type item struct {
	To    string `yaml:"to" required:"true" doc:"where to"`
	Level string `yaml:"level" enum:"low|high"`
}

type embedded struct {
	Deep int `yaml:"deep"`
}

type Pointed struct {
	Far string `yaml:"far"`
}

type args struct {
	embedded
	*Pointed
	Name    string            `yaml:"name"`
	Run     code              `yaml:"run"`
	On      bool              `yaml:"on"`
	Port    int               `yaml:"port"`
	Small   uint8             `yaml:"small"`
	Ratio   float64           `yaml:"ratio"`
	Wait    time.Duration     `yaml:"wait"`
	Words   []string          `yaml:"words"`
	Codes   []code            `yaml:"codes"`
	Items   []item            `yaml:"items"`
	Refs    []*item           `yaml:"refs"`
	One     item              `yaml:"one"`
	Opt     *string           `yaml:"opt"`
	OptItem *item             `yaml:"optItem"`
	Labels  map[string]string `yaml:"labels"`
	Each    map[string]item   `yaml:"each"`
	Any     any               `yaml:"any"`
	Raw     *yaml.Node        `yaml:"raw"`
	Status  status            `yaml:"status"`
	Stati   []status          `yaml:"stati"`
	Level   string            `yaml:"level" enum:"low|high"`
	Levels  []string          `yaml:"levels" enum:"low|high"`
	Hidden  string
}

func parse(t testing.TB, src string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(src), &n); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return &n
}

// told writes problems as "line:col code: message [hint]", one a line.
func told(ps []Problem) string {
	var out []string
	for _, p := range ps {
		s := fmt.Sprintf("%d:%d %s: %s", p.Node.Line, p.Node.Column, p.Code, p.Message)
		if p.Hint != "" {
			s += " [" + p.Hint + "]"
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestDecode(t *testing.T) {
	text := "x"
	for _, c := range []struct {
		GoCase, src string
		want        args
	}{
		{"nothing", "{}", args{}},
		{"the source text of a string", "name: 0123456", args{Name: "0123456"}},
		{"a string that reads like a date", "name: 2026-05-18", args{Name: "2026-05-18"}},
		{"a string that reads like true", "name: yes", args{Name: "yes"}},
		{"a named string type", "run: make", args{Run: "make"}},
		{"true as YAML 1.2 has it", "on: True", args{On: true}},
		{"numbers", "{port: -3, small: 255, ratio: 1e2}", args{Port: -3, Small: 255, Ratio: 100}},
		{"hexadecimal and octal", "{port: 0x1F, small: 0o17}", args{Port: 31, Small: 15}},
		{"a whole number for a fraction", "ratio: 2", args{Ratio: 2}},
		{"a duration", "wait: 1h30m", args{Wait: 90 * time.Minute}},
		{"a duration of days", "wait: 90d", args{Wait: 90 * 24 * time.Hour}},
		{"days and hours", "wait: 1d12h", args{Wait: 36 * time.Hour}},
		{"no duration at all", "wait: 0", args{}},
		{"a list", "words: [a, 1]", args{Words: []string{"a", "1"}}},
		{"a list of one", "words: a", args{Words: []string{"a"}}},
		{"an empty list is not nil", "words: []", args{Words: []string{}}},
		{"structs of one mapping", "items: {to: x}", args{Items: []item{{To: "x"}}}},
		{"pointers of one mapping", "refs: {to: x}", args{Refs: []*item{{To: "x"}}}},
		{"a pointer", "opt: x", args{Opt: &text}},
		{"a pointer to a struct", "optItem: {to: x}", args{OptItem: &item{To: "x"}}},
		{"an embedded struct", "deep: 3", args{embedded: embedded{3}}},
		{"an embedded pointer", "far: x", args{Pointed: &Pointed{"x"}}},
		{"a map", "labels: {a: 1, on: yes}", args{Labels: map[string]string{"a": "1", "on": "yes"}}},
		{"a map of structs", "each: {a: {to: x}}", args{Each: map[string]item{"a": {To: "x"}}}},
		{"a type that decodes itself", "stati: [2xx, 200]", args{Stati: []status{{"2xx"}, {"200"}}}},
		{"an alias", "{name: &a x, words: [*a]}", args{Name: "x", Words: []string{"x"}}},
		{"an alias as a key", "{name: &a name, labels: {*a : x}}", args{Name: "name", Labels: map[string]string{"name": "x"}}},
		{"an author's own key", "{x-own: [1], name: a}", args{Name: "a"}},
		{"null for anything", "any: ~", args{}},
		{"a choice", "{level: low, levels: [low, high]}", args{Level: "low", Levels: []string{"low", "high"}}},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			var got args
			if ps := Decode(parse(t, c.src), &got, Options{Free: "x-"}); len(ps) > 0 {
				t.Fatal(told(ps))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDefaultsStayAndAreNotShared(t *testing.T) {
	def := args{Name: "d", OptItem: &item{To: "d", Level: "low"}, Pointed: &Pointed{"d"}}
	got := def
	if ps := Decode(parse(t, "{optItem: {to: x}, far: y}"), &got, Options{}); len(ps) > 0 {
		t.Fatal(told(ps))
	}
	if got.Name != "d" || got.OptItem.To != "x" || got.OptItem.Level != "low" || got.Far != "y" {
		t.Errorf("got %+v", got)
	}
	if def.OptItem.To != "d" || def.Pointed.Far != "d" {
		t.Error("the default was written into")
	}
}

func TestTemplate(t *testing.T) {
	for _, c := range []struct{ GoCase, src, asked, problems string }{
		{"a string", "name: ${{ x }}", "string", ""},
		{"a number", "port: ${{ x }}", "int", ""},
		{"a choice", "level: ${{ x }}", "string", ""},
		{"code", "run: ${{ x }}", "strict.code", ""},
		{"a list of code is code", "codes: ${{ x }}", "strict.code", ""},
		{"code in a list", "codes: [a, '${{ x }}']", "strict.code strict.code", ""},
		{"a pointer", "opt: ${{ x }}", "string", ""},
		{"a map", "labels: ${{ x }}", "string", ""},
		{"anything", "any: {a: ['${{ x }}']}", "interface {}", ""},
		{"a type that decodes itself", "status: ${{ x }}", "strict.status", ""},
		{"a whole struct is not taken over", "one: ${{ x }}", "", `1:6 wrong-type: wanted a mapping with the keys to, level, found "${{ x }}"`},
		{"structs are not taken over", "items: ${{ x }}", "", `1:8 wrong-type: wanted a mapping with the keys to, level, found "${{ x }}"`},
		{"a node is taken as it is", "raw: ${{ x }}", "", ""},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			var asked []string
			var got args
			ps := Decode(parse(t, c.src), &got, Options{Template: func(n *yaml.Node, want reflect.Type) bool {
				asked = append(asked, want.String())
				return strings.Contains(n.Value, "${{")
			}})
			if strings.Join(asked, " ") != c.asked || told(ps) != c.problems {
				t.Errorf("asked about %v, told %s", asked, told(ps))
			}
		})
	}
}

func TestFormatDurationIsReadBack(t *testing.T) {
	for want, d := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "1h": time.Hour, "2m": 2 * time.Minute, "1h30m": 90 * time.Minute, "1h0m5s": time.Hour + 5*time.Second, "200ms": 200 * time.Millisecond, "0s": 0, "25h": 25 * time.Hour} {
		got := FormatDuration(d)
		if back, ok := ParseDuration(got); got != want || !ok || back != d {
			t.Errorf("%s: got %s, and %s back", want, got, back)
		}
	}
}
