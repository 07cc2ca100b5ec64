package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/definition"
)

// Kinds are definitions of kinds of step by name, as they are written; package definition reads them.
type Kinds map[string]*yaml.Node

// DescribeType tells how kinds are defined.
func (*Kinds) DescribeType() (string, map[string]any) {
	return "a mapping of names, each a definition", map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "object"}}
}

// define takes the kinds that l defines; those of other names stay.
func (c *Config) define(l *layer) {
	for name, value := range l.settings.Kinds {
		if value == nil {
			continue // told already
		}
		key := "kinds." + name
		c.Definitions = slices.DeleteFunc(c.Definitions, func(s definition.Source) bool { return s.Name == name })
		c.Definitions = append(c.Definitions, definition.Source{Name: name, Key: l.keys[key], Value: value, File: l.file, At: l.at})
		c.origins[key] = l.origin(key)
	}
	slices.SortFunc(c.Definitions, func(a, b definition.Source) int { return strings.Compare(a.Name, b.Name) })
}

// kindWords says of what kinds a kind is made.
func (c *Config) kindWords(name string) string {
	i := slices.IndexFunc(c.Definitions, func(s definition.Source) bool { return s.Name == name })
	if i < 0 {
		return ""
	}
	var out []string
	for k := 0; k+1 < len(c.Definitions[i].Value.Content); k += 2 {
		if key := c.Definitions[i].Value.Content[k].Value; key != "doc" && key != "params" {
			out = append(out, key)
		}
	}
	return strings.Join(out, ", ")
}
