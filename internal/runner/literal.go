package runner

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/leak"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
)

// literals tells of secrets that are written into the arguments of a step: passwords in addresses and assignments, and
// what looks like a token or a private key. The secret itself is not repeated.
func (sc *scope) literals(s *Step, n *yaml.Node) {
	if n == nil {
		return
	}
	for i, c := range n.Content {
		line := c.Value
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			line = n.Content[i-1].Value + ": " + c.Value
		}
		if c.Kind != yaml.ScalarNode {
			sc.literals(s, c)
		} else if n.Kind == yaml.MappingNode && isAuthorization(n.Content[i-1].Value, withoutTemplates(c.Value)) {
			sc.secret(s, c)
		} else if isSecret(c.Value) || !strings.Contains(c.Value, "\n") && leak.Literal(withoutTemplates(line)) != "" {
			sc.secret(s, c)
		}
	}
	if n.Kind == yaml.ScalarNode && n == s.Args && isSecret(n.Value) {
		sc.secret(s, n)
	}
}

func (sc *scope) secret(s *Step, n *yaml.Node) {
	pos := s.Pos(n, 0)
	if slices.ContainsFunc(sc.diags, func(d diag.Diagnostic) bool { return d.Pos == pos && d.Severity == diag.Error }) {
		return // the kind has told what is wrong there
	}
	sc.report(pos, diag.Error, "literal-secret", "change it, for the history keeps it; then read it from a Secret, or from the environment with ${{ env.NAME }}", "%s: a secret is written into the plan", s.Kind.Name)
}

// isSecret tells whether a text holds what looks like a secret, in any of its lines.
func isSecret(text string) bool {
	text = withoutTemplates(text)
	for line := range strings.Lines(text) {
		if leak.Literal(strings.TrimRight(line, "\r\n")) != "" {
			return true
		}
	}
	plain := userinfo().ReplaceAllString(text, "://") // addresses were judged above
	return (&policy.Redactor{}).String(plain) != plain
}

// isAuthorization tells whether a header holds somebody's password or a token. What is short or a word, as a test of a
// refusal sends it, is none.
func isAuthorization(name, value string) bool {
	if low := strings.ToLower(name); low != "authorization" && low != "proxy-authorization" {
		return false
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if strings.EqualFold(scheme, "basic") {
		pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		_, password, _ := strings.Cut(string(pair), ":")
		return err == nil && password != ""
	}
	return len(rest) >= 16 && !strings.Contains(rest, " ") && strings.ContainsAny(rest, "0123456789")
}

// userinfo is what may stand before the host of an address.
var userinfo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`://[^\s/@"'<>]*@`) })

// withoutTemplates is a text with its expressions left out.
func withoutTemplates(s string) string {
	if !strings.Contains(s, "${{") {
		return s
	}
	return templateMarks().ReplaceAllString(s, "")
}
