package expr

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		GoCase, src   string
		at            string // the expression from the place of the problem on
		message, hint string
	}{
		{"an unknown field", `self.statu == 1`, `statu == 1`, `no field "statu" here`, `did you mean "status"?`},
		{"an unknown field of a field", `self.first.phse == ""`, `phse == ""`, `no field "phse" here`, `did you mean "phase"?`},
		{"nothing like it", `self.first.zone == ""`, `zone == ""`, `no field "zone" here`, `fields of self.first: name, phase`},
		{"a field of a list's member", `self.pods[0].nam`, `nam`, `no field "nam" here`, `did you mean "name"?`},
		{"a field of a variable", `self.pods.all(p, p.phaze == "")`, `phaze == "")`, `no field "phaze" here`, `did you mean "phase"?`},
		{"in has", `has(self.stats)`, `stats)`, `no field "stats" here`, `did you mean "status"?`},
		{"after letters of two bytes", `"ää" == "" || self.foo`, `foo`, `no field "foo" here`, `fields of self: `},
		{"after letters of four bytes", `"😀" == "" || self.foo`, `foo`, `no field "foo" here`, `fields of self: `},
		{"on a later line", "true &&\n  self.foo", `foo`, `no field "foo" here`, `fields of self: `},
		{"on a later line with CRLF", "\"ä\" == \"\" ||\r\n  self.foo", `foo`, `no field "foo" here`, `fields of self: `},
		{"an unknown name", `slef.status == 1`, `slef.status == 1`, `no name "slef" in expressions here`, `did you mean "self"?`},
		{"an unknown function", `"a".contans("b")`, `contans("b")`, `no function "contans"`, `did you mean "contains"?`},
		{"no authorizer", `authorizer == 1`, `authorizer == 1`, `no name "authorizer" in expressions here`, ``},
		{"a number compared with a text", `self.status == "200"`, `== "200"`, `== does not work on (int, string)`, `compare a number with 1, a text with '1'`},
		{"a fraction compared with none", `self.ratio == 1`, `== 1`, `== does not work on (double, int)`, `compare a number that has a fraction`},
		{"a struct is called a mapping", `self.first == 1`, `== 1`, `== does not work on (mapping, int)`, ``},
		{"a bracket that is not closed", `self.pods.all(p`, ``, `the expression ends too early`, `a bracket is not closed; in a list in brackets a comma ends an expression that is not quoted`},
		{"an early end", `self.status ==`, ``, `the expression ends too early`, ``},
		{"a single =", `self.status = 200`, `= 200`, `"= " cannot be read`, `compare with ==`},
		{"and", `true and false`, `and false`, `unexpected "and"`, `write &&`},
		{"no closing quote", `self.body == "a`, `"a`, `a text without its closing quote`, ``},
		{"a template", `${{ self }}`, `${{ self }}`, `"$" cannot be read`, `this is an expression already`},
		{"a bad regular expression", `self.body.matches("[")`, `"[")`, `invalid matches argument`, ``},
		{"a bad duration", `self.took > duration("x")`, `"x")`, `invalid duration argument`, ``},
		{"not true or false", `self.status`, `self.status`, `must be true or false, is int`, ``},
		{"a list of mappings", `self.pods`, `self.pods`, `must be true or false, is list(mapping)`, ``},
		{"nothing", " \n", " \n", `an empty expression`, ``},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			p, problems := NewCompiler().Compile(c.src, seenType, Bool)
			if p != nil || len(problems) == 0 {
				t.Fatal("there is no problem")
			}
			got := problems[0]
			if got.Message != c.message || !strings.HasPrefix(got.Hint, c.hint) || c.hint == "" && got.Hint != "" || c.src[got.Offset:] != c.at {
				t.Errorf("got %+v at %q", got, c.src[got.Offset:])
			}
		})
	}
}

func TestAllProblemsAreTold(t *testing.T) {
	_, problems := NewCompiler().Compile(`self.foo == 1 && self.bar == 2`, seenType, Bool)
	if len(problems) != 2 {
		t.Errorf("got %v", problems)
	}
}

func TestWithoutSelf(t *testing.T) {
	c := NewCompiler()
	if _, problems := c.CompileWithout(`self.x`, Bool); len(problems) != 1 || !strings.Contains(problems[0].Hint, "nothing has been looked at") {
		t.Errorf("got %v", problems)
	}
	p, problems := c.CompileWithout(`has(env.CI)`, Bool)
	if p == nil {
		t.Fatal(problems)
	}
	if ok, err := p.EvalBool(t.Context(), Vars{}); ok || err != nil {
		t.Errorf("is %v, %v", ok, err)
	}
}

func TestRefs(t *testing.T) {
	for _, c := range []struct {
		GoCase, src string
		want        []string // root/path, ? where tested, @ and the expression from there on
	}{
		{"a record", `rec.host == ""`, []string{`rec/host@rec.host == ""`}},
		{"a record by index", `rec["host"].x.y`, []string{`rec/host@rec["host"].x.y`}},
		{"a task's record", `tasks.T03.a.b`, []string{`tasks/T03/a@tasks.T03.a.b`}},
		{"another plan's task", `tasks["P-1-T03"].a`, []string{`tasks/P-1-T03/a@tasks["P-1-T03"].a`}},
		{"a decision", `decisions["D-01"].choice`, []string{`decisions/D-01/choice@decisions["D-01"].choice`}},
		{"after letters of several bytes", `"ä😀" + env.A`, []string{`env/A@env.A`}},
		{"on a later line", "\"ä\" +\n\trec.a", []string{`rec/a@rec.a`}},
		{"tested", `has(env.CI) && env.CI == ""`, []string{`env/CI?@env.CI) && env.CI == ""`, `env/CI@env.CI == ""`}},
		{"only what is within is tested", `has(rec.a.b)`, []string{`rec/a@rec.a.b)`}},
		{"optional", `env.?CI.orValue("")`, []string{`env/CI?@env.?CI.orValue("")`}},
		{"optional by index", `tasks[?"T1"].?a.orValue(1)`, []string{`tasks/T1/a?@tasks[?"T1"].?a.orValue(1)`}},
		{"by a name that is not known", `rec[self.body]`, []string{`rec@rec[self.body]`}},
		{"a task by a name that is known, its record by one that is not", `tasks.T1[self.body]`, []string{`tasks/T1@tasks.T1[self.body]`}},
		{"as a whole", `size(env)`, []string{`env@env)`}},
		{"a variable of that name hides it", `self.pods.all(rec, rec.name != "")`, nil},
		{"what a loop goes over is not hidden", `rec.list.all(rec, rec > 0)`, []string{`rec/list@rec.list.all(rec, rec > 0)`}},
		{"within a loop", `self.pods.all(p, p.name == rec.a)`, []string{`rec/a@rec.a)`}},
		{"within lists and maps", `{"a": [env.A]} == {string(rec.b): [""]}`, []string{`env/A@env.A]} == {string(rec.b): [""]}`, `rec/b@rec.b): [""]}`}},
		{"a field of self of that name", `self.object.rec`, nil},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			p, problems := NewCompiler().Compile(c.src, seenType, Any)
			if p == nil {
				t.Fatal(problems)
			}
			var got []string
			for _, r := range p.Refs {
				s := strings.Join(append([]string{r.Root}, r.Path...), "/")
				if r.Tested {
					s += "?"
				}
				got = append(got, s+"@"+c.src[r.Offset:])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestConcurrency(t *testing.T) {
	c := NewCompiler()
	types := []reflect.Type{nil, seenType, reflect.TypeFor[*seen]()}
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			p, problems := c.Compile(`self.status == 503 && self.pods.exists(p, p.phase == "Pending")`, types[i%3], Bool)
			if p == nil {
				t.Error(problems)
				return
			}
			for range 10 {
				if ok, err := p.EvalBool(t.Context(), vars()); !ok || err != nil {
					t.Error(ok, err)
				}
				p.Saw(t.Context(), vars())
			}
		})
	}
	wg.Wait()
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{`self.status == 200`, `has(env.A)`, "'ä' +\n rec.x", `[1].all(x, y, x > y)`, `((((`, `self.a.?b[?0]`, "\xff", `r"\"`, `{1:`} {
		f.Add(s)
	}
	c := NewCompiler()
	f.Fuzz(func(t *testing.T, src string) {
		for _, self := range []reflect.Type{nil, seenType} {
			p, problems := c.Compile(src, self, Any)
			if (p == nil) == (len(problems) == 0) {
				t.Fatalf("%v and %v", p, problems)
			}
			for _, at := range problems {
				if at.Offset < 0 || at.Offset > len(src) || strings.Contains(at.Message, "\n") {
					t.Fatalf("%+v", at)
				}
			}
		}
		tmpl, _ := c.CompileTemplate(src)
		for _, r := range tmpl.Refs() {
			if r.Offset < 0 || r.Offset > len(src) {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func BenchmarkFirstCompile(b *testing.B) {
	for b.Loop() {
		NewCompiler().Compile(`self.status == 200`, seenType, Bool)
	}
}

func BenchmarkNextCompile(b *testing.B) {
	c := NewCompiler()
	c.Compile(`true`, seenType, Bool)
	for b.Loop() {
		c.Compile(`self.status == 200 && self.pods.all(p, p.phase == "Running")`, seenType, Bool)
	}
}
