package expr

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestComparisons(t *testing.T) {
	for _, src := range []string{
		`[1, [2.0, {"a": null}]] == [1.0, [2, {"a": null}]]`, `[1, 2] != [2, 1]`, `dyn({"a": [1]}) == dyn({"a": [1u]})`, `{"a": 1} != {"b": 1}`,
		`null == null`, `dyn([null]) != dyn([0])`, `dyn([1]) != dyn({"a": 1})`, `[1] != [1, 2]`, `dyn("a") != dyn(1)`, `double("NaN") != double("NaN")`,
		`optional.of([1]) == optional.of([1])`, `optional.none() == optional.none()`, `optional.of(1) != optional.none()`,
		`optional.of([1]) != optional.of([2])`,
		`[1] in [[2], [1.0]]`, `!([1] in [[2]])`, `"a" in {"a": 1}`, `!("b" in {"a": 1})`, `self.status in [self.status]`, `dyn(1.0) in [3, 2, 1]`,
		`sets.contains([1, 2, 3], [3, 1.0, 1])`, `!sets.contains([1, 2], [3])`, `sets.contains([], [])`, `sets.equivalent([1, 2, 2], [2, 1])`,
		`!sets.equivalent([1, 2], [1])`, `sets.intersects([1, 2], [2, 3])`, `!sets.intersects([1], [])`,
		`[1, 1.0, 2, [3], [3]].distinct() == [1, 2, [3]]`, `[].distinct() == []`, `[2, 1, 2].indexOf(2) == 0 && [2, 1, 2].lastIndexOf(2) == 2`,
		`"abcabc".indexOf("c") == 2 && "abcabc".lastIndexOf("c") == 5`,
	} {
		if out, err := eval(t, src); out != true || err != nil {
			t.Errorf("%s is %v, %v", src, out, err)
		}
	}
	for _, src := range []string{`1 in dyn("a")`, `sets.contains(dyn(1), [1])`, `dyn(1).distinct() == []`, `[1 / 0] == [1]`, `[1] == [1 / 0]`} {
		if out, err := eval(t, src); err == nil {
			t.Errorf("%s is %v", src, out)
		}
	}
}

// What is given up takes no processor time after that.
func TestAComparisonEndsWithItsEvaluation(t *testing.T) {
	defer func(was time.Duration) { longest = was }(longest)
	longest = 50 * time.Millisecond
	const one, other = `lists.range(1000000)`, `lists.range(1000000).reverse()`
	twice := `[1]` + strings.Repeat(`.map(a, [a, a])`, 40)
	for _, src := range []string{
		`sets.equivalent(` + one + `, ` + other + `)`, `sets.contains(` + one + `, ` + other + `)`,
		`sets.intersects(` + one + `, ` + one + `.map(a, -1 - a))`, one + `.distinct().size() == 1`,
		twice + ` == ` + twice, twice + ` != ` + twice, twice + ` in [` + twice + `]`, twice + `.indexOf(` + twice + `[0]) == 0`,
		one + `.exists(a, ` + twice + ` != ` + twice + `)`,
	} {
		before := runtime.NumGoroutine()
		p, problems := NewCompiler().Compile(src, seenType, Bool)
		if p == nil {
			t.Fatal(problems)
		}
		if _, err := p.EvalBool(t.Context(), vars()); err == nil {
			t.Errorf("%s: no error", src)
		}
		deadline := time.Now().Add(30 * time.Second) // of the library's it would be days
		for runtime.NumGoroutine() > before {
			if time.Now().After(deadline) {
				t.Fatalf("%s goes on", src)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}
