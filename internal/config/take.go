package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// take lays the settings of l over those that are there. Grants and keys are not settings like others: see grant.
func (c *Config) take(l *layer) {
	s := &l.settings
	if l.has("plans") {
		c.plansDir = l.plansDir
	}
	set(c, l, "plans", &c.Plans, s.Plans)
	set(c, l, "findings", &c.Findings, s.Findings)
	set(c, l, "parallelism", &c.Parallelism, s.Parallelism)
	set(c, l, "keep.runs", &c.Keep.Runs, s.Keep.Runs)
	set(c, l, "keep.age", &c.Keep.Age, s.Keep.Age)
	set(c, l, "defaults.cluster", &c.Defaults.Cluster, s.Defaults.Cluster)
	set(c, l, "defaults.namespace", &c.Defaults.Namespace, s.Defaults.Namespace)
	set(c, l, "defaults.timeout", &c.Defaults.Timeout, s.Defaults.Timeout)
	set(c, l, "defaults.within", &c.Defaults.Within, s.Defaults.Within)
	set(c, l, "defaults.every", &c.Defaults.Every, s.Defaults.Every)
	set(c, l, "templates.plan", &c.Templates.Plan, s.Templates.Plan)
	set(c, l, "templates.task", &c.Templates.Task, s.Templates.Task)
	set(c, l, "templates.step", &c.Templates.Step, s.Templates.Step)
	for name, path := range map[string]string{"plan": s.Templates.Plan, "task": s.Templates.Task, "step": s.Templates.Step} {
		if l.has("templates." + name) {
			c.templates[name] = l.source("templates." + name).path(path)
		}
	}
	set(c, l, "hub.base", &c.Hub.Base, s.Hub.Base)
	c.takeAdapter(l)
	add(c, l, "repos", &c.Repos, s.Repos)
	add(c, l, "aliases", &c.Aliases, s.Aliases)
	add(c, l, "clusters", &c.Clusters, s.Clusters)
	add(c, l, "lint", &c.Lint, s.Lint)
	c.weigh(l)
	c.speak(l)
	c.define(l)
	for name := range s.Repos {
		c.repos[name] = l.source("repos." + name)
	}
}

// set takes one value.
func set[T any](c *Config, l *layer, key string, to *T, value T) {
	if l.has(key) {
		*to = value
		c.origins[key] = l.origin(key)
	}
}

// add takes the entries of a mapping; those of other names stay.
func add(c *Config, l *layer, key string, to *map[string]string, entries map[string]string) {
	for name, value := range entries {
		if *to == nil {
			*to = map[string]string{}
		}
		(*to)[name] = value
		c.origins[key+"."+name] = l.origin(key + "." + name)
	}
}

// Setting is one setting that holds, and where it came from: "default", "PATH:line", "env NAME" or "flag --name".
type Setting struct {
	Key    string `json:"key" doc:"the path of the setting, such as defaults.cluster"`
	Value  string `json:"value" doc:"its value in one line"`
	Origin string `json:"origin" doc:"where it came from: default, a file with its line, env NAME or flag --name"`
}

// Origins returns all settings that are set, in the order of their keys.
func (c *Config) Origins() []Setting {
	out := make([]Setting, 0, len(c.origins))
	for _, key := range slices.Sorted(maps.Keys(c.origins)) {
		out = append(out, Setting{key, c.value(key), c.origins[key]})
	}
	return out
}

// Origin returns where the setting of that key came from; "" where it is not set.
func (c *Config) Origin(key string) string { return c.origins[key] }

// value returns a setting as one line.
func (c *Config) value(key string) string {
	group, name, _ := strings.Cut(key, ".")
	switch group {
	case "repos":
		return c.Repos[name]
	case "aliases":
		return c.Aliases[name]
	case "clusters":
		return c.Clusters[name]
	case "lint":
		return c.Lint[name]
	case "statuses":
		return c.Statuses[name]
	case "keys":
		return c.Keys[name]
	case "hub":
		return c.hubWords(name)
	case "kinds":
		return c.kindWords(name)
	case "grants":
		return c.Grants.value(name)
	}
	return words(map[string]any{
		"plans": c.Plans, "findings": c.Findings, "parallelism": c.Parallelism,
		"keep.runs": c.Keep.Runs, "keep.age": c.Keep.Age,
		"defaults.cluster": c.Defaults.Cluster, "defaults.namespace": c.Defaults.Namespace,
		"templates.plan": c.Templates.Plan, "templates.task": c.Templates.Task, "templates.step": c.Templates.Step,
		"defaults.timeout": c.Defaults.Timeout, "defaults.within": c.Defaults.Within, "defaults.every": c.Defaults.Every,
	}[key])
}

func words(v any) string {
	switch v := v.(type) {
	case []string:
		return strings.Join(v, ", ")
	case int:
		return strconv.Itoa(v)
	case time.Duration:
		return strict.FormatDuration(v)
	}
	return fmt.Sprint(v)
}
