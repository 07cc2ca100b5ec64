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
		{"DryRunCode", Policy{}, DryRun, caps(check.RunsCode), false, true, "it runs code"},
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

func TestParseCapability(t *testing.T) {
	for _, s := range []string{"runs code", "runs-code", " Runs Code"} {
		if c, err := ParseCapability(s); c != check.RunsCode || err != nil {
			t.Errorf("%q: %q, %v", s, c, err)
		}
	}
	if _, err := ParseCapability("everything"); err == nil {
		t.Error("everything is a capability")
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

func TestNames(t *testing.T) {
	tests := []struct {
		name              string
		granted, narrowed []string
		ask               string
		want              bool
	}{
		{"Nothing", nil, nil, "HOME", false},
		{"Exact", []string{"STAGE"}, nil, "STAGE", true},
		{"Case", []string{"STAGE"}, nil, "stage", false},
		{"Prefix", []string{"APP_*"}, nil, "APP_TOKEN", true},
		{"OtherPrefix", []string{"APP_*"}, nil, "MYAPP_TOKEN", false},
		{"Middle", []string{"A*B*C"}, nil, "AxxBC", true},
		{"MiddleMissing", []string{"A*B*C"}, nil, "AxxC", false},
		{"NoOverlap", []string{"AB*BC"}, nil, "ABC", false},
		{"All", []string{"*"}, nil, "X", true},
		{"Empty", []string{"*"}, nil, "", false},
		{"Narrowed", []string{"*"}, []string{"STAGE"}, "STAGE", true},
		{"NarrowedAway", []string{"*"}, []string{"STAGE"}, "HOME", false},
		{"NarrowedToNothing", []string{"*"}, []string{}, "HOME", false},
		{"NeverWidened", []string{"STAGE"}, []string{"*"}, "HOME", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Names{tt.granted, tt.narrowed}).Allow(tt.ask); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	t.Setenv("POLICY_TOKEN", "hunter22")
	t.Setenv("POLICY_STAGE", "production")
	n := Names{Granted: []string{"POLICY_*"}}
	var r Redactor
	if v, ok := n.Lookup("POLICY_TOKEN", &r); v != "hunter22" || !ok {
		t.Errorf("got %q, %t", v, ok)
	}
	if v, ok := n.Lookup("POLICY_STAGE", &r); v != "production" || !ok {
		t.Errorf("got %q, %t", v, ok)
	}
	if v, ok := n.Lookup("HOME", &r); v != "" || ok {
		t.Errorf("got %q, %t", v, ok)
	}
	if got := r.String("hunter22 in production"); got != "••• in production" {
		t.Errorf("got %s", got)
	}
}

func TestGrants(t *testing.T) {
	tests := []struct {
		name, pattern, host string
		want                bool
	}{
		{"Same", "registry.example", "registry.example", true},
		{"Case", "Registry.Example", "rEGISTRY.eXAMPLE", true},
		{"TrailingDot", "registry.example", "registry.example.", true},
		{"TrailingDotInPattern", "registry.example.", "registry.example", true},
		{"TwoDots", "registry.example", "registry.example..", false},
		{"Other", "registry.example", "evil.example", false},
		{"Suffix", "registry.example", "registry.example.evil.org", false},
		{"Prefix", "registry.example", "myregistry.example", false},
		{"Subdomain", "registry.example", "a.registry.example", false},
		{"Wildcard", "*.example.org", "a.example.org", true},
		{"WildcardTwoLabels", "*.example.org", "a.b.example.org", false},
		{"WildcardItself", "*.example.org", "example.org", false},
		{"WildcardHalfLabel", "*.example.org", "aexample.org", false},
		{"WildcardTooWide", "*.org", "example.org", false},
		{"WildcardAlone", "*", "example", false},
		{"WildcardInside", "a.*.example.org", "a.b.example.org", false},
		{"WildcardPart", "a*.example.org", "ab.example.org", false},
		{"WildcardAsked", "*.example.org", "*.example.org", false},
		{"AnyPort", "registry.example", "registry.example:5000", true},
		{"Port", "registry.example:5000", "registry.example:5000", true},
		{"OtherPort", "registry.example:5000", "registry.example:5001", false},
		{"NoPort", "registry.example:5000", "registry.example", false},
		{"OddPort", "registry.example", "registry.example:05000", false},
		{"UserInfo", "registry.example", "registry.example:x@evil.org", false},
		{"UserInfoFirst", "registry.example", "evil.org@registry.example", false},
		{"Path", "registry.example", "evil.org/registry.example", false},
		{"Backslash", "registry.example", `evil.org\registry.example`, false},
		{"Percent", "registry.example", "registry%2eexample", false},
		{"Fullwidth", "registry.example", "ｒegistry.example", false},
		{"Kelvin", "kube.example", "\u212Aube.example", false},
		{"Blank", "registry.example", " registry.example", false},
		{"Empty", "registry.example", "", false},
		{"IP", "127.0.0.1", "127.0.0.1", true},
		{"IPWithPort", "127.0.0.1", "127.0.0.1:8443", true},
		{"IPDecimal", "127.0.0.1", "2130706433", false},
		{"IPHex", "127.0.0.1", "0x7f000001", false},
		{"IPHexLast", "a.0x1", "a.0x1", false},
		{"IPShort", "127.0.0.1", "127.1", false},
		{"IPOctal", "127.0.0.1", "0177.0.0.1", false},
		{"IPMapped", "127.0.0.1", "[::ffff:127.0.0.1]", true},
		{"IPv6", "[::1]:8443", "[0:0::1]:8443", true},
		{"IPv6Zone", "[fe80::1]", "[fe80::1%25eth0]", false},
		{"IPByWildcard", "*.0.0.1", "127.0.0.1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Grants{"registry": {tt.pattern}}.Allow("registry", tt.host)
			var denied *check.Denied
			if (err == nil) != tt.want || err != nil && !errors.As(err, &denied) {
				t.Errorf("got %v", err)
			}
			if (Grants{"registry": {tt.pattern}}).Allow("other", tt.host) == nil {
				t.Error("another credential goes there too")
			}
		})
	}
}

func TestGrantsCheck(t *testing.T) {
	for pattern, ok := range map[string]bool{"a.example": true, "*.a.example:443": true, "[::1]": true, "*.example": false, "https://a.example": false, "": false} {
		if err := (Grants{"x": {pattern}}).Check(); (err == nil) != ok {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
