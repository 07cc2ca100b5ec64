package steps

import (
	"cmp"
	"context"
	"encoding/base64"
	"net"
	"net/url"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// httpAuth is a credential that is sent; its secret parts are names of where they are.
type httpAuth struct {
	Basic  *httpBasic  `yaml:"basic" doc:"user and password, or user and token"`
	Bearer *httpBearer `yaml:"bearer" doc:"a token"`
	Netrc  bool        `yaml:"netrc" doc:"what stands in ~/.netrc, or in the file that NETRC names, for the host; granted by the name netrc"`
	Npmrc  bool        `yaml:"npmrc" doc:"what stands in ~/.npmrc, or in the file that NPM_CONFIG_USERCONFIG names, for the URL; granted by the name npmrc"`
}

type httpBasic struct {
	User         string `yaml:"user" doc:"the user's name"`
	UserEnv      string `yaml:"userEnv" doc:"the environment variable with the user's name"`
	PasswordEnv  string `yaml:"passwordEnv" doc:"the environment variable with the password"`
	PasswordFile string `yaml:"passwordFile" doc:"the file with the password, such as ~/.config/web/password; granted by its path"`
	Secret       string `yaml:"secret" doc:"the Secret of the cluster with the keys username and password, as namespace/name; granted by this name"`
}

type httpBearer struct {
	Env    string `yaml:"env" doc:"the environment variable with the token"`
	File   string `yaml:"file" doc:"the file with the token, such as ~/.config/web/token; granted by its path"`
	Secret string `yaml:"secret" doc:"the Secret of the cluster with the token, as namespace/name; granted by this name"`
	Key    string `yaml:"key" doc:"its key in the Secret; unwritten: token"`
}

func (a httpAuth) given() bool { return a != httpAuth{} }

func (a httpAuth) check(r httpRequest) (out []check.Problem) {
	add := func(message, hint string) {
		out = append(out, check.Problem{Path: []any{"auth"}, Message: message, Hint: hint})
	}
	given := 0
	for _, is := range []bool{a.Basic != nil, a.Bearer != nil, a.Netrc, a.Npmrc} {
		if is {
			given++
		}
	}
	if given > 1 {
		add("a request carries one credential", "keep one of basic, bearer, netrc and npmrc")
	}
	out = append(out, credentialProblems(a.Basic, a.Bearer)...)
	for name := range r.Headers {
		if a.given() && strings.EqualFold(name, "Authorization") {
			add("auth and the request header Authorization exclude each other", "")
		}
	}
	return out
}

// header returns the value of the Authorization header, "" where no credential is given.
// Every place that the credential would go to needs its own grant: the host, and the address that resolve puts in its place.
func (a httpAuth) header(ctx context.Context, c Cluster, at check.Site, u *url.URL, d netDialer) (string, error) {
	places := []string{u.Hostname()}
	for _, addr := range d.overrides(hostPort(u)) {
		host, _, _ := net.SplitHostPort(addr)
		places = append(places, host)
	}
	if a.given() && u.Scheme == "http" && !loopback(places[len(places)-1]) && at.Warn != nil {
		at.Warn("the credential for %s travels unencrypted: the URL is http://", u.Host)
	}
	switch {
	case a.Bearer != nil:
		token, err := a.Bearer.token(ctx, c, at, places)
		return "Bearer " + token, err
	case a.Basic != nil:
		return a.Basic.header(ctx, c, at, places)
	case a.Netrc:
		return netrcHeader(at, u.Hostname(), places)
	case a.Npmrc:
		return npmrcHeader(at, u, places)
	}
	return "", nil
}

func (b httpBasic) header(ctx context.Context, c Cluster, at check.Site, places []string) (string, error) {
	user, password, err := b.pair(ctx, c, at, places)
	if err != nil {
		return "", err
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	nameSecret(at, pair)
	return "Basic " + pair, nil
}

// pair returns the user's name and the password.
func (b httpBasic) pair(ctx context.Context, c Cluster, at check.Site, places []string) (user, password string, err error) {
	user = b.User
	switch {
	case b.UserEnv != "":
		user, err = credential(at, b.UserEnv, "", places)
	case b.Secret != "" && user == "":
		user, err = secretCredential(ctx, c, at, b.Secret, "username", places)
	}
	if err != nil {
		return "", "", err
	}
	if b.Secret != "" {
		password, err = secretCredential(ctx, c, at, b.Secret, "password", places)
	} else {
		password, err = credential(at, b.PasswordEnv, b.PasswordFile, places)
	}
	return user, password, err
}

// names are what its parts are granted by.
func (b httpBasic) names() []string {
	names := []string{cmp.Or(b.PasswordEnv, b.PasswordFile, b.Secret)}
	if b.UserEnv != "" {
		names = append(names, b.UserEnv)
	}
	return names
}

func (b httpBearer) token(ctx context.Context, c Cluster, at check.Site, places []string) (string, error) {
	if b.Secret != "" {
		return secretCredential(ctx, c, at, b.Secret, cmp.Or(b.Key, "token"), places)
	}
	return credential(at, b.Env, b.File, places)
}

// rules are the rights to read the Secret.
func (a httpAuth) rules() []check.Rule { return credentialRules(a.Basic, a.Bearer) }

func credentialRules(basic *httpBasic, bearer *httpBearer) []check.Rule {
	switch {
	case basic != nil && basic.Secret != "":
		return secretRules(basic.Secret)
	case bearer != nil && bearer.Secret != "":
		return secretRules(bearer.Secret)
	}
	return nil
}
