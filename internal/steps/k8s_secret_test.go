package steps_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

func TestK8sNeverShowsSecrets(t *testing.T) {
	b, ns := newK8sBench(t, clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	const password, token, applied = "s3cr3t-passw0rd+/=", "second-t0ken\n", "an-older-value"
	clustertest.Apply(t, ns, fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata:
  name: app
  labels: {app: web}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"password":%q}}', note: kept}
type: kubernetes.io/basic-auth
stringData: {username: web, password: %q, token: %q}
`, applied, password, token))
	for _, tt := range []struct{ name, args string }{
		{"One", "{apiVersion: v1, kind: Secret, name: app}"},
		{"Set", "{apiVersion: v1, kind: Secret, selector: app=web}"},
		{"Objects", "{objects: {s: {apiVersion: v1, kind: Secret, name: app}}}"},
		{"Mismatch", "{apiVersion: v1, kind: Secret, name: app, match: {data: {password: x}, stringData: {a: b}}}"},
		{"Lengths", "{apiVersion: v1, kind: Secret, name: app, match: {type: kubernetes.io/basic-auth, data: {password: {length: 18}, username: {length: 3}}}}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.secrets = nil
			r, err := b.look(t, tt.args)
			if err != nil || r.OK != (tt.name != "Mismatch") {
				t.Errorf("%v, %v, %s", r.OK, err, r.Saw)
			}
			shown := fmt.Sprint(r.Want, r.Saw, r.Self, why(t, r))
			for _, s := range []string{password, token, strings.TrimSpace(token), applied} {
				encoded := base64.StdEncoding.EncodeToString([]byte(s))
				if strings.Contains(shown, s) || strings.Contains(shown, encoded) {
					t.Errorf("%q is shown in %s", s, shown)
				}
				if !slices.Contains(b.secrets, s) {
					t.Errorf("%q was not named as a secret", s)
				}
			}
			if !slices.Contains(b.secrets, base64.StdEncoding.EncodeToString([]byte(password))) {
				t.Error("base64 was not named as a secret")
			}
			if !strings.Contains(shown, "note:kept") || strings.Contains(shown, "last-applied") {
				t.Error("annotations:", shown)
			}
		})
	}
	r, _ := b.look(t, "{apiVersion: v1, kind: Secret, name: app}")
	if want := "`Secret/app` of type kubernetes.io/basic-auth, keys password, token, username"; r.Saw != want {
		t.Errorf("got  %s\nwant %s", r.Saw, want)
	}
}
