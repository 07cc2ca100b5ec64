package config

import (
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// The forms of names; made when the first is checked.
var (
	idForm   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._-]+$`) })
	repoForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)
	})
	runForm  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\*|[A-Za-z][A-Za-z0-9-]*\*?)$`) })
	envForm  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\*|[A-Za-z_][A-Za-z0-9_]*\*?)$`) })
	hostForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(\*|(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*(:[0-9A-Fa-f.]*){2,})(:[0-9]{1,5})?$`)
	})
)

// validate tells of what the types allow and the settings do not.
func (l *layer) validate() {
	s := &l.settings
	for i, p := range s.Plans {
		if err := checkGlob(p); err != nil {
			l.add(l.item("plans", i), "bad-value", "", "%q is no glob: %v", p, err)
		}
	}
	l.each("repos", s.Repos, func(name, path string) (string, string) {
		return unless(repoForm().MatchString(name), "a repository's name has letters, digits, dots, dashes and slashes"),
			unless(path != "", "the path of a checkout is missing")
	})
	l.each("aliases", s.Aliases, func(from, to string) (string, string) {
		const form = "an id has letters, digits, dots, underscores and dashes"
		if to == from {
			return "", "an alias of itself"
		}
		return unless(idForm().MatchString(from), form), unless(idForm().MatchString(to), form)
	})
	l.each("clusters", s.Clusters, func(name, context string) (string, string) {
		return unless(name != "", "a cluster needs a name"), unless(context != "", "the kubeconfig context is missing")
	})
	for name, path := range map[string]string{"plan": s.Templates.Plan, "task": s.Templates.Task, "step": s.Templates.Step} {
		switch key := "templates." + name; {
		case l.has(key) && strings.TrimSpace(path) == "":
			l.add(l.values[key], "bad-value", "", "the path of the template is missing")
		case l.has(key) && l.kind == repoLayer && !filepath.IsLocal(filepath.FromSlash(path)):
			l.add(l.values[key], "bad-value", "", "a template of a repository lies in it")
		}
	}
	l.validateLint()
	l.validateStatuses()
	if l.has("parallelism") && s.Parallelism < 1 {
		l.add(l.values["parallelism"], "bad-value", "", "at least 1 step must be able to look")
	}
	if l.has("keep.runs") && s.Keep.Runs < 1 {
		l.add(l.values["keep.runs"], "bad-value", "", "at least 1 run is kept")
	}
	if l.has("keep.age") && s.Keep.Age <= 0 {
		l.add(l.values["keep.age"], "bad-value", "", "runs are kept for some time")
	}
	l.validateGrants()
	l.validateHub()
}

func (l *layer) validateGrants() {
	g := l.settings.Grants
	l.items("grants.run", g.Run, runForm(), "a kind of step, or *")
	l.items("grants.env", g.Env, envForm(), "an environment name, with or without a * at its end")
	for name, hosts := range g.Credentials {
		if len(hosts) == 0 && l.kind == flagLayer {
			l.add(nil, "bad-value", "", "wanted NAME=HOST,HOST")
		}
		// The hosts are not repeated: this is where a credential itself would stand by mistake.
		for i, h := range hosts {
			if !hostForm().MatchString(h) || looksSecret(h) {
				l.add(l.item("grants.credentials."+name, i), "bad-value",
					"registry.example.org, *.example.org or registry.example.org:5000", "wanted a host for %s", name)
			}
		}
	}
	l.each("keys", l.settings.Keys, func(name, key string) (string, string) {
		return "", unless(strings.TrimSpace(key) != "", "the key is missing")
	})
}

// looksSecret tells whether a host without a dot is more likely a token that was put in its place.
func looksSecret(host string) bool {
	return !strings.ContainsAny(host, ".:*") && (len(host) > 30 || strings.Contains(host, "_"))
}

// each looks at the entries of a mapping; look returns what is wrong with the key and with the value.
func (l *layer) each(key string, entries map[string]string, look func(name, value string) (string, string)) {
	for name, value := range entries {
		path := key + "." + name
		wrongKey, wrongValue := look(name, value)
		if wrongKey != "" {
			l.add(l.keys[path], "bad-value", "", "%s", wrongKey)
		}
		if wrongValue != "" {
			l.add(l.values[path], "bad-value", "", "%s", wrongValue)
		}
	}
}

// items looks at the items of a list, which are not repeated in what is told: they may be a secret put in the wrong place.
func (l *layer) items(key string, items []string, form *regexp.Regexp, want string) {
	for i, item := range items {
		if !form.MatchString(item) {
			l.add(l.item(key, i), "bad-value", "", "wanted %s", want)
		}
	}
}

func unless(ok bool, message string) string {
	if ok {
		return ""
	}
	return message
}
