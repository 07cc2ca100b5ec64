package steps

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/oci"
)

// ociReach is how a registry is reached, and as whom; image and registry share it.
type ociReach struct {
	Auth       ociAuth `yaml:"auth" doc:"the credential, where policy lets it go to this registry and its token service; none is sent unless it is written"`
	PullSecret string  `yaml:"pullSecret" doc:"a Secret of the cluster with the credential, as namespace/name; granted by this name, such as web/regcred"`
	PlainHTTP  bool    `yaml:"plainHTTP" doc:"over plain HTTP; to localhost that is tried anyway"`
	httpsOnly  bool    // it is not tried
	netReach
}

// ociAuth is a credential for a registry; its secret parts are names of environment variables.
type ociAuth struct {
	Basic  *httpBasic  `yaml:"basic" doc:"user and password, or user and token"`
	Bearer *httpBearer `yaml:"bearer" doc:"a token that the registry itself takes"`
	Docker bool        `yaml:"docker" doc:"what docker login or podman login has kept, credential helpers included; granted by the name docker"`
}

// The names that credentials have in grants, where they are no environment variables.
const (
	dockerCredential = "docker"
	netrcCredential  = "netrc"
)

func (a ociReach) anonymous() bool {
	return a.Auth == ociAuth{} && a.PullSecret == ""
}

func (a ociReach) caps() []check.Capability {
	caps := []check.Capability{check.Network}
	if len(a.rules()) > 0 {
		caps = append(caps, check.ClusterRead)
	}
	if a.CA != "" {
		caps = append(caps, check.ReadsFiles)
	}
	if !a.anonymous() {
		caps = append(caps, check.ReadsSecrets)
	}
	return caps
}

func (a ociReach) rules() []check.Rule {
	if a.PullSecret != "" {
		return secretRules(a.PullSecret)
	}
	return credentialRules(a.Auth.Basic, a.Auth.Bearer)
}

func (a ociReach) check() []check.Problem {
	out := a.netReach.check()
	given := 0
	for _, is := range []bool{a.Auth.Basic != nil, a.Auth.Bearer != nil, a.Auth.Docker, a.PullSecret != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		out = append(out, problem("a look sends one credential", "keep one of auth.basic, auth.bearer, auth.docker and pullSecret", "auth"))
	}
	out = append(out, credentialProblems(a.Auth.Basic, a.Auth.Bearer)...)
	if namespace, secret, ok := strings.Cut(a.PullSecret, "/"); a.PullSecret != "" && (!ok || namespace == "" || secret == "" || strings.Contains(secret, "/")) {
		out = append(out, problem(fmt.Sprintf("%q is not namespace/name", a.PullSecret), "such as web/regcred", "pullSecret"))
	}
	return out
}

// credential returns what is sent to the repository's registry, and the name that it is granted by.
// Whatever of it is secret has been named.
func (c *ociClient) credential(ctx context.Context, at check.Site, a ociReach, repo name.Repository, places []string) (auth authn.AuthConfig, named []string, err error) {
	switch {
	case a.Auth.Basic != nil:
		named = a.Auth.Basic.names()
		auth.Username, auth.Password, err = a.Auth.Basic.pair(ctx, c.cluster, at, places)
	case a.Auth.Bearer != nil:
		named = []string{cmp.Or(a.Auth.Bearer.Env, a.Auth.Bearer.File, a.Auth.Bearer.Secret)}
		auth.RegistryToken, err = a.Auth.Bearer.token(ctx, c.cluster, at, places)
	case a.Auth.Docker:
		named = []string{dockerCredential}
		if err = granted(at, dockerCredential, places...); err == nil {
			auth, err = oci.Login(ctx, repo)
		}
		if err != nil {
			err = naming("docker login", repo, err)
		}
	case a.PullSecret != "":
		named = []string{a.PullSecret}
		if err = granted(at, a.PullSecret, places...); err == nil {
			auth, err = c.pullSecret(ctx, at, a.PullSecret, repo)
		}
		if err != nil {
			err = naming("the Secret "+a.PullSecret, repo, err)
		}
	}
	for _, s := range []string{auth.Password, auth.IdentityToken, auth.RegistryToken} {
		nameSecret(at, s)
	}
	if auth.Password != "" {
		nameSecret(at, base64.StdEncoding.EncodeToString([]byte(auth.Username+":"+auth.Password)))
	}
	return auth, named, err
}

// naming says where a credential was looked for. What policy or the cluster says stays as it is.
func naming(where string, repo name.Repository, err error) error {
	var denied *check.Denied
	if errors.As(err, &denied) {
		return err
	}
	if errors.Is(err, oci.ErrNoCredential) {
		return &check.Unauthenticated{Err: fmt.Errorf("%s has no credential for %s", where, repo.RegistryStr())}
	}
	return fmt.Errorf("%s: %w", where, err)
}

// places are where a credential for the registry goes: its host, and the address that resolve puts in its place.
func (a ociReach) places(reg name.Registry, d netDialer) []string {
	host, port := registryHost(reg)
	out := []string{host}
	switch {
	case port != "":
	case a.PlainHTTP:
		port = "80"
	default:
		port = "443"
	}
	for _, addr := range d.overrides(net.JoinHostPort(host, port)) {
		place, _, _ := net.SplitHostPort(addr)
		out = append(out, place)
	}
	return out
}

// registryHost splits a registry's name.
func registryHost(reg name.Registry) (host, port string) {
	if h, p, err := net.SplitHostPort(reg.RegistryStr()); err == nil {
		return h, p
	}
	return strings.Trim(reg.RegistryStr(), "[]"), ""
}

// pullSecret reads a pull Secret.
func (c *ociClient) pullSecret(ctx context.Context, at check.Site, ref string, repo name.Repository) (authn.AuthConfig, error) {
	if c.cluster == nil {
		return authn.AuthConfig{}, errNoCluster
	}
	namespace, secret, _ := strings.Cut(ref, "/")
	seen, err := c.cluster.Read(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "Secret", Namespace: namespace, Name: secret})
	if err != nil {
		return authn.AuthConfig{}, err
	}
	if len(seen.Objects) == 0 {
		return authn.AuthConfig{}, errors.New("it is not there")
	}
	o := seen.Objects[0]
	veil(o, at.Secret) // names its values
	key := map[string]string{"kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg"}[objString(o, "type")]
	if key == "" {
		return authn.AuthConfig{}, fmt.Errorf("it is of the type %s; a pull Secret is of the type kubernetes.io/dockerconfigjson", objString(o, "type"))
	}
	text, err := base64.StdEncoding.DecodeString(objString(o, "data", key))
	if err != nil {
		return authn.AuthConfig{}, fmt.Errorf("its key %s is no base64", key)
	}
	if key == ".dockercfg" { // of old: what is now behind auths
		text = []byte(`{"auths":` + string(text) + `}`)
	}
	config, err := oci.ParseDockerConfig(text)
	if err != nil {
		return authn.AuthConfig{}, fmt.Errorf("its key %s: %w", key, err)
	}
	return config.Kept(repo)
}
