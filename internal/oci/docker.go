package oci

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// DockerConfig is what `docker login` and `podman login` keep, and what a pull Secret holds.
type DockerConfig struct {
	Auths       map[string]dockerAuth `json:"auths"`
	CredHelpers map[string]string     `json:"credHelpers"`
	CredsStore  string                `json:"credsStore"`
}

type dockerAuth struct {
	Auth          string `json:"auth"` // user:password in base64
	Username      string `json:"username"`
	Password      string `json:"password"`
	IdentityToken string `json:"identitytoken"`
	RegistryToken string `json:"registrytoken"`
}

// ErrNoCredential is that none is kept for a registry.
var ErrNoCredential = errors.New("no credential is kept for it")

// ParseDockerConfig reads a config.json. The error tells nothing of what stands in it.
func ParseDockerConfig(b []byte) (c DockerConfig, err error) {
	if json.Unmarshal(b, &c) != nil {
		return c, errors.New("it is no Docker configuration in JSON")
	}
	return c, nil
}

// Kept returns the credential for a repository that stands in the configuration itself.
// The entry with the longest path wins, as for the kubelet and podman: registry.example/team before registry.example.
func (c DockerConfig) Kept(repo name.Repository) (authn.AuthConfig, error) {
	best, found := "", false
	for key := range c.Auths {
		if covers(plainKey(key), repo) && (!found || len(plainKey(key)) > len(plainKey(best))) {
			best, found = key, true
		}
	}
	if !found {
		return authn.AuthConfig{}, ErrNoCredential
	}
	return c.Auths[best].config()
}

// plainKey takes off what old versions wrote around a registry's name: https:// and /v1/.
func plainKey(key string) string {
	_, after, ok := strings.Cut(key, "://")
	if ok {
		key = after
	}
	key = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(key, "/"), "/v1"), "/v2")
	if key == "docker.io" {
		return name.DefaultRegistry
	}
	return strings.Replace(key, "docker.io/", name.DefaultRegistry+"/", 1)
}

func covers(key string, repo name.Repository) bool {
	return repo.Name() == key || strings.HasPrefix(repo.Name(), key+"/")
}

func (a dockerAuth) config() (authn.AuthConfig, error) {
	out := authn.AuthConfig{Username: a.Username, Password: a.Password, IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken}
	if a.Auth != "" {
		plain, err := base64.StdEncoding.DecodeString(a.Auth)
		user, password, ok := strings.Cut(strings.TrimRight(string(plain), "\x00"), ":")
		if err != nil || !ok {
			return out, errors.New("what is kept for it is not user:password in base64")
		}
		out.Username, out.Password = user, password
	}
	if out == (authn.AuthConfig{}) {
		return out, ErrNoCredential
	}
	return out, nil
}

// Login returns the credential for a repository that the one who runs this has: from the configuration of Docker or
// Podman, or from the credential helper that it names. Helpers end with ctx.
func Login(ctx context.Context, repo name.Repository) (authn.AuthConfig, error) {
	for _, path := range configFiles() {
		c, err := readConfig(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return authn.AuthConfig{}, fmt.Errorf("read %s: %w", path, err)
		}
		auth, err := c.login(ctx, repo)
		if !errors.Is(err, ErrNoCredential) {
			return auth, err
		}
	}
	return authn.AuthConfig{}, ErrNoCredential
}

func (c DockerConfig) login(ctx context.Context, repo name.Repository) (authn.AuthConfig, error) {
	server := repo.RegistryStr()
	if server == name.DefaultRegistry {
		server = authn.DefaultAuthKey
	}
	if helper := cmp.Or(c.CredHelpers[repo.RegistryStr()], c.CredHelpers[server], c.CredsStore); helper != "" {
		auth, err := askHelper(ctx, helper, server)
		if !errors.Is(err, ErrNoCredential) {
			return auth, err
		}
	}
	return c.Kept(repo)
}

// configFiles are the places where Docker and Podman keep their configuration, in the order in which they count.
func configFiles() (out []string) {
	home, _ := os.UserHomeDir()
	add := func(dir, name string) {
		if dir != "" {
			out = append(out, filepath.Join(dir, name))
		}
	}
	add(cmp.Or(os.Getenv("DOCKER_CONFIG"), join(home, ".docker")), "config.json")
	if file := os.Getenv("REGISTRY_AUTH_FILE"); file != "" {
		out = append(out, file)
	}
	add(os.Getenv("XDG_RUNTIME_DIR"), "containers/auth.json")
	add(cmp.Or(os.Getenv("XDG_CONFIG_HOME"), join(home, ".config")), "containers/auth.json")
	return out
}

func join(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// maxConfig bounds a configuration, and what a helper says.
const maxConfig = 1 << 20

func readConfig(path string) (DockerConfig, error) {
	info, err := os.Stat(path)
	if err != nil {
		return DockerConfig{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxConfig {
		return DockerConfig{}, fmt.Errorf("it is no file of at most %d bytes", maxConfig)
	}
	f, err := os.Open(path)
	if err != nil {
		return DockerConfig{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return DockerConfig{}, err
	}
	return ParseDockerConfig(b)
}

// askHelper runs docker-credential-NAME get, see https://github.com/docker/docker-credential-helpers.
func askHelper(ctx context.Context, helper, server string) (authn.AuthConfig, error) {
	program := "docker-credential-" + helper
	path, err := exec.LookPath(program)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil || strings.ContainsAny(helper, `/\`) {
		return authn.AuthConfig{}, fmt.Errorf("the credential helper %q is not in PATH", program)
	}
	r, err := proc.Run(ctx, proc.Command{Path: path, Args: []string{program, "get"}, Stdin: server, Env: os.Environ(), Keep: maxConfig})
	if err != nil {
		return authn.AuthConfig{}, fmt.Errorf("the credential helper %s did not end: %w", program, err)
	}
	out := strings.TrimSpace(r.Stdout.Text)
	if r.Exit != 0 {
		if strings.Contains(out, "credentials not found") {
			return authn.AuthConfig{}, ErrNoCredential
		}
		return authn.AuthConfig{}, fmt.Errorf("the credential helper %s ended with %d", program, r.Exit)
	}
	var answer struct{ Username, Secret string }
	if json.Unmarshal([]byte(out), &answer) != nil || answer.Secret == "" {
		return authn.AuthConfig{}, fmt.Errorf("the credential helper %s answered with something else than a credential", program)
	}
	if answer.Username == "<token>" {
		return authn.AuthConfig{IdentityToken: answer.Secret}, nil
	}
	return authn.AuthConfig{Username: answer.Username, Password: answer.Secret}, nil
}
