package policy

import (
	"errors"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

func TestAllow(t *testing.T) {
	caps := func(cs ...check.Capability) []check.Capability { return cs }
	granted := Policy{Granted: caps(check.RunsCode)}
	tests := []struct {
		name            string
		policy          Policy
		verb            Verb
		caps            []check.Capability
		effect, trusted bool
		want            string // a part of the reason; "" where it may run
	}{
		{"RunLooks", Policy{}, Run, caps(check.Network, check.ClusterRead, check.ReadsFiles, check.ReadsSecrets, check.AsksPeople), false, false, ""},
		{"RunTrustedCode", Policy{}, Run, caps(check.RunsCode), false, true, ""},
		{"RunUntrustedCode", Policy{}, Run, caps(check.RunsCode), false, false, "it runs code, and this plan's steps are not trusted"},
		{"RunTrustedWrite", Policy{}, Run, caps(check.ClusterWrite), false, true, ""},
		{"RunUntrustedWrite", Policy{}, Run, caps(check.ClusterRead, check.ClusterWrite), false, false, "it writes to the cluster, and this plan's"},
		{"RunTrustedEffect", Policy{}, Run, caps(check.Network), true, true, ""},
		{"RunUntrustedEffect", Policy{}, Run, caps(check.Network), true, false, "it changes something, and this plan's"},
		{"VerifyLooks", Policy{}, Verify, caps(check.Network, check.ClusterRead), false, false, ""},
		{"VerifyCode", Policy{}, Verify, caps(check.RunsCode), false, true, `it runs code: use run, or grant "runs code" to verify`},
		{"VerifyGrantedCode", granted, Verify, caps(check.RunsCode), false, true, ""},
		{"VerifyGrantedUntrustedCode", granted, Verify, caps(check.RunsCode), false, false, "not trusted"},
		{"VerifyGrantedEffect", granted, Verify, caps(check.RunsCode), true, true, "it changes something, and verify never does"},
		{"VerifyGrantedWrite", Policy{Granted: caps(check.ClusterWrite)}, Verify, caps(check.ClusterWrite), false, true, "verify never does"},
		{"DryRunEffect", Policy{}, DryRun, nil, true, true, "dry-run never does"},
		{"DryRunCode", Policy{}, DryRun, caps(check.RunsCode), false, true, "it runs code, and dry-run never does: use run"},
		{"RunDryRunOnNamed", Policy{Named: true}, Run, caps(check.ClusterRead, check.ClusterDryRun), false, false, ""},
		{"DryRunDryRunOnNamed", Policy{Named: true}, DryRun, caps(check.ClusterDryRun), false, false, ""},
		{"RunDryRunOnUnnamed", Policy{}, Run, caps(check.ClusterDryRun), false, false, "it sends objects for a dry run to a cluster that only the kubeconfig's current context names, and this plan's"},
		{"RunTrustedDryRunOnUnnamed", Policy{}, Run, caps(check.ClusterDryRun), false, true, ""},
		{"DryRunDryRunOnUnnamed", Policy{}, DryRun, caps(check.ClusterDryRun), false, true, "dry-run never does: use run"},
		{"NamedWritesAllTheSame", Policy{Named: true}, Run, caps(check.ClusterWrite), false, false, "it writes to the cluster, and this plan's"},
		{"Denied", Policy{Denied: caps(check.Network)}, Run, caps(check.Network), false, true, "it uses the network, which the configuration denies"},
		{"DeniedBeatsGranted", Policy{Granted: caps(check.RunsCode), Denied: caps(check.RunsCode)}, Verify, caps(check.RunsCode), false, true, "denies"},
		{"UnknownVerbNeverWrites", Policy{}, "lint", caps(check.ClusterWrite), false, true, "never does"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.policy.Allow(tt.verb, tt.caps, tt.effect, tt.trusted)
			var denied *check.Denied
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("denied: %v", err)
			case tt.want != "" && !errors.As(err, &denied):
				t.Errorf("got %v", err)
			case tt.want != "" && !strings.Contains(err.Error(), tt.want):
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTrustDigest(t *testing.T) {
	a, b := TrustedStep{"d1", "repo"}, TrustedStep{"d2", "repo"}
	base := TrustDigest([]TrustedStep{a, b})
	if base != TrustDigest([]TrustedStep{a, b}) || len(base) != 64 {
		t.Errorf("got %q", base)
	}
	for name, steps := range map[string][]TrustedStep{
		"None": nil, "Fewer": {a}, "More": {a, b, b}, "Order": {b, a}, "Digest": {{"d3", "repo"}, b}, "Dir": {{"d1", "other"}, b},
		"Shifted": {{"d1r", "epo"}, b},
	} {
		if TrustDigest(steps) == base {
			t.Errorf("%s: the same", name)
		}
	}
	if TrustDigest(nil) != "" {
		t.Error("nothing needs trust")
	}
}
