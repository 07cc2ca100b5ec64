package steps

import (
	"maps"
	"os"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// plainEnv are the names of wpctl's own environment that a command gets without being asked for, beside those that
// begin with LC_: where things are and how to speak, no credentials.
var plainEnv = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "CI",
	"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
	"KUBECONFIG", "DOCKER_CONFIG", "DOCKER_HOST", "SSH_AUTH_SOCK", "SSL_CERT_DIR", "SSL_CERT_FILE",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// shellEnv is the environment of a command: the plain names, those that policy allows, WPCTL_PLAN and WPCTL_TASK, and
// what the step itself gives, which wins. Nothing else of wpctl's own environment is passed: it holds credentials.
func shellEnv(at check.Site, dir string, own map[string]string) []string {
	set := map[string]string{"PWD": dir, "WPCTL_PLAN": at.Plan, "WPCTL_TASK": at.Task}
	maps.Copy(set, own)
	environ := os.Environ()
	out, path := make([]string, 0, len(environ)+len(set)+2), false
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if _, replaced := set[name]; replaced || name == "" {
			continue
		}
		if isPlain(name) {
			out, path = append(out, entry), path || name == "PATH"
		} else if at.Env != nil {
			if allowed, ok := at.Env(name); ok {
				out = append(out, name+"="+allowed)
			}
		}
	}
	for name, value := range set {
		out, path = append(out, name+"="+value), path || name == "PATH"
	}
	if !path {
		out = append(out, "PATH="+defaultPath)
	}
	slices.Sort(out)
	return out
}

func isPlain(name string) bool {
	return strings.HasPrefix(name, "LC_") || slices.Contains(plainEnv, name)
}
