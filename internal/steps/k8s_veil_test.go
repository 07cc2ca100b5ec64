package steps

import (
	"encoding/base64"
	"slices"
	"testing"
)

// TestNamesOfUsersAreNoSecrets is about Secrets as Kubernetes and operators of databases know them: the user is mostly
// called like the application.
func TestNamesOfUsersAreNoSecrets(t *testing.T) {
	const applied = `{"type":"kubernetes.io/basic-auth","stringData":{"username":"parcel-desk","password":"swordfish"}}`
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	data := map[string]any{"username": encode("parcel-desk"), "dbname": encode("parcel_desk"), "host": encode("apps-pg-rw"), "password": encode("swordfish")}
	for _, tt := range []struct {
		kind string
		want []string
	}{
		{"kubernetes.io/basic-auth", []string{"swordfish"}},
		{"Opaque", []string{"apps-pg-rw", "parcel-desk", "parcel_desk", "swordfish"}},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			named := map[string]bool{}
			o := Object{"kind": "Secret", "type": tt.kind, "data": data, "metadata": map[string]any{"annotations": map[string]any{lastApplied: applied}}}
			veil(o, func(s string) { named[s] = true })
			var got []string
			for _, s := range []string{"apps-pg-rw", "parcel-desk", "parcel_desk", "swordfish"} {
				if named[s] {
					got = append(got, s)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
