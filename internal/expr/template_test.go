package expr

import (
	"reflect"
	"testing"
)

func TestTemplate(t *testing.T) {
	for _, c := range []struct {
		GoCase, src string
		want        any
	}{
		{"no expression", "plain", "plain"},
		{"nothing", "", ""},
		{"one that is all keeps its type", "${{ 1 + 1 }}", int64(2)},
		{"blanks within do not matter", "${{\n 1\r\n}}", int64(1)},
		{"a list keeps its type", "${{ [1, 'a'] }}", []any{int64(1), "a"}},
		{"blanks without make it text", " ${{ 1 }}", " 1"},
		{"several parts", "https://${{ rec.host }}:${{ 8000 + 80 }}/x", "https://web:8080/x"},
		{"}} in a string", `${{ "a}}b" }}`, "a}}b"},
		{"}} in single quotes after an escape", `${{ 'it\'s }}' }}!`, "it's }}!"},
		{"}} in a raw string that ends in a backslash", `${{ r"}}\" }}!`, `}}\!`},
		{"}} in three quotes", `${{ '''a'}}''' }}!`, "a'}}!"},
		{"a map in a map", `${{ {"a": {"b": 1}}.a.b }}`, int64(1)},
		{"a map in a map that is text", `x=${{ {"a": {"b": 1}}}}.`, `x={"a":{"b":1}}.`},
		{"a literal ${{", `${{ "${{" }}!`, "${{!"},
		{"a single brace is text", "${ {{ }} $", "${ {{ }} $"},
		{"a value that is null", "a${{ null }}", "anull"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			tmpl, problems := NewCompiler().CompileTemplate(c.src)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got, err := tmpl.Eval(t.Context(), vars()); err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, %v", got, err)
			}
		})
	}
}

func TestTemplateProblems(t *testing.T) {
	for _, c := range []struct{ GoCase, src, at, message string }{
		{"no end", "a ${{ 1 }", "${{ 1 }", "${{ without }}"},
		{"an end in a string only", `${{ "}}"`, `${{ "}}"`, "${{ without }}"},
		{"empty", "ä${{ }}", "}}", "an empty expression"},
		{"self", "ä ${{ 1 }} ${{  self.x }}", "self.x }}", `no name "self" in expressions here`},
		{"a mistake after others", "ä${{ 1 }}ä${{\r\n rek.x }}", "rek.x }}", `no name "rek" in expressions here`},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			_, problems := NewCompiler().CompileTemplate(c.src)
			if len(problems) != 1 || problems[0].Message != c.message || c.src[problems[0].Offset:] != c.at {
				t.Errorf("got %+v", problems)
			}
		})
	}
}

func TestTemplateRefs(t *testing.T) {
	src := "ä ${{ rec.host }} and ${{\n tasks.T03.address }}"
	tmpl, problems := NewCompiler().CompileTemplate(src)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	refs := tmpl.Refs()
	if len(refs) != 2 || src[refs[0].Offset:][:8] != "rec.host" || src[refs[1].Offset:][:9] != "tasks.T03" {
		t.Errorf("got %+v", refs)
	}
	if _, whole := tmpl.Whole(); whole || !HasTemplate(src) || HasTemplate("$ {{") {
		t.Error("it is text with expressions")
	}
}
