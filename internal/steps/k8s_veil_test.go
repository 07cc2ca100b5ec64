package steps

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
)

// TestNamesOfUsersAreNoSecrets is about Secrets as Kubernetes and operators of databases know them: the user is mostly
// called like the application. Whatever may be the credential itself stays a secret.
func TestNamesOfUsersAreNoSecrets(t *testing.T) {
	const basic, real = "kubernetes.io/basic-auth", "swordfish-1"
	type values map[string]string
	for _, tt := range []struct {
		name, kind string
		values     values
		open       string // the keys that may be seen
	}{
		{"a database", basic, values{"username": "parcel_desk", "user": "parcel-desk", "dbname": "parcel_desk2", "host": "apps-pg-rw.databases.svc", "port": "5432", "password": real}, "dbname host port user username"},
		{"of another type", "Opaque", values{"username": "parcel-desk", "host": "apps-pg-rw", "password": real}, ""},
		{"other keys", basic, values{"username": "app", "uri": "postgres://app:swordfish-1@db/app", "pgpass": "db:5432:app:app:swordfish-1", "password": real}, "username"},
		{"without a password the name is the credential", basic, values{"username": "parcel-desk"}, ""},
		{"with an empty one, too", basic, values{"username": "parcel-desk", "password": " "}, ""},
		{"with one that is short", basic, values{"username": "parcel-desk", "password": "x"}, ""},
		{"with one that stands there for form's sake", basic, values{"username": "parcel-desk", "password": "x-oauth-basic"}, ""},
		{"a token as the name", basic, values{"username": "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", "password": real}, ""},
		{"an id as the name", basic, values{"username": "0b54e1c2-9d3e-4f7a-8a51-6f3f2f3e9d11", "password": real}, ""},
		{"capitals, as keys have them", basic, values{"username": "AKIAIOSFODNN", "password": real}, ""},
		{"a name that is too long for one", basic, values{"username": strings.Repeat("abcdefgh-", 5) + "x", "password": real}, ""},
		{"a host with credentials", basic, values{"host": "app:swordfish-2@db", "username": "app", "password": real}, "username"},
		{"a port that is none", basic, values{"port": "123456", "username": "app", "password": real}, "username"},
		{"a name of many lines", basic, values{"username": "app\nswordfish", "password": real}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := map[string]any{}
			for key, v := range tt.values {
				data[key] = base64.StdEncoding.EncodeToString([]byte(v))
			}
			named := map[string]bool{}
			o := Object{"kind": "Secret", "type": tt.kind, "data": data}
			veil(o, func(s string) { named[s] = true })
			var open []string
			for _, key := range slices.Sorted(maps.Keys(tt.values)) {
				if !named[tt.values[key]] {
					open = append(open, key)
				}
			}
			if got := strings.Join(open, " "); got != tt.open {
				t.Errorf("open are %q, not %q", got, tt.open)
			}
		})
	}
}

// A password is masked wherever it stands, also where the user is called the same.
func TestAPasswordThatIsTheNameIsMasked(t *testing.T) {
	const applied = `{"type":"kubernetes.io/basic-auth","stringData":{"username":"parcel-desk","password":"parcel-desk"}}`
	encoded := base64.StdEncoding.EncodeToString([]byte("parcel-desk"))
	r := &policy.Redactor{}
	veil(Object{
		"kind": "Secret", "type": "kubernetes.io/basic-auth", "data": map[string]any{"username": encoded, "password": encoded},
		"metadata": map[string]any{"annotations": map[string]any{lastApplied: applied}},
	}, r.Add)
	if got := r.String("user parcel-desk"); strings.Contains(got, "parcel-desk") {
		t.Errorf("it is told: %s", got)
	}
}

// What kubectl kept of a Secret is judged by itself: it may be another one than it is now.
func TestWhatWasAppliedIsJudgedByItself(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	named := map[string]bool{}
	veil(Object{
		"kind": "Secret", "type": "kubernetes.io/basic-auth", "data": map[string]any{"username": encode("desk"), "password": encode("swordfish")},
		"metadata": map[string]any{"annotations": map[string]any{lastApplied: `{"stringData":{"username":"was-a-token","password":"swordfish-0"}}`}},
	}, func(s string) { named[s] = true })
	for s, want := range map[string]bool{"desk": false, "swordfish": true, "was-a-token": true, "swordfish-0": true} {
		if named[s] != want {
			t.Errorf("%s: secret %v, want %v", s, named[s], want)
		}
	}
}
