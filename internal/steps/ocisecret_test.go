package steps_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"

	"k8s.io/client-go/tools/clientcmd"
)

// TestImagePullSecret looks at a private image with a pull Secret of a real cluster.
func TestImagePullSecret(t *testing.T) {
	kubeconfig, ns := clustertest.Kubeconfig(t), clustertest.Namespace(t)
	cluster.SetLogger(nil)
	cs := cluster.New(cluster.Options{Rules: &clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig}, CacheDir: t.TempDir()})
	t.Cleanup(cs.Close)
	b := &k8sBench{}
	all := steps.Kinds(steps.Deps{Cluster: cs})
	b.kind = all[slices.IndexFunc(all, func(k check.Kind) bool { return k.Name == "image" })]
	b.at.Secret = func(s string) { b.secrets = append(b.secrets, s) }
	b.at.Grant = func(name, host string) error {
		if host != "localhost" || !strings.HasPrefix(name, ns+"/") {
			return &check.Denied{Reason: "no grant of " + name + " for " + host}
		}
		return nil
	}
	r, err := testsrv.StartRegistry(testsrv.RegistryOptions{Challenge: "Bearer"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	image, err := testsrv.ImageOf(testsrv.Web())
	if err == nil {
		_, err = r.Push("web:1", image)
	}
	if err != nil {
		t.Fatal(err)
	}
	secret := func(name, kind, key, config string) {
		clustertest.Apply(t, ns, fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\ntype: %s\ndata: {%s: %s}\n", name, kind, key, base64.StdEncoding.EncodeToString([]byte(config))))
	}
	const json, dockercfg = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"
	auth := base64.StdEncoding.EncodeToString([]byte("puller:pull-sesame"))
	secret("regcred", json, ".dockerconfigjson", `{"auths":{"`+r.Addr+`":{"auth":"`+auth+`"}}}`)
	secret("old", dockercfg, ".dockercfg", `{"`+r.Addr+`":{"username":"puller","password":"pull-sesame"}}`)
	secret("other", json, ".dockerconfigjson", `{"auths":{"registry.example":{"auth":"`+auth+`"}}}`)
	secret("wrong", json, ".dockerconfigjson", `{"auths":{"`+r.Addr+`":{"username":"puller","password":"close-sesame"}}}`)
	secret("opaque", "Opaque", "password", "pull-sesame")
	for name, want := range map[string]string{
		"regcred": "",
		"old":     "",
		"other":   "the Secret " + ns + "/other has no credential for " + r.Addr,
		"wrong":   "the token service " + r.Realm + " answers 401 UNAUTHORIZED to the credential",
		"opaque":  "the Secret " + ns + "/opaque: it is of the type Opaque; a pull Secret is of the type kubernetes.io/dockerconfigjson",
		"none":    "the Secret " + ns + "/none: it is not there",
	} {
		t.Run(name, func(t *testing.T) {
			result, err := b.look(t, fmt.Sprintf("{ref: %s/web:1, pullSecret: %s/%s, user: nonroot}", r.Addr, ns, name))
			switch {
			case want == "" && (err != nil || !result.OK):
				t.Error(err, result.Saw)
			case want != "" && (err == nil || err.Error() != want):
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	if !slices.Contains(b.secrets, "pull-sesame") || !slices.Contains(b.secrets, auth) {
		t.Error("the password is not named as a secret")
	}
	args := b.args(t, "{ref: web, pullSecret: "+ns+"/regcred}")
	if rules := b.kind.Rules(args); len(rules) != 1 || rules[0].Namespace != ns || !slices.Equal(rules[0].Names, []string{"regcred"}) {
		t.Errorf("%+v", rules)
	}
}
