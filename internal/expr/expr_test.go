package expr

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"
)

type pod struct {
	Name  string `json:"name"`
	Phase string `json:"phase"`
}

type cert struct {
	NotAfter time.Time `json:"notAfter"`
}

type seen struct {
	Status int               `json:"status" doc:"the status code"`
	Ratio  float64           `json:"ratio"`
	Body   string            `json:"body"`
	Labels map[string]string `json:"labels"`
	Pods   []pod             `json:"pods"`
	First  pod               `json:"first"`
	Cert   *cert             `json:"cert"`
	At     time.Time         `json:"at"`
	Took   time.Duration     `json:"took"`
	Note   string            `json:"note,omitempty"`
	Object any               `json:"object"`
}

var seenType = reflect.TypeFor[seen]()

func vars() Vars {
	at := time.Date(2026, 5, 18, 10, 0, 0, 0, time.UTC)
	return Vars{
		Self: Plain(seen{
			Status: 503, Ratio: 1, Body: "hällo <b>", Labels: map[string]string{"app": "web"},
			Pods: []pod{{"a", "Running"}, {"b", "Pending"}}, First: pod{"a", "Running"}, At: at, Took: 90 * time.Second,
			Object: map[string]any{"replicas": int64(2), "ratio": 1.0, "list": []any{int64(1), "x", 2.5}, "none": nil},
		}),
		Rec:       map[string]any{"host": "web"},
		Tasks:     map[string]map[string]any{"T03": {"address": "10.0.0.1"}},
		Decisions: map[string]map[string]string{"D-01": {"choice": "D"}},
		Plan:      map[string]any{"title": "Web"}, Env: map[string]string{"HOME": "/root"}, Now: at.Add(time.Hour),
	}
}

// eval compiles src over seen and evaluates it.
func eval(t *testing.T, src string) (any, error) {
	t.Helper()
	p, problems := NewCompiler().Compile(src, seenType, Any)
	if p == nil {
		t.Fatalf("%s: %v", src, problems)
	}
	return p.Eval(context.Background(), vars())
}

func TestTrue(t *testing.T) {
	for _, src := range []string{
		`self.status == 503`, `self.ratio == 1.0`, `self.status > 500.5`, `self.ratio >= 1`, `size(self.body) == 9`,
		`self.labels.app == "web"`, `"app" in self.labels`, `!has(self.labels.tier)`, `!has(self.note)`,
		`self.pods[1].phase == "Pending"`, `self.pods.exists(p, p.phase == "Running")`, `self.cert == null`,
		`self.object.replicas == 2`, `self.object.replicas == 2.0`, `self.object.ratio == 1`, `self.object.replicas != "2"`,
		`self.object.list == [1, "x", 2.5]`, `self.object == {"replicas": 2, "ratio": 1.0, "list": [1, "x", 2.5], "none": null}`,
		`self.object.?nope.orValue(7) == 7`, `optional.none().orValue(1) == 1`, `self.object.none == null`,
		`self.took < duration("2m")`, `now - self.at == duration("1h")`, `self.at.getFullYear() == 2026`,
		`rec.host == "web"`, `tasks.T03.address == "10.0.0.1"`, `decisions["D-01"].choice == "D"`, `plan.title == "Web"`, `env.HOME == "/root"`,
		// the library of Kubernetes
		`quantity("1Gi").isGreaterThan(quantity("100Mi"))`, `ip("10.0.0.1").family() == 4`, `cidr("10.0.0.0/8").containsIP(rec.host + "") || true`,
		`cidr("10.0.0.0/8").containsIP(tasks.T03.address)`, `semver("1.2.3").isLessThan(semver("1.10.0"))`,
		`url("https://a.b/c").getHost() == "a.b"`, `"abc123".find("[0-9]+") == "123"`, `"a1b2".findAll("[0-9]") == ["1", "2"]`,
		`[1, 2, 3].isSorted() && [1, 2].sum() == 3 && [1, 5].max() == 5`, `!format.dns1123Label().validate("web").hasValue()`,
		`sets.contains([1, 2], [2])`, `"a,b".split(",") == ["a", "b"]`, `["a", "b"].join("-") == "a-b"`, `" x ".trim() == "x"`,
		`"%s has %d".format(["a", 2]) == "a has 2"`, `[1, 2].all(i, v, v > i)`, `{"a": 1}.transformList(k, v, k) == ["a"]`,
		`[3, 1].sort() == [1, 3]`, `[[1], [2]].flatten() == [1, 2]`, `lists.range(2) == [0, 1]`,
	} {
		if out, err := eval(t, src); err != nil || out != true {
			t.Errorf("%s is %v, %v", src, out, err)
		}
	}
}

func TestEveryExpressionOfATypedSelfWorksOnADynamicOne(t *testing.T) {
	c := NewCompiler()
	for _, src := range []string{`self.status == 503`, `self.pods.all(p, p.name != "")`, `self.ratio == 1`, `self.at < now`} {
		p, problems := c.Compile(src, nil, Bool)
		if p == nil {
			t.Errorf("%s: %v", src, problems)
			continue
		}
		if ok, err := p.EvalBool(t.Context(), vars()); !ok || err != nil {
			t.Errorf("%s is %v, %v", src, ok, err)
		}
	}
}

func TestSaw(t *testing.T) {
	for _, c := range []struct{ GoCase, src, want string }{
		{"a comparison", `self.first.phase == "Pending"`, `self.first.phase is "Running"`},
		{"either side", `200 == self.status`, `self.status is 503`},
		{"a size", `size(self.pods) == 3`, `size(self.pods) is 2`},
		{"a method", `self.body.startsWith("x")`, `self.body is "hällo <b>"`},
		{"membership", `self.status in [200, 204]`, `self.status is 503`},
		{"a map compared with a literal", `self.labels == {"app": "x"}`, `self.labels is {"app":"web"}`},
		{"no HTML escapes", `self.object.list == [self.body]`, `self.object.list is [1,"x",2.5]`},
		{"the part of && that is false", `self.first.name == "a" && self.status == 200`, `self.status is 503`},
		{"both parts of ||", `self.status == 200 || self.body == ""`, `self.status is 503, self.body is "hällo <b>"`},
		{"a value only once", `self.status == 200 || self.status == 204`, `self.status is 503`},
		{"a negation", `!(self.status > 500)`, `self.status > 500 is true`},
		{"the branch that was taken", `self.status > 500 ? self.body == "" : true`, `self.status > 500 is true, self.body is "hällo <b>"`},
		{"the first member that does not hold", `self.pods.all(p, p.phase == "Running")`, `p.phase is "Pending"`},
		{"a member's first part that does not hold", `self.pods.all(p, p.name != "b" && p.phase == "x")`, `p.phase is "Running"`},
		{"a list without such a member", `self.object.list.exists(x, x == 7)`, `self.object.list is [1,"x",2.5]`},
		{"a list with a member too many", `!self.object.list.exists(x, x == 1)`, `self.object.list is [1,"x",2.5]`},
		{"what a filter left", `self.pods.filter(p, p.phase == "Failed").size() == 1`, `self.pods.filter(p, p.phase == "Failed").size() is 0`},
		{"has", `has(self.note)`, `has(self.note) is false`},
		{"a constant says nothing", `self.took > duration("5m")`, `self.took is "1m30s"`},
		{"the time of day is left out", `self.at > now`, `self.at is "2026-05-18T10:00:00Z"`},
		{"an age is left out", `now - self.at > duration("2h")`, `self.at is "2026-05-18T10:00:00Z"`},
		{"nothing but constants", `1 == 2`, `false`},
		{"nothing", `false`, `false`},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			p, problems := NewCompiler().Compile(c.src, seenType, Bool)
			if p == nil {
				t.Fatal(problems)
			}
			if ok, err := p.EvalBool(t.Context(), vars()); ok || err != nil {
				t.Fatalf("is %v, %v", ok, err)
			}
			if got := p.Saw(t.Context(), vars()); got != c.want {
				t.Errorf("saw %q, want %q", got, c.want)
			}
		})
	}
}

func TestIdle(t *testing.T) {
	for _, c := range []struct{ GoCase, src, want string }{
		{"a list with something in it", `self.pods.all(p, p.name != "")`, ""},
		{"a list of nothing", `self.pods.filter(p, p.phase == "Failed").all(p, p.name == "x")`, `self.pods.filter(p, p.phase == "Failed")`},
		{"a mapping of nothing", `{}.all(k, k == "x") && self.status == 503`, "{}"},
		{"in one of two parts", `self.status == 503 && [].all(x, x == 1)`, "[]"},
		{"in a part that was not needed", `self.status == 503 || [].all(x, x == 1)`, ""},
		{"in the branch that was taken", `self.status == 503 ? [].all(x, x == 1) : false`, "[]"},
		{"with a size beside it", `size(self.pods) > 0 && self.pods.all(p, p.name != "")`, ""},
		{"no loop", `self.status == 503`, ""},
		{"another loop", `![].exists(x, x == 1)`, ""},
		{"in a loop", `self.pods.exists(p, [].all(x, x == p.name))`, ""},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			p, problems := NewCompiler().Compile(c.src, seenType, Bool)
			if p == nil {
				t.Fatal(problems)
			}
			if ok, err := p.EvalBool(t.Context(), vars()); !ok || err != nil {
				t.Fatalf("is %v, %v", ok, err)
			}
			if got := strings.Join(p.Idle(t.Context(), vars()), "; "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSawIsShort(t *testing.T) {
	p, problems := NewCompiler().Compile(`self == []`, nil, Bool)
	if p == nil {
		t.Fatal(problems)
	}
	if got := p.Saw(t.Context(), Vars{Self: Plain(make([]int, 10_000))}); len(got) > 250 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}
