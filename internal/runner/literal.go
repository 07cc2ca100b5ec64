package runner

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
)

// literals tells of secrets that are written into the arguments of a step. The secret itself is not repeated.
func (sc *scope) literals(s *Step) {
	for _, n := range policy.Literals(s.Args) {
		sc.secret(s, n)
	}
}

func (sc *scope) secret(s *Step, n *yaml.Node) {
	pos := s.Pos(n, 0)
	hint := "change it, for the history keeps it; then read it from a Secret, or from the environment with ${{ env.NAME }}"
	if i := slices.IndexFunc(sc.diags, func(d diag.Diagnostic) bool { return d.Pos == pos && d.Severity == diag.Error }); i >= 0 {
		if sc.diags[i].Code != "wrong-type" {
			return // the kind has told what is wrong there
		}
		wanted, _, _ := strings.Cut(strings.TrimPrefix(sc.diags[i].Message, s.Kind.Name+": "), ", found ") // which is the secret
		hint = "change it, for the history keeps it; " + wanted
		sc.diags = slices.Delete(sc.diags, i, i+1)
	}
	sc.report(pos, diag.Error, "literal-secret", hint, "%s: a secret is written into the plan", s.Kind.Name)
}
