package hub

import (
	"strings"
	"testing"
)

func TestProblemSaysWhatIsWrong(t *testing.T) {
	p := Refuse(CodeInvalid, "the body is not as it should be")
	if got := p.Error(); got != "the body is not as it should be" {
		t.Error(got)
	}
	p.Errors = []Fault{{Path: "body.plan", Message: "expected string"}, {Message: "and more"}, {Path: "body.repo", Message: "x"}, {Path: "body.nope", Message: "y"}}
	if got, want := p.Error(), "the body is not as it should be: body.plan expected string; and more; body.repo x"; got != want {
		t.Errorf("%q, wanted %q", got, want)
	}
	p = Refuse(CodeSecret, "body.text looks like a secret")
	p.Errors = []Fault{{Path: "body.text", Message: "looks like a secret"}}
	if got := p.Error(); strings.Count(got, "secret") != 1 {
		t.Error(got)
	}
}
