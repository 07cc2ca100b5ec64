package expr

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		GoCase, src         string
		missing, unrecorded bool
	}{
		{"a key of a map", `self.labels.tier == "x"`, true, false},
		{"a key of a map by index", `self.labels["tier"] == "x"`, true, false},
		{"a field that was left out", `self.note == "x"`, true, false},
		{"an index", `self.pods[7].name == "x"`, true, false},
		{"a negative index", `self.pods[-1].name == "x"`, true, false},
		{"a field of what is not there", `self.object.a.b == 1`, true, false},
		{"a field of null", `self.cert.notAfter > now`, true, false},
		{"a field of null in a dynamic object", `self.object.none.x == 1`, true, false},
		{"an optional that is empty", `self.object.?a.value() == 1`, true, false},
		{"a record", `self.body == rec.nope`, true, true},
		{"a task", `tasks.T99.address == ""`, true, true},
		{"a task's record", `tasks.T03.nope == ""`, true, true},
		{"a decision's field", `decisions["D-01"].by == ""`, true, true},
		{"an environment name", `env.NOPE == ""`, true, true},
		{"self to blame, although a record is read as well", `self.labels.tier == rec.nope`, true, false},
		{"a division by zero", `self.status / 0 == 1`, false, false},
		{"an overflow", `9223372036854775807 + self.status > 0`, false, false},
		{"a text that reads like it", `duration(self.body + "no such key: x") == duration("1s")`, false, false},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			out, err := eval(t, c.src)
			if err == nil {
				t.Fatalf("is %v", out)
			}
			if errors.Is(err, ErrMissing) != c.missing || errors.Is(err, ErrUnrecorded) != c.unrecorded || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q", err)
			}
		})
	}
}

func TestNotTrueOrFalse(t *testing.T) {
	p, problems := NewCompiler().Compile(`self.object.list`, seenType, Bool)
	if p == nil {
		t.Fatal(problems)
	}
	if _, err := p.EvalBool(t.Context(), vars()); err == nil || err.Error() != `must be true or false, is [1,"x",2.5]` {
		t.Errorf("got %v", err)
	}
}

const bomb = `self.all(a, self.all(b, self.all(c, a + b + c >= 0)))`

func bombed(t *testing.T) (*Program, Vars) {
	p, problems := NewCompiler().Compile(bomb, nil, Bool)
	if p == nil {
		t.Fatal(problems)
	}
	return p, Vars{Self: Plain(make([]int, 10_000))}
}

func TestABombIsStopped(t *testing.T) {
	p, v := bombed(t)
	began := time.Now()
	_, err := p.Eval(t.Context(), v)
	if err == nil || err.Error() != "takes longer than 2s: it goes over too much" || time.Since(began) > 2*longest {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestCancellation(t *testing.T) {
	p, v := bombed(t)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
	began := time.Now()
	if _, err := p.Eval(ctx, v); !errors.Is(err, cause) || time.Since(began) > longest {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestALargeListIsNoBomb(t *testing.T) {
	p, problems := NewCompiler().Compile(`self.all(a, a >= 0 && string(a) != "x") && self.filter(a, a == 0).size() == 10000`, nil, Bool)
	if p == nil {
		t.Fatal(problems)
	}
	if ok, err := p.EvalBool(t.Context(), Vars{Self: Plain(make([]int, 10_000))}); !ok || err != nil {
		t.Errorf("is %v, %v", ok, err)
	}
}

func BenchmarkEval(b *testing.B) {
	p, _ := NewCompiler().Compile(`self.status == 200 || self.body.contains("x")`, seenType, Bool)
	v := vars()
	for b.Loop() {
		if _, err := p.EvalBool(context.Background(), v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvalOver10000(b *testing.B) {
	p, _ := NewCompiler().Compile(`self.all(p, p.phase == "Running" && p.name != "")`, nil, Bool)
	pods := make([]pod, 10_000)
	for i := range pods {
		pods[i] = pod{"a", "Running"}
	}
	v := Vars{Self: Plain(pods)}
	for b.Loop() {
		if ok, err := p.EvalBool(context.Background(), v); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// A few words ask for more than a machine has, or for more time than anybody has.
func TestTooMuch(t *testing.T) {
	defer func(was time.Duration) { longest = was }(longest)
	longest = time.Second
	tenfold := `"aaaaaaaaaa"`
	for _, c := range []string{"ab", "bc", "cd", "de", "ef", "fg", "gh", "hi", "ij"} {
		tenfold += `.replace("` + c[:1] + `", "` + strings.Repeat(c[1:], 10) + `")`
	}
	doubled := `[self.body]`
	twice := `[1]`
	for range 40 {
		doubled += `.map(a, a + a)`
		twice += `.map(a, [a, a])`
	}
	const many = `lists.range(1000000)`
	for _, c := range []struct{ name, src string }{
		{"replace", tenfold + `.size() == 1`},
		{"replace of nothing", `lists.range(100000).map(a, "xxxxxxxxxx").join("").replace("", lists.range(100000).map(a, "x").join("")) == ""`},
		{"adding", doubled + `.size() == 1`},
		{"join", many + `.map(a, "x").join(lists.range(100000).map(a, "x").join("")).size() == 1`},
		{"many texts", many + `.map(a, lists.range(1000).map(b, "xxxxxxxxxx").join("y")).size() == 1`},
		{"many lists", many + `.map(a, ` + many + `).size() == 1`},
		{"their text", `"%s".format(` + twice + `) == ""`},
		{"all of them", twice + `.flatten(40) == []`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, problems := NewCompiler().Compile(c.src, seenType, Bool)
			if p == nil {
				t.Fatal(problems)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ok, err := p.EvalBool(t.Context(), vars())
			runtime.ReadMemStats(&after)
			if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 8192 || err == nil {
				t.Errorf("%v, %v, %d MiB", ok, err, made)
			}
		})
	}
	longest = time.Minute
	p, _ := NewCompiler().Compile(twice, seenType, Any)
	if _, err := p.Eval(t.Context(), vars()); err == nil || err.Error() != "its value has more than 128 MiB" {
		t.Error(err)
	}
	p, _ = NewCompiler().Compile(twice+` == []`, seenType, Bool)
	if got := p.Saw(t.Context(), vars()); !strings.HasSuffix(got, " is more than can be told") {
		t.Error(got)
	}
	longest = 100 * time.Millisecond // nothing looks at the time meanwhile
	p, _ = NewCompiler().Compile(`sets.equivalent(lists.range(10000), lists.range(10000).reverse())`, seenType, Bool)
	if _, err := p.EvalBool(t.Context(), vars()); err == nil || !strings.Contains(err.Error(), "goes over too much") {
		t.Error(err)
	}
}

func TestTooDeepToRead(t *testing.T) {
	defer func(was time.Duration) { longestReading = was }(longestReading)
	longestReading = time.Millisecond
	_, problems := NewCompiler().Compile(`[1]`+strings.Repeat(`.map(a, [a, a])`, 60)+` == []`, seenType, Bool)
	if len(problems) != 1 || problems[0].Message != "it takes too long to read" {
		t.Error(problems)
	}
}
