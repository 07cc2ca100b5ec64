package config

import (
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Statuses are a team's own words for statuses, by status.
type Statuses map[string]string

// DescribeType tells which statuses there are.
func (*Statuses) DescribeType() (string, map[string]any) {
	props := map[string]any{}
	for _, s := range workplan.Statuses() {
		props[s] = map[string]any{"type": "string"}
	}
	return "a mapping of statuses, each a word", map[string]any{"type": "object", "properties": props, "additionalProperties": false}
}

// validateStatuses tells of words that cannot stand for a status.
func (l *layer) validateStatuses() {
	_, bad := workplan.NewWords(l.settings.Statuses)
	for _, b := range bad {
		path := "statuses." + b.Status
		at := l.values[path]
		if b.NoStatus {
			at = l.keys[path]
		}
		l.add(at, "bad-value", b.Hint, "%s", b.Message)
	}
}

// speak takes the words for statuses of l. They are one vocabulary: those of a weaker source do not stay beside them.
func (c *Config) speak(l *layer) {
	if !l.has("statuses") {
		return
	}
	for key := range c.origins {
		if strings.HasPrefix(key, "statuses.") {
			delete(c.origins, key)
		}
	}
	c.Statuses = l.settings.Statuses
	c.Words, _ = workplan.NewWords(c.Statuses)
	for status := range c.Statuses {
		c.origins["statuses."+status] = l.origin("statuses." + status)
	}
}
