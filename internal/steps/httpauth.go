package steps

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// httpAuth is a credential that is sent; its secret parts are names of environment variables.
type httpAuth struct {
	Basic  *httpBasic  `yaml:"basic" doc:"user and password"`
	Bearer *httpBearer `yaml:"bearer" doc:"a token"`
}

type httpBasic struct {
	User        string `yaml:"user" doc:"the user's name"`
	UserEnv     string `yaml:"userEnv" doc:"the environment variable with the user's name"`
	PasswordEnv string `yaml:"passwordEnv" required:"true" doc:"the environment variable with the password"`
}

type httpBearer struct {
	Env string `yaml:"env" required:"true" doc:"the environment variable with the token"`
}

func (a httpAuth) given() bool { return a.Basic != nil || a.Bearer != nil }

func (a httpAuth) check(r httpRequest) (out []check.Problem) {
	add := func(message, hint string) {
		out = append(out, check.Problem{Path: []any{"auth"}, Message: message, Hint: hint})
	}
	if a.Basic != nil && a.Bearer != nil {
		add("a request carries one credential", "keep one of basic and bearer")
	}
	out = append(out, credentialProblems(a.Basic, a.Bearer)...)
	for name := range r.Headers {
		if a.given() && strings.EqualFold(name, "Authorization") {
			add("auth and the request header Authorization exclude each other", "")
		}
	}
	return out
}

// credentialProblems tells of credentials that are named wrongly. What stands for a name may be a secret, and is not repeated.
func credentialProblems(basic *httpBasic, bearer *httpBearer) (out []check.Problem) {
	if basic != nil {
		if basic.User != "" && basic.UserEnv != "" {
			out = append(out, problem("the user's name is given twice", "keep one of user and userEnv", "auth", "basic"))
		}
		out = append(out, envName(basic.UserEnv, "auth", "basic", "userEnv")...)
		out = append(out, envName(basic.PasswordEnv, "auth", "basic", "passwordEnv")...)
	}
	if bearer != nil {
		out = append(out, envName(bearer.Env, "auth", "bearer", "env")...)
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

// header returns the value of the Authorization header, "" where no credential is given.
// Every place that the credential would go to needs its own grant: the host, and the address that resolve puts in its place.
func (a httpAuth) header(at check.Site, u *url.URL, d netDialer) (string, error) {
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
		token, err := credential(at, a.Bearer.Env, places)
		return "Bearer " + token, err
	case a.Basic != nil:
		return a.Basic.header(at, places)
	}
	return "", nil
}

func (b httpBasic) header(at check.Site, places []string) (string, error) {
	user := b.User
	if b.UserEnv != "" {
		var err error
		if user, err = credential(at, b.UserEnv, places); err != nil {
			return "", err
		}
	}
	password, err := credential(at, b.PasswordEnv, places)
	if err != nil {
		return "", err
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	nameSecret(at, pair)
	return "Basic " + pair, nil
}

// credential reads an environment variable that policy lets go to all places, and names its value as a secret.
func credential(at check.Site, name string, places []string) (string, error) {
	if err := grantAll(at, name, places); err != nil {
		return "", err
	}
	if at.Env == nil {
		return "", fmt.Errorf("the environment variable %s cannot be read", name)
	}
	value, ok := at.Env(name)
	if !ok || value == "" {
		return "", fmt.Errorf("the environment variable %s is not set, or policy does not let it be read", name)
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
