package config

import (
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// severities are the words that lint: can set.
var severities = []string{string(diag.Error), string(diag.Warning), string(diag.Suggestion), string(diag.Info), string(diag.Off)}

// validateLint tells of codes and severities that do not exist.
func (l *layer) validateLint() {
	for code, severity := range l.settings.Lint {
		path := "lint." + code
		if !diag.Known(code) {
			l.add(l.keys[path], "bad-value", diag.DidYouMean(code, diag.Names()), "there is no code %q", code)
		}
		if !isSeverity(severity) {
			l.add(l.values[path], "bad-value", severityHint(severity), "%q is no severity", severity)
		} else if diag.Known(code) && !takes(code, severity) {
			l.add(l.values[path], "bad-value", "leave it out", "%s cannot be given the severity %s", code, severity)
		}
	}
}

func severityHint(word string) string {
	if hint := diag.DidYouMean(word, severities); hint != "" {
		return hint
	}
	return fmt.Sprintf("one of %s", strings.Join(severities, ", "))
}

func isSeverity(s string) bool { return slices.Contains(severities, s) }

// takes tells whether a code can be given that severity.
func takes(code, severity string) bool {
	return slices.Contains(diag.Code{Name: code}.Severities(), diag.Severity(severity))
}

// weigh takes the severities that l sets. It hides nothing that could let a plan do more, so a repository may set them, too.
func (c *Config) weigh(l *layer) {
	for code, severity := range l.settings.Lint {
		if c.Severities == nil {
			c.Severities = map[string]diag.Severity{}
		}
		if diag.Known(code) && takes(code, severity) {
			c.Severities[code] = diag.Severity(severity)
		}
	}
}
