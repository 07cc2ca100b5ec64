package policy

import (
	"encoding/base64"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/leak"
)

// Literals returns the values among the arguments of a step that hold a secret: passwords in addresses and assignments,
// and what looks like a token or a private key.
func Literals(args *yaml.Node) []*yaml.Node {
	if args == nil {
		return nil
	}
	if args.Kind == yaml.ScalarNode && isSecret(args.Value) {
		return []*yaml.Node{args}
	}
	return literalsBelow(args)
}

func literalsBelow(n *yaml.Node) (out []*yaml.Node) {
	for i, c := range n.Content {
		key := ""
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key = n.Content[i-1].Value
		}
		switch {
		case c.Kind != yaml.ScalarNode:
			out = append(out, literalsBelow(c)...)
		case isSecret(c.Value), isSecretOf(key, withoutTemplates(c.Value)):
			out = append(out, c)
		}
	}
	return out
}

// isSecretOf tells whether a value is one for what it is called.
func isSecretOf(key, value string) bool {
	if key == "" {
		return false
	}
	return isAuthorization(key, value) || isCredential(key, value) || !strings.Contains(value, "\n") && leak.Literal(key+": "+value) != ""
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
	plain := beforeHost().ReplaceAllString(text, "://") // addresses were judged above
	return (&Redactor{}).String(plain) != plain
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

// beforeHost is what may stand before the host of an address.
var beforeHost = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`://[^\s/@"'<>]*@`) })

var template = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{\{.*?\}\}`) })

// withoutTemplates is a text with its expressions left out.
func withoutTemplates(s string) string {
	if !strings.Contains(s, "${{") {
		return s
	}
	return template().ReplaceAllString(s, "")
}
