package steps

import (
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
}

type httpBasic struct {
	User         string `yaml:"user" doc:"the user's name"`
	UserEnv      string `yaml:"userEnv" doc:"the environment variable with the user's name"`
	PasswordEnv  string `yaml:"passwordEnv" doc:"the environment variable with the password"`
	PasswordFile string `yaml:"passwordFile" doc:"the file with the password, such as ~/.config/web/password; granted by its path"`
}

type httpBearer struct {
	Env  string `yaml:"env" doc:"the environment variable with the token"`
	File string `yaml:"file" doc:"the file with the token, such as ~/.config/web/token; granted by its path"`
}

func (a httpAuth) given() bool { return a != httpAuth{} }

func (a httpAuth) check(r httpRequest) (out []check.Problem) {
	add := func(message, hint string) {
		out = append(out, check.Problem{Path: []any{"auth"}, Message: message, Hint: hint})
	}
	if a.Basic != nil && a.Bearer != nil || a.Netrc && (a.Basic != nil || a.Bearer != nil) {
		add("a request carries one credential", "keep one of basic, bearer and netrc")
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
		token, err := credential(at, a.Bearer.Env, a.Bearer.File, places)
		return "Bearer " + token, err
	case a.Basic != nil:
		return a.Basic.header(at, places)
	case a.Netrc:
		return netrcHeader(at, u.Hostname(), places)
	}
	return "", nil
}

func (b httpBasic) header(at check.Site, places []string) (string, error) {
	user := b.User
	if b.UserEnv != "" {
		var err error
		if user, err = credential(at, b.UserEnv, "", places); err != nil {
			return "", err
		}
	}
	password, err := credential(at, b.PasswordEnv, b.PasswordFile, places)
	if err != nil {
		return "", err
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	nameSecret(at, pair)
	return "Basic " + pair, nil
}
