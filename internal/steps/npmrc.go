package steps

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

const npmrcCredential = "npmrc"

// maxNpmrc bounds a .npmrc.
const maxNpmrc = 1 << 20

// npmrcHeader returns the value of the Authorization header from the user's .npmrc, for a URL at or below one that it
// names, https://docs.npmjs.com/cli/configuring-npm/npmrc#auth-related-configuration
func npmrcHeader(at check.Site, u *url.URL, places []string) (string, error) {
	if err := granted(at, npmrcCredential, places...); err != nil {
		return "", err
	}
	home, _ := os.UserHomeDir()
	name := cmp.Or(os.Getenv("NPM_CONFIG_USERCONFIG"), filepath.Join(home, ".npmrc"))
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return "", errors.New("npmrc: it is not a regular file")
	}
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return "", &check.Unauthenticated{Err: fmt.Errorf("there is no .npmrc: %s", name)}
	}
	if err != nil {
		return "", fmt.Errorf("npmrc: %w", withoutPath(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxNpmrc))
	if err != nil {
		return "", fmt.Errorf("npmrc: %w", withoutPath(err))
	}
	key, value := npmrcEntry(string(text), u)
	if env, ok := strings.CutPrefix(value, "${"); ok && strings.HasSuffix(env, "}") {
		if value, err = credential(at, strings.TrimSuffix(env, "}"), "", places); err != nil {
			return "", fmt.Errorf("npmrc: %w", err)
		}
	}
	if value == "" {
		return "", &check.Unauthenticated{Err: fmt.Errorf("npmrc has no _authToken and no _auth for %s", u.Host)}
	}
	nameSecret(at, value)
	if key == "_auth" {
		return "Basic " + value, nil
	}
	return "Bearer " + value, nil
}

// npmrcEntry finds what is kept for the URL, or else for the nearest folder above it.
func npmrcEntry(text string, u *url.URL) (key, value string) {
	kept := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if k, v, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			kept[strings.TrimSpace(k)] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	for dir := path.Clean("/" + u.Path); ; dir = path.Dir(dir) {
		place := "//" + u.Host + strings.TrimSuffix(dir, "/") + "/:"
		for _, key := range []string{"_authToken", "_auth"} {
			if v := kept[place+key]; v != "" {
				return key, v
			}
		}
		if dir == "/" {
			return "", ""
		}
	}
}
