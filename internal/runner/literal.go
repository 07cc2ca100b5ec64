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
		} else if n.Kind == yaml.MappingNode && (isAuthorization(n.Content[i-1].Value, withoutTemplates(c.Value)) || isCredential(n.Content[i-1].Value, withoutTemplates(c.Value))) {
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

// isSecret tells whether a text holds what looks like a secret, in any of its lines.
func isSecret(text string) bool {
	text = withoutTemplates(text)
	for line := range strings.Lines(text) {
		if leak.Literal(strings.TrimRight(line, "\r\n")) != "" {
			return true
		}
		if m := carried().FindString(line); m != "" && (!strings.ContainsAny(m[:1], "?&") || isToken(m[strings.Index(m, "=")+1:])) {
			return true
		}
	}
	plain := userinfo().ReplaceAllString(text, "://") // addresses were judged above
	return (&policy.Redactor{}).String(plain) != plain
}

// isCredential tells whether a header that is made for tokens holds one.
func isCredential(name, value string) bool {
	low := strings.ToLower(name)
	made := strings.HasSuffix(low, "-token") || strings.HasSuffix(low, "api-key") || strings.HasSuffix(low, "apikey")
	return made && !strings.Contains(low, "csrf") && isToken(value)
}

// isToken tells what nobody would make up: long, in one piece, with digits.
func isToken(s string) bool {
	return len(s) >= 16 && !strings.Contains(s, " ") && strings.ContainsAny(s, "0123456789")
}

// carried are the ways in which commands and addresses carry a credential: curl's -u, and a query.
var carried = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\bcurl\s(?:[^|;&]*\s)?(?:-u|--user)[ =]?["']?[^\s:"'$]+:[^\s"'$]{3,}|[?&](?i:access_token|auth_token|api_?key|token)=[^&\s"'$]{16,}`)
})

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
	return isToken(rest)
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
