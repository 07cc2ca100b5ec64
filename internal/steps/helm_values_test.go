package steps

import (
	"maps"
	"slices"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

func TestNamesOfSecretsInValuesAreNoSecrets(t *testing.T) {
	named := map[string]bool{}
	at := check.Site{Secret: func(s string) { named[s] = true }}
	nameValues(at, map[string]any{
		"existingSecret": "web-env", "imagePullSecrets": []any{map[string]any{"name": "regcred"}}, "host": "web.example",
		"tls":        map[string]any{"secretName": "web-tls"},
		"secret":     "swordfish-1",
		"auth":       map[string]any{"existingPasswordSecret": "web-db", "password": "swordfish-2"},
		"envFrom":    []any{map[string]any{"secretRef": map[string]any{"name": "web-more"}}},
		"secrets":    map[string]any{"deep": map[string]any{"secretName": "swordfish-3"}},
		"apiToken":   "swordfish-4",
		"pullSecret": `{"auths":{"web.example":{"auth":"swordfish-5"}}}`, "clientSecretRef": "Sword=fish+6",
		"pullSecrets": []any{"regcred"},
	}, false)
	want := []string{"Sword=fish+6", "swordfish-1", "swordfish-2", "swordfish-3", "swordfish-4", `{"auths":{"web.example":{"auth":"swordfish-5"}}}`}
	if got := slices.Sorted(maps.Keys(named)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
