package policy

import (
	"os"
	"strings"
)

// Names are names of environment variables that plans may read, as patterns in which * stands for any text.
type Names struct {
	Granted  []string // from the user
	Narrowed []string // from the repository: only these of them; nil narrows nothing
}

// Allow tells whether a plan may read the environment variable of that name.
func (n Names) Allow(name string) bool {
	return name != "" && matchAny(n.Granted, name) && (n.Narrowed == nil || matchAny(n.Narrowed, name))
}

// Lookup returns an environment variable that is set and may be read. It serves as check.Site's Env.
// The value of one that is named like a credential is added to r, which may be nil.
func (n Names) Lookup(name string, r *Redactor) (string, bool) {
	if !n.Allow(name) {
		return "", false
	}
	value, ok := os.LookupEnv(name)
	if ok && r != nil && SecretName(name) {
		r.Add(value)
	}
	return value, ok
}

// SecretName tells whether a variable, key or field is named like a credential.
func SecretName(name string) bool {
	name = strings.ToUpper(name)
	for _, word := range []string{"TOKEN", "SECRET", "PASSW", "PWD_", "CREDENTIAL", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "_PAT", "DSN", "DATABASE_URL"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return strings.HasSuffix(name, "_KEY") || strings.HasSuffix(name, "_PASS")
}

func matchAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if match(p, name) {
			return true
		}
	}
	return false
}

// match matches name against a pattern in which * stands for any text.
func match(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}
