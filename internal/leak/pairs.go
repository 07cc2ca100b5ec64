package leak

import (
	"regexp"
	"strings"
	"sync"
)

type pairForms struct{ name, value, flow *regexp.Regexp }

// pairForm are the two halves of a name and its value, as Kubernetes has environment variables: below each other, or
// in one mapping.
var pairForm = sync.OnceValue(func() pairForms {
	const name = `["']?name["']?[ \t]*:[ \t]*["']?([A-Za-z_][A-Za-z0-9_.-]{0,100})["']?`
	const value = `["']?value["']?[ \t]*:[ \t]*`
	return pairForms{
		name:  regexp.MustCompile(`^[ \t]*(?:-[ \t]+)?` + name + `[ \t]*,?[ \t]*(?:#.*)?$`),
		value: regexp.MustCompile(`^[ \t]*` + value + `(.+)$`),
		flow:  regexp.MustCompile(name + `[ \t]*,[ \t]*` + value),
	}
})

// joined returns a text with the names and values of pairs as assignments, line for line, and nothing else in it;
// "" where there is none.
func joined(text string) string {
	if !strings.Contains(text, "name") || !strings.Contains(text, "value") {
		return ""
	}
	var out strings.Builder
	name, some := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if len(line) > maxLine {
			line = line[:maxLine]
		}
		if m := pairForm().value.FindStringSubmatch(line); name != "" && m != nil {
			out.WriteString(name + ": " + m[1])
			some = true
		} else if pairForm().flow.MatchString(line) {
			out.WriteString(pairForm().flow.ReplaceAllString(line, "$1: "))
			some = true
		}
		name = ""
		if m := pairForm().name.FindStringSubmatch(line); m != nil {
			name = m[1]
		}
		out.WriteByte('\n')
	}
	if !some {
		return ""
	}
	return out.String()
}
