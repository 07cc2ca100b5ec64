package config

import (
	"slices"
	"strings"
)

// Grants are what plans may do. What is not granted is not allowed; nil stands for "not said", which
// matters only where one set of grants narrows another.
type Grants struct {
	Run         []string            `yaml:"run" doc:"kinds of step that may run code or write, or * for all"`
	Env         []string            `yaml:"env" doc:"environment names that may be read; a * at the end stands for any rest"`
	Credentials map[string][]string `yaml:"credentials" doc:"credentials and the hosts that they may go to: name to hosts; *.example.org stands for all below it"`
}

// Runs tells whether steps of that kind may run.
func (g Grants) Runs(kind string) bool { return matches(g.Run, kind, meetNames) }

// Reads tells whether the environment name may be read.
func (g Grants) Reads(env string) bool { return matches(g.Env, env, meetNames) }

// Sends tells whether the credential may go to the host, which may have a port.
func (g Grants) Sends(credential, host string) bool {
	return matches(g.Credentials[credential], host, meetHosts)
}

func matches(patterns []string, value string, meet meeting) bool {
	if strings.Contains(value, "*") {
		return false
	}
	return slices.ContainsFunc(patterns, func(p string) bool {
		m, ok := meet(p, value)
		same, _ := meet(value, value)
		return ok && m == same
	})
}

// Narrow returns what both g and limit grant; where limit does not say, g holds.
func (g Grants) Narrow(limit Grants) Grants {
	out := Grants{Run: narrow(g.Run, limit.Run, meetNames), Env: narrow(g.Env, limit.Env, meetNames), Credentials: g.Credentials}
	if limit.Credentials == nil {
		return out
	}
	out.Credentials = map[string][]string{}
	for name, hosts := range g.Credentials {
		if to, ok := limit.Credentials[name]; ok {
			out.Credentials[name] = narrow(hosts, append([]string{}, to...), meetHosts)
		}
	}
	return out
}

// and returns what g or more grants.
func (g Grants) and(more Grants) Grants {
	g.Run = append(slices.Clone(g.Run), more.Run...)
	g.Env = append(slices.Clone(g.Env), more.Env...)
	all := map[string][]string{}
	for _, m := range []map[string][]string{g.Credentials, more.Credentials} {
		for name, hosts := range m {
			all[name] = append(slices.Clone(all[name]), hosts...)
		}
	}
	g.Credentials = all
	return g
}

// narrow returns the patterns for what both lists match; a nil limit does not narrow.
func narrow(granted, limit []string, meet meeting) []string {
	if limit == nil {
		return granted
	}
	out, have := []string{}, map[string]bool{}
	for _, g := range granted {
		for _, l := range limit {
			if m, ok := meet(g, l); ok && !have[m] {
				have[m] = true
				out = append(out, m)
			}
		}
	}
	return out
}

// value returns a grant as one line.
func (g Grants) value(key string) string {
	switch key {
	case "run":
		return strings.Join(g.Run, ", ")
	case "env":
		return strings.Join(g.Env, ", ")
	}
	return strings.Join(g.Credentials[strings.TrimPrefix(key, "credentials.")], ", ")
}
