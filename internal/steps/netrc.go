package steps

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxNetrc bounds a netrc.
const maxNetrc = 1 << 20

// netrcHeader returns the value of the Authorization header from the user's netrc.
func netrcHeader(at check.Site, host string, places []string) (string, error) {
	if err := granted(at, netrcCredential, places...); err != nil {
		return "", err
	}
	user, password, err := readNetrc(host)
	if err != nil {
		return "", err
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	nameSecret(at, password)
	nameSecret(at, pair)
	return "Basic " + pair, nil
}

// readNetrc returns what the user's netrc has for a host. Its `default` is passed over: it would give a credential to
// every host.
func readNetrc(host string) (user, password string, err error) {
	home, _ := os.UserHomeDir()
	path := cmp.Or(os.Getenv("NETRC"), filepath.Join(home, ".netrc"))
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", "", &check.Unauthenticated{Err: fmt.Errorf("there is no netrc: %s", path)}
	}
	if err != nil {
		return "", "", fmt.Errorf("netrc: %w", withoutPath(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", "", errors.New("netrc: it is not a regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxNetrc))
	if err != nil {
		return "", "", fmt.Errorf("netrc: %w", withoutPath(err))
	}
	user, password, ok := parseNetrc(string(text), host)
	if !ok {
		return "", "", &check.Unauthenticated{Err: fmt.Errorf("netrc has no login and password for %s", host)}
	}
	return user, password, nil
}

// parseNetrc finds the first entry of a host, in the form that curl and pip read: words, # begins a comment at the
// start of a word, a macro ends with an empty line.
func parseNetrc(text, host string) (user, password string, ok bool) {
	here, inMacro := false, false
	var expect string
	for line := range strings.Lines(text) {
		if inMacro {
			inMacro = strings.TrimSpace(line) != ""
			continue
		}
		for _, word := range strings.Fields(line) {
			if expect != "" {
				switch {
				case expect == "machine":
					here = strings.EqualFold(word, host)
				case here && expect == "login":
					user = word
				case here && expect == "password":
					password = word
				}
				expect = ""
				continue
			}
			if strings.HasPrefix(word, "#") {
				break
			}
			if word == "machine" || word == "default" {
				if here && password != "" {
					return user, password, true
				}
				here, user, password = false, "", ""
			}
			switch word {
			case "machine", "login", "password", "account":
				expect = word
			case "macdef":
				inMacro = true
			}
		}
	}
	return user, password, here && password != ""
}
