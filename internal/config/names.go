package config

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// named is a setting that an environment name or a flag can give, too.
type named struct {
	key  string // path in Settings
	flag string
	env  string // "" where only a flag will do
	list bool   // several values, between commas
	pair bool   // NAME=VALUE,VALUE: an entry of the mapping at key
}

var nameds = []named{
	{key: "plans", flag: "plans", env: "WPCTL_PLANS", list: true},
	{key: "defaults.cluster", flag: "cluster", env: "WPCTL_CLUSTER"},
	{key: "defaults.namespace", flag: "namespace", env: "WPCTL_NAMESPACE"},
	{key: "defaults.timeout", flag: "timeout", env: "WPCTL_TIMEOUT"},
	{key: "defaults.within", flag: "within", env: "WPCTL_WITHIN"},
	{key: "defaults.every", flag: "every", env: "WPCTL_EVERY"},
	{key: "findings", flag: "findings", env: "WPCTL_FINDINGS"},
	{key: "parallelism", flag: "parallelism", env: "WPCTL_PARALLELISM"},
	{key: "keep.runs", flag: "keep-runs", env: "WPCTL_KEEP_RUNS"},
	{key: "keep.age", flag: "keep-age", env: "WPCTL_KEEP_AGE"},
	{key: "hub.base", flag: "hub", env: "WPCTL_HUB_BASE"},
	// An environment is often set by the repository (CI files, .envrc): it grants nothing.
	{key: "grants.run", flag: "grant-run", list: true},
	{key: "grants.env", flag: "grant-env", list: true},
	{key: "grants.credentials", flag: "grant-credential", list: true, pair: true},
}

// Flags returns the names of the flags that Options.Flags takes, with the settings that they give.
// Those of lists take several values between commas, and grant-credential takes NAME=HOST,HOST;
// such pairs are separated by semicolons.
func Flags() map[string]string {
	out := make(map[string]string, len(nameds))
	for _, n := range nameds {
		out[n.flag] = n.key
	}
	return out
}

// Environment returns the environment names that give settings, with the settings that they give.
func Environment() map[string]string {
	out := map[string]string{}
	for _, n := range nameds {
		if n.env != "" {
			out[n.env] = n.key
		}
	}
	return out
}

func environmentLayers(env Env, plansDir string) (out []*layer) {
	for _, n := range nameds {
		if n.env == "" {
			continue
		}
		if v, ok := env(n.env); ok && v != "" {
			out = append(out, n.layer(envLayer, "env "+n.env, v, plansDir))
		}
	}
	return out
}

func flagLayers(flags map[string]string, plansDir string) (out []*layer) {
	for _, n := range nameds {
		if v, ok := flags[n.flag]; ok {
			out = append(out, n.layer(flagLayer, "flag --"+n.flag, v, plansDir))
		}
	}
	known := Flags()
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if _, ok := known[name]; !ok {
			l := &layer{kind: flagLayer, path: "flag --" + name}
			l.problems = diag.List{{
				Pos: text.Pos{File: l.path}, Severity: diag.Error, Code: "unknown-flag",
				Message: "no setting has this flag", Hint: diag.DidYouMean(name, slices.Sorted(maps.Keys(known))),
			}}
			out = append(out, l)
		}
	}
	return out
}

// layer makes a source of the one setting: the same decoding and the same checks as for a file.
func (n named) layer(kind layerKind, path, value, plansDir string) *layer {
	l := &layer{kind: kind, path: path, plansDir: plansDir, file: text.NewFile(path, nil)}
	node := n.node(value)
	for _, key := range slices.Backward(strings.Split(n.key, ".")) {
		node = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar(key), node}}
	}
	l.decode(node)
	return l
}

func (n named) node(value string) *yaml.Node {
	switch {
	case n.pair:
		m := &yaml.Node{Kind: yaml.MappingNode}
		for _, pair := range strings.Split(value, ";") {
			name, hosts, _ := strings.Cut(strings.TrimSpace(pair), "=")
			m.Content = append(m.Content, scalar(name), listNode(hosts))
		}
		return m
	case n.list:
		return listNode(value)
	}
	return scalar(value)
}

func listNode(value string) *yaml.Node {
	s := &yaml.Node{Kind: yaml.SequenceNode}
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			s.Content = append(s.Content, scalar(item))
		}
	}
	return s
}

// scalar is a string as it was given; the field decides what it means.
func scalar(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: value, Tag: "!!str"}
}
