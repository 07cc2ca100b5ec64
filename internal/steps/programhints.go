package steps

import (
	"os/exec"
	"runtime"
	"strings"
)

// install is how a program comes onto a machine.
type install struct {
	brew string // formula of Homebrew; "" where there is none
	apt  string // package of Debian and Ubuntu; "" where there is none
	page string // where it is explained
}

var installs = map[string]install{
	"age":       {brew: "age", apt: "age", page: "https://age-encryption.org"},
	"argocd":    {brew: "argocd", page: "https://argo-cd.readthedocs.io/en/stable/cli_installation/"},
	"cilium":    {brew: "cilium-cli", page: "https://docs.cilium.io"},
	"cosign":    {brew: "cosign", page: "https://docs.sigstore.dev/cosign/system_config/installation/"},
	"crane":     {brew: "crane", page: "https://github.com/google/go-containerregistry/tree/main/cmd/crane"},
	"docker":    {brew: "docker", apt: "docker.io", page: "https://docs.docker.com/engine/install/"},
	"flux":      {brew: "fluxcd/tap/flux", page: "https://fluxcd.io/flux/installation/"},
	"git":       {brew: "git", apt: "git", page: "https://git-scm.com/downloads"},
	"go":        {brew: "go", page: "https://go.dev/doc/install"},
	"gpg":       {brew: "gnupg", apt: "gnupg", page: "https://gnupg.org/download/"},
	"helm":      {brew: "helm", page: "https://helm.sh/docs/intro/install/"},
	"jq":        {brew: "jq", apt: "jq", page: "https://jqlang.org/download/"},
	"kubectl":   {brew: "kubernetes-cli", page: "https://kubernetes.io/docs/tasks/tools/"},
	"kustomize": {brew: "kustomize", page: "https://kubectl.docs.kubernetes.io/installation/kustomize/"},
	"make":      {brew: "make", apt: "make", page: "https://www.gnu.org/software/make/"},
	"node":      {brew: "node", apt: "nodejs", page: "https://nodejs.org/en/download"},
	"openssl":   {brew: "openssl", apt: "openssl", page: "https://openssl-library.org"},
	"podman":    {brew: "podman", apt: "podman", page: "https://podman.io/docs/installation"},
	"psql":      {brew: "libpq", apt: "postgresql-client", page: "https://www.postgresql.org/download/"},
	"python3":   {brew: "python", apt: "python3", page: "https://www.python.org/downloads/"},
	"skopeo":    {brew: "skopeo", apt: "skopeo", page: "https://github.com/containers/skopeo/blob/main/install.md"},
	"sops":      {brew: "sops", page: "https://github.com/getsops/sops/releases"},
	"terraform": {brew: "hashicorp/tap/terraform", page: "https://developer.hashicorp.com/terraform/install"},
	"tofu":      {brew: "opentofu", page: "https://opentofu.org/docs/intro/install/"},
	"uv":        {brew: "uv", page: "https://docs.astral.sh/uv/getting-started/installation/"},
	"yq":        {brew: "yq", page: "https://github.com/mikefarah/yq"},
}

// installHint says how a program is installed here; "" where that is not known.
func installHint(name string) string {
	if plugin, ok := strings.CutPrefix(name, "kubectl-"); ok {
		return "kubectl krew install " + strings.ReplaceAll(plugin, "_", "-")
	}
	how, ok := installs[name]
	if !ok {
		return ""
	}
	return how.on(runtime.GOOS, has("apt-get"))
}

func (i install) on(system string, apt bool) string {
	switch {
	case system == "darwin" && i.brew != "":
		return "brew install " + i.brew
	case system == "linux" && apt && i.apt != "":
		return "apt-get install " + i.apt
	}
	return "see " + i.page
}

func has(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}
