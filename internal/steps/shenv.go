package steps

import (
	"maps"
	"os"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// plainEnv are the names of wpctl's own environment that a command gets without being asked for: where things are and
// how to speak, no credentials. Names that end in * stand for all that begin so.
var plainEnv = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "TMPDIR", "CI",
	"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
	"KUBECONFIG", "DOCKER_CONFIG", "DOCKER_HOST", "SSH_AUTH_SOCK", "SSL_CERT_DIR", "SSL_CERT_FILE",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// shellEnv is the environment of a command: the plain names, those that policy allows, WPCTL_PLAN and WPCTL_TASK, and
// what the step itself gives, which wins. Nothing else of wpctl's own environment is passed: it holds credentials.
func shellEnv(at check.Site, dir string, own map[string]string) []string {
	set := map[string]string{"PATH": defaultPath}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if isPlain(name) {
			set[name] = value
		} else if at.Env != nil && name != "" {
			if allowed, ok := at.Env(name); ok {
				set[name] = allowed
			}
		}
	}
	set["PWD"], set["WPCTL_PLAN"], set["WPCTL_TASK"] = dir, at.Plan, at.Task
	maps.Copy(set, own)
	out := make([]string, 0, len(set)+1)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		out = append(out, name+"="+set[name])
	}
	return out
}

func isPlain(name string) bool {
	return slices.ContainsFunc(plainEnv, func(plain string) bool {
		prefix, many := strings.CutSuffix(plain, "*")
		return name == plain || many && strings.HasPrefix(name, prefix)
	})
}
