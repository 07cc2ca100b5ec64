package steps

import (
	"regexp"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
)

// versionArgs are the programs that are known here, and how each tells its version without looking at anything else.
var versionArgs = map[string][]string{
	"age":          {"--version"},
	"ansible":      {"--version"},
	"argocd":       {"version", "--client", "--short"},
	"bash":         {"--version"},
	"cargo":        {"--version"},
	"cilium":       {"version", "--client"},
	"cmctl":        {"version", "--client"},
	"cosign":       {"version"},
	"crane":        {"version"},
	"curl":         {"--version"},
	"dig":          {"-v"},
	"docker":       {"--version"},
	"flux":         {"--version"},
	"gcc":          {"--version"},
	"gh":           {"--version"},
	"git":          {"--version"},
	"go":           {"version"},
	"gpg":          {"--version"},
	"helm":         {"version", "--short"},
	"helmfile":     {"--version"},
	"istioctl":     {"version", "--remote=false"},
	"java":         {"-version"},
	"jq":           {"--version"},
	"just":         {"--version"},
	"k3d":          {"version"},
	"k3s":          {"--version"},
	"k9s":          {"version", "--short"},
	"kind":         {"version"},
	"kubectl":      {"version", "--client"},
	"kubectl-cnpg": {"version"},
	"kubectl-krew": {"version"},
	"kustomize":    {"version"},
	"make":         {"--version"},
	"minikube":     {"version", "--short"},
	"node":         {"--version"},
	"npm":          {"--version"},
	"openssl":      {"version"},
	"pg_dump":      {"--version"},
	"pip":          {"--version"},
	"podman":       {"--version"},
	"poetry":       {"--version"},
	"psql":         {"--version"},
	"python":       {"--version"},
	"python3":      {"--version"},
	"rsync":        {"--version"},
	"rustc":        {"--version"},
	"skopeo":       {"--version"},
	"sops":         {"--disable-version-check", "--version"},
	"ssh":          {"-V"},
	"stern":        {"--version"},
	"talosctl":     {"version", "--client"},
	"terraform":    {"--version"},
	"tofu":         {"--version"},
	"uv":           {"--version"},
	"vault":        {"--version"},
	"velero":       {"version", "--client-only"},
	"wpctl":        {"version"},
	"yq":           {"--version"},
}

var versionForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^0-9A-Za-z.])[vV]?((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))?(?:[-+][0-9A-Za-z][0-9A-Za-z.+-]*)?)`)
})

// findVersion returns the first version that a text holds; nil for none.
func findVersion(text string) *semver.Version {
	text = looseVersion().ReplaceAllString(text, "$1 v")
	for _, m := range versionForm().FindAllStringSubmatch(text, 20) {
		if v, err := semver.NewVersion(strings.TrimRight(m[1], ".+-")); err == nil {
			return v
		}
	}
	return nil
}

// looseVersion parts a version from the word that is written together with it: jq-1.6, go1.26.8, OpenSSH_9.2p1.
var looseVersion = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(jq|go|OpenSSH)[-_]?v?\b?`)
})

// release is the version without what a distributor adds to it, such as -gke.100 or +k3s1. What is called alpha, beta,
// rc, dev or pre comes before the release, and no range has it that does not name such a version itself.
func release(v *semver.Version) *semver.Version {
	pre := strings.ToLower(v.Prerelease())
	for _, early := range []string{"alpha", "beta", "rc", "dev", "pre", "snapshot", "nightly"} {
		if strings.HasPrefix(pre, early) {
			return v
		}
	}
	out, _ := v.SetPrerelease("")
	out, _ = out.SetMetadata("")
	return &out
}
