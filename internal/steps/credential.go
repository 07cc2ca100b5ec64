package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxCredential bounds a file with a password or a token.
const maxCredential = 64 << 10

// credential reads an environment variable, or where there is none a file, that policy lets go to all places, and names
// its value as a secret. A file is granted by its path, as the step writes it.
func credential(at check.Site, env, file string, places []string) (string, error) {
	if env == "" {
		return fileCredential(at, file, places)
	}
	if err := granted(at, env, places...); err != nil {
		return "", err
	}
	if at.Env == nil {
		return "", fmt.Errorf("the environment variable %s cannot be read", env)
	}
	value, ok := at.Env(env)
	if !ok || value == "" {
		return "", fmt.Errorf("the environment variable %s is not set, or policy does not let it be read", env)
	}
	nameSecret(at, value)
	return value, nil
}

func fileCredential(at check.Site, name string, places []string) (string, error) {
	if err := granted(at, name, places...); err != nil {
		return "", err
	}
	path := name
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find %s: %w", name, err)
		}
		path = filepath.Join(home, rest)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("the credential %s is not a regular file", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the credential %s: %w", name, withoutPath(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCredential+1))
	value := strings.TrimRight(string(text), "\r\n")
	switch {
	case err != nil:
		return "", fmt.Errorf("the credential %s: %w", name, withoutPath(err))
	case value == "" || len(text) > maxCredential || strings.ContainsAny(value, "\r\n\x00"):
		return "", fmt.Errorf("the credential %s is not one line of text", name)
	}
	nameSecret(at, value)
	return value, nil
}

func grant(at check.Site, name, host string) error {
	if at.Grant == nil {
		return errors.New("nothing grants it")
	}
	return at.Grant(name, host)
}

// granted is nil where policy lets the credential go to all the places.
func granted(at check.Site, credential string, places ...string) error {
	for _, place := range places {
		if err := grant(at, credential, place); err != nil {
			var denied *check.Denied
			if errors.As(err, &denied) {
				return err
			}
			return &check.Denied{Reason: fmt.Sprintf("the credential %s may not go to %s: %v", credential, place, err)}
		}
	}
	return nil
}

// secretCredential reads a key of a Secret that policy lets go to all places. A Secret is granted by namespace/name.
func secretCredential(ctx context.Context, c Cluster, at check.Site, of, key string, places []string) (string, error) {
	if err := granted(at, of, places...); err != nil {
		return "", err
	}
	ref, err := parseSecretRef(of)
	if err != nil {
		return "", err
	}
	if c == nil {
		return "", errNoCluster
	}
	o, err := secrets{c}.open(ctx, at, ref)
	if err != nil {
		return "", err
	}
	if lack := o.lack(key); lack != "" {
		return "", errors.New(lack)
	}
	return o.values[key], nil
}

// secretRules are the rights to read a Secret that is written namespace/name.
func secretRules(of string) []check.Rule {
	ref, err := parseSecretRef(of)
	if err != nil {
		return nil
	}
	return []check.Rule{{Verbs: []string{"get"}, APIVersion: "v1", Kind: "Secret", Namespace: ref.Namespace, Names: []string{ref.Name}}}
}

// credentialProblems tells of credentials that are named wrongly. What stands for a name may be a secret, and is not repeated.
func credentialProblems(basic *httpBasic, bearer *httpBearer) (out []check.Problem) {
	if b := basic; b != nil {
		if b.User != "" && b.UserEnv != "" {
			out = append(out, problem("the user's name is given twice", "keep one of user and userEnv", "auth", "basic"))
		}
		out = append(out, envName(b.UserEnv, "auth", "basic", "userEnv")...)
		out = append(out, origins{{"passwordEnv", b.PasswordEnv}, {"passwordFile", b.PasswordFile}, {"secret", b.Secret}}.problems("password", "auth", "basic")...)
	}
	if b := bearer; b != nil {
		out = append(out, origins{{"env", b.Env}, {"file", b.File}, {"secret", b.Secret}}.problems("token", "auth", "bearer")...)
		if b.Key != "" && b.Secret == "" {
			out = append(out, problem("key is one of a Secret", "write secret: namespace/name, or leave it out", "auth", "bearer", "key"))
		}
	}
	return out
}

// origins are the fields that a secret may come from: a variable, a file, a Secret.
type origins [3]struct{ field, value string }

// problems tells of a secret that comes from nowhere, from two places, or from one that is none.
func (s origins) problems(what string, path ...any) (out []check.Problem) {
	fields := fmt.Sprintf("%s, %s and %s", s[0].field, s[1].field, s[2].field)
	var given []string
	for i, from := range s {
		if from.value == "" {
			continue
		}
		at := append(slices.Clone(path), from.field)
		switch given = append(given, from.field); i {
		case 0:
			out = append(out, envName(from.value, at...)...)
		case 1:
			out = append(out, filePath(from.value, at...)...)
		default:
			if _, err := parseSecretRef(from.value); err != nil {
				out = append(out, problem(err.Error(), "write namespace/name, as in web/web-env", at...))
			}
		}
	}
	switch len(given) {
	case 0:
		out = append(out, problem("nothing says where the "+what+" is", "name it with one of "+fields, path...))
	case 1:
	default:
		out = append(out, problem("the "+what+" is given twice", "keep one of "+fields, append(slices.Clone(path), given[1])...))
	}
	return out
}

// envName tells of what cannot be the name of an environment variable, such as the secret that it should hold.
func envName(name string, path ...any) []check.Problem {
	if name == "" || syntax.ValidName(name) {
		return nil
	}
	return []check.Problem{problem("this is no name of an environment variable", "its name, such as REGISTRY_TOKEN; if it is the secret itself, change that, for the history keeps it", path...)}
}

// filePath tells of a credential that would lie in the checkout.
func filePath(path string, field ...any) []check.Problem {
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "~/") {
		return nil
	}
	return []check.Problem{problem("a credential is no file of the checkout", "a whole path, such as ~/.config/web/token or /run/secrets/web", field...)}
}
