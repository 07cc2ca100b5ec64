package leak

import (
	"regexp"
	"strings"
	"sync"
)

// Rules are the ids of this package's own rules, and what each finds.
var Rules = map[string]string{
	"password-literal": "password: hunter2, DB_PASSWORD=hunter2",
	"secret-key":       "SECRET_KEY=…",
	"url-password":     "DATABASE_URL=postgres://user:hunter2@host/, and every other address with a password",
	"private-key":      "a private key in PEM",
}

type forms struct{ assignment, command, url, key, reference *regexp.Regexp }

var form = sync.OnceValue(func() forms {
	const value = `(?:"([^"\n]{1,500})"|'([^'\n]{1,500})'|([^\s"'#,;{}\[\]][^\s"',;{}\[\]]{2,499})[ \t]*(?:$|[,;}]|[ \t]#))`
	return forms{
		assignment: regexp.MustCompile(`(?i)(?:^|[^a-z0-9])[a-z0-9_.-]*(secret_key|password|passwd|passphrase)["']?[ \t]*(:=|=|:)[ \t]*` + value),
		command:    regexp.MustCompile(`(?i)(?:^|[^a-z0-9])[a-z0-9_.-]*(secret_key|password|passwd|passphrase)(=)()()([^\s"'#,;{}\[\]][^\s"',;{}\[\]]{2,499})[ \t"']`),
		url:        regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/@"'<>]+)@`),
		key:        regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)*((?:[A-Za-z-]+: [^\n]*\s+)*[A-Za-z0-9+/=]{16,})`),
		reference:  regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*([.\[(].*)?$`),
	}
})

// own returns what this package's own rules find, by line.
func own(text string) (out []Finding) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if len(line) > maxLine {
			line = line[:maxLine]
		}
		out = append(out, inLine(n, strings.TrimRight(line, "\r\n"))...)
	}
	for _, m := range form().key.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, Finding{"private-key", 1 + strings.Count(text[:m[0]], "\n"), text[m[2]:m[3]]})
	}
	return out
}

// maxLine bounds what of a line our own rules look at.
const maxLine = 64 << 10

func inLine(n int, line string) (out []Finding) {
	for _, m := range form().url.FindAllStringSubmatch(line, -1) {
		if !placeholder(m[1]) {
			out = append(out, Finding{"url-password", n, m[1]})
		}
	}
	assignments := append(form().assignment.FindAllStringSubmatch(line, -1), form().command.FindAllStringSubmatch(line, -1)...)
	for _, m := range assignments {
		quoted := m[3] + m[4]
		value := quoted + strings.Trim(m[5], "`")
		code := m[2] != ":" && quoted == "" && form().reference.MatchString(value) && strings.ContainsAny(value, ".[(")
		search := strings.HasSuffix(m[0], value+"'") || strings.HasSuffix(m[0], value+`"`)
		if code || quoted == "" && search && pattern(value) || value == "" || placeholder(value) || strings.EqualFold(value, m[1]) {
			continue
		}
		rule := "password-literal"
		if strings.EqualFold(m[1], "secret_key") {
			rule = "secret-key"
		}
		out = append(out, Finding{rule, n, value})
	}
	return out
}

// placeholder tells of what stands for a secret, and is none.
func placeholder(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) < 3 || strings.Trim(s, s[:1]) == "" {
		return true
	}
	switch strings.ToLower(s) {
	case "null", "nil", "none", "true", "false", "yes", "string", "str", "bytes", "required", "optional", "redacted", "undefined", "unset", "[redacted]":
		return true
	}
	for _, p := range []string{"${", "$(", "{{", "%(", "<", "enc[", "vault:", "op://", "ref+", "!", "&", "arn:", "/run/secrets/", "/var/run/"} {
		if strings.HasPrefix(strings.ToLower(s), p) {
			return true
		}
	}
	return strings.HasPrefix(s, "$") && form().reference.MatchString(s[1:]) || strings.Contains(s, "{{") && strings.Contains(s, "}}")
}
