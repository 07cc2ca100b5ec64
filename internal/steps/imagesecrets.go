package steps

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gitea.coulomb.social/coulomb/wpctl/internal/leak"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
)

// imageSecret is something in an image's configuration that looks like a secret.
type imageSecret struct{ where, value string }

var (
	secretEnvName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret|secret_?key(_?base)?|token|api_?key|access_?key|private_?key|credentials?)s?$|_pass$|^(pgpassword|mysql_pwd)$`)
	})
	harmlessValue = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(true|false|yes|no|on|off|none|null|[0-9]{1,6})$|^(/|\./)|^\$`)
	})
)

// hasSecretShape tells whether a redactor that knows no secret would take something out of the value.
func hasSecretShape(value string) bool { return new(policy.Redactor).String(value) != value }

// secretsOf finds variables and labels that look like secrets: by their name, where the value is neither a path, a
// switch nor a number; by the form of the value; or, where the rules of the kind secrets are asked as well, by those.
func secretsOf(ctx context.Context, c v1.Config, rules bool) (out []imageSecret, err error) {
	look := func(what, name, value string) {
		found := secretEnvName().MatchString(name) && value != "" && !harmlessValue().MatchString(strings.ToLower(value)) || hasSecretShape(value)
		if rules && !found && err == nil {
			found, err = ruledSecret(ctx, name, value)
		}
		if found {
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
	return out, err
}

// ruledSecret asks the rules of the kind secrets, those aside that guess by how random a value is: the fingerprint of a
// key, which base images have, is as random.
func ruledSecret(ctx context.Context, name, value string) (bool, error) {
	found, err := leak.Find(ctx, "", name+"="+value)
	return slices.ContainsFunc(found, func(f leak.Finding) bool { return !strings.HasPrefix(f.Rule, "generic") }), err
}
