package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// secretArgs are the fields of a secret step.
type secretArgs struct {
	Namespace string            `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	Name      string            `yaml:"name" required:"true" doc:"the Secret"`
	Type      string            `yaml:"type" doc:"its type, such as kubernetes.io/basic-auth"`
	Keys      []string          `yaml:"keys" doc:"keys that must be there, with a value"`
	Lengths   map[string]length `yaml:"lengths" doc:"how many bytes the value of a key has: 32, >=32, or >=8 <=72"`
	DSN       []secretDSN       `yaml:"dsn" doc:"keys whose value is a URL of a database, and what it must say"`
	Same      []secretSame      `yaml:"same" doc:"keys whose value is that of another Secret's key"`
}

// secretDSN is what the URL in a key must be.
type secretDSN struct {
	Key          string     `yaml:"key" required:"true" doc:"the key that holds the URL"`
	Scheme       string     `yaml:"scheme" doc:"such as postgres; postgresql is the same"`
	User         string     `yaml:"user" doc:"its user"`
	Host         string     `yaml:"host" doc:"its host; NAME.NAMESPACE and NAME.NAMESPACE.svc.cluster.local are the same"`
	Port         int        `yaml:"port" doc:"its port; where it has none, that of its scheme counts"`
	Database     string     `yaml:"database" doc:"its path, without the slash"`
	PasswordFrom *secretKey `yaml:"passwordFrom" doc:"a key of another Secret that must hold its password"`
}

// secretKey names a key of a Secret.
type secretKey struct {
	Namespace string `yaml:"namespace" doc:"else that of the Secret itself"`
	Name      string `yaml:"name" required:"true" doc:"the Secret"`
	Key       string `yaml:"key" required:"true" doc:"its key"`
}

// secretSame wants two keys to hold the same.
type secretSame struct {
	Key string    `yaml:"key" required:"true" doc:"a key of the Secret"`
	As  secretKey `yaml:"as" required:"true" doc:"the key that holds the same"`
}

// secretSelf is what a secret step saw: no values.
type secretSelf struct {
	Type string               `json:"type" doc:"the Secret's type"`
	Keys map[string]int       `json:"keys" doc:"how many bytes each key's value has"`
	DSN  map[string]secretURL `json:"dsn" doc:"by key, what the URLs say, without passwords; only those that could be read without doubt"`
}

// secrets looks at Secrets, each by its name.
type secrets struct{ cluster Cluster }

// secretKind looks at a Secret and shows no value of it. Whatever is read is named to the redactor before it is
// looked at, and no message is made of a value or of an error that may quote one.
// A Secret is fetched by its name; Secrets are never listed.
func secretKind(d Deps) check.Kind {
	k := secrets{d.Cluster}
	return check.Define(check.Spec[secretArgs]{
		Name: "secret",
		Doc:  "Expect a Secret to have keys, lengths and a type, and the URL of a database in it to be right, without showing a value.",
		Example: `secret: {namespace: web, name: web-env, keys: [SECRET_KEY, DATABASE_URL], lengths: {SECRET_KEY: ">=50"}, ` +
			`dsn: {key: DATABASE_URL, host: apps-pg-rw.databases, database: web_db, passwordFrom: {name: web-db, key: password}}}`,
		Self:   secretSelf{},
		Caps:   []check.Capability{check.ClusterRead, check.ReadsSecrets},
		Check:  secretCheck,
		Target: secretArgs.target,
		Rules:  secretArgs.rules,
		Shared: true,
		Look:   k.look,
		Wake:   k.wake,
	})
}

func (a secretArgs) ref() k8sRef {
	return k8sRef{APIVersion: "v1", Kind: "Secret", Namespace: a.Namespace, Name: a.Name}
}

func (a secretArgs) target() string {
	if a.Namespace == "" {
		return a.Name
	}
	return a.Name + " in " + a.Namespace
}

// others are the keys of other Secrets that a look needs.
func (a secretArgs) others() []secretKey {
	var out []secretKey
	for _, d := range a.DSN {
		if d.PasswordFrom != nil {
			out = append(out, *d.PasswordFrom)
		}
	}
	for _, s := range a.Same {
		out = append(out, s.As)
	}
	return out
}

// refs are all Secrets that a look needs.
func (a secretArgs) refs() []k8sRef {
	out := []k8sRef{a.ref()}
	for _, k := range a.others() {
		if ref := a.of(k); !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

// of is the Secret of a key.
func (a secretArgs) of(k secretKey) k8sRef {
	ref := a.ref()
	ref.Name = k.Name
	if k.Namespace != "" {
		ref.Namespace = k.Namespace
	}
	return ref
}

func (a secretArgs) rules() []check.Rule {
	var out []check.Rule
	for _, r := range a.refs() {
		out = append(out, check.Rule{Verbs: []string{"get"}, APIVersion: "v1", Kind: "Secret", Namespace: r.Namespace, Names: []string{r.Name}})
	}
	return out
}

// secretCheck finds mistakes that need no cluster.
func secretCheck(a secretArgs) (out []check.Problem) {
	bad := func(message, hint string, path ...any) { out = append(out, problem(message, hint, path...)) }
	name := func(s string, path ...any) {
		if s == "" || strings.ContainsAny(s, "/ \t\n") {
			bad(fmt.Sprintf("%q is no name", s), "", path...)
		}
	}
	name(a.Name, "name")
	for i, k := range a.Keys {
		name(k, "keys", i)
	}
	for i, d := range a.DSN {
		name(d.Key, "dsn", i, "key")
		if d.Port < 0 || d.Port > 65535 {
			bad("a port is a number from 1 to 65535", "", "dsn", i, "port")
		}
		if strings.Contains(d.Scheme, ":") {
			bad("a scheme is a word, such as postgres", "", "dsn", i, "scheme")
		}
		if strings.ContainsAny(d.Host, ":/@") && strings.Count(d.Host, ":") < 2 {
			bad("a host has no port and no path", "port has a field of its own", "dsn", i, "host")
		}
		if strings.HasPrefix(d.Database, "/") {
			bad("a database begins without a slash", "", "dsn", i, "database")
		}
	}
	for i, s := range a.Same {
		if s.As.Name == a.Name && s.As.Key == s.Key && (s.As.Namespace == "" || s.As.Namespace == a.Namespace) {
			bad("a key is always the same as itself", "name another one", "same", i)
		}
	}
	return out
}

// wake watches the Secrets that are looked at, each by its name.
func (k secrets) wake(ctx context.Context, at check.Site, a secretArgs) (<-chan struct{}, error) {
	return watchAll(ctx, k.cluster, at, a.refs())
}
