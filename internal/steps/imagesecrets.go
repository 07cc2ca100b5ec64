package steps

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// imageSecret is something in an image's configuration that looks like a secret.
type imageSecret struct{ where, value string }

var (
	secretEnvName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)s?$|^(pgpassword|mysql_pwd)$`)
	})
	secretForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s@]+@|^gh[pousr]_\w{20,}|^github_pat_\w{20,}|^glpat-[\w-]{20,}|^AKIA[0-9A-Z]{16}$|^xox[abprs]-|^AGE-SECRET-KEY-1|^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$`)
	})
	harmlessValue = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(true|false|yes|no|on|off|none|null|[0-9]{1,6})$|^(/|\./)|^\$`)
	})
)

// secretsOf finds variables and labels that look like secrets: by their name, where the value is neither a path, a
// switch nor a number; or by the form of the value.
func secretsOf(c v1.Config) (out []imageSecret) {
	look := func(what, name, value string) {
		named := secretEnvName().MatchString(name) && value != "" && !harmlessValue().MatchString(strings.ToLower(value))
		if named || secretForm().MatchString(value) {
			out = append(out, imageSecret{fmt.Sprintf("%s %s", what, name), value})
		}
	}
	for _, pair := range c.Env {
		name, value, _ := strings.Cut(pair, "=")
		look("variable", name, value)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		look("label", name, c.Labels[name])
	}
	return out
}
