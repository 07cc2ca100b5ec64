package steps

import (
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxQuery bounds the statement that is sent.
const maxQuery = 64 << 10

// check finds mistakes that need no look.
func (a postgresArgs) check() []check.Problem {
	out := slices.Concat(a.netReach.check(), addressProblems("address", a.Address, "5432"))
	add := func(message, hint string, path ...any) { out = append(out, problem(message, hint, path...)) }
	switch {
	case a.Service != "" && a.Address != "":
		add("service and address exclude each other", "keep one of them", "address")
	case a.Service == "" && a.Address == "" && a.DSN == nil:
		add("nothing says which server", "service: namespace/name, address: host:port, or dsn")
	}
	if _, err := parseServiceRef(a.Service); a.Service != "" && err != nil {
		add(err.Error(), "write namespace/name, as in databases/apps-pg-rw", "service")
	}
	if _, err := parseSecretRef(a.Secret); a.Secret != "" && err != nil {
		add(err.Error(), "write namespace/name, as in web/web-db", "secret")
	}
	if a.DSN != nil {
		out = append(out, a.DSN.check()...)
	}
	if given := a.passwords(); len(given) > 1 {
		add("the password is given twice: "+strings.Join(given, " and "), "keep one of them", given[1])
	}
	if a.CA != "" && (a.SSLMode == "disable" || a.SSLMode == "prefer" || a.SSLMode == "require") {
		add(fmt.Sprintf("with sslmode %s no authority is asked for", a.SSLMode), "sslmode: verify-full, or leave ca out", "ca")
	}
	if len(a.Resolve) > 0 && a.Address == "" {
		add("resolve is for address", "leave it out", "resolve")
	}
	out = append(out, envName(a.PasswordEnv, "passwordEnv")...)
	out = append(out, filePath(a.PasswordFile, "passwordFile")...)
	return append(out, a.checkQuery()...)
}

// passwords are the fields that a password comes from.
func (a postgresArgs) passwords() (out []string) {
	if a.Secret != "" {
		out = append(out, "secret")
	}
	if a.PasswordEnv != "" {
		out = append(out, "passwordEnv")
	}
	if a.PasswordFile != "" {
		out = append(out, "passwordFile")
	}
	if a.Pgpass {
		out = append(out, "pgpass")
	}
	return out
}

func (a postgresArgs) checkQuery() []check.Problem {
	switch {
	case a.Query == "" && len(a.Args) > 0:
		return []check.Problem{problem("args without a query", "leave them out", "args")}
	case a.Query == "":
		return nil
	case len(a.Query) > maxQuery:
		return []check.Problem{problem(fmt.Sprintf("a query of more than %d bytes", maxQuery), "shorten it", "query")}
	}
	word := firstWord(string(a.Query))
	if !slices.Contains(readingWords, word) {
		return []check.Problem{problem(fmt.Sprintf("a query begins with one of %s, not with %q", strings.Join(readingWords, ", "), word), "what changes something belongs into a step of kind sh or exec", "query")}
	}
	return nil
}

// readingWords are the statements that read: all others are left to kinds that may change something.
// WITH may hold statements that write; those the server refuses, since the transaction can only read.
var readingWords = []string{"SELECT", "VALUES", "TABLE", "WITH", "SHOW"}

// firstWord returns the first word of a statement in upper case, behind comments and parentheses.
func firstWord(s string) string {
	for {
		s = strings.TrimLeft(s, " \t\r\n(")
		switch {
		case strings.HasPrefix(s, "--"):
			_, s, _ = strings.Cut(s, "\n")
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s, "*/")
		default:
			end := strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' && r < 'a' || r > 'z' })
			if end < 0 {
				end = len(s)
			}
			return strings.ToUpper(s[:end])
		}
	}
}

func (d postgresDSN) check() []check.Problem {
	switch {
	case d.Env != "" && (d.Secret != "" || d.Key != ""):
		return []check.Problem{problem("the URL is given twice", "keep env, or secret and key", "dsn")}
	case d.Env != "":
		return envName(d.Env, "dsn", "env")
	case d.Secret == "" || d.Key == "":
		return []check.Problem{problem("nothing says where the URL is kept", "env: NAME, or secret: namespace/name and key: NAME", "dsn")}
	}
	if _, err := parseSecretRef(d.Secret); err != nil {
		return []check.Problem{problem(err.Error(), "write namespace/name, as in web/web-env", "dsn", "secret")}
	}
	return nil
}

// parseSecretRef reads namespace/name.
func parseSecretRef(s string) (k8sRef, error) {
	namespace, name, ok := strings.Cut(s, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return k8sRef{}, fmt.Errorf("%q is not namespace/name", s)
	}
	return k8sRef{APIVersion: "v1", Kind: "Secret", Namespace: namespace, Name: name}, nil
}
