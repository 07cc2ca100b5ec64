package steps

import (
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

func TestManualLook(t *testing.T) {
	now := time.Date(2026, 5, 19, 12, 0, 0, 0, time.UTC)
	sign := func(by, digest string, daysAgo int, verified bool) check.Signoff {
		return check.Signoff{By: by, At: now.AddDate(0, 0, -daysAgo), Digest: digest, Verified: verified}
	}
	noted := sign("bernd", "d1", 1, true)
	noted.Note = "all fine"
	tests := []struct {
		name, args string
		signed     []check.Signoff
		want       string
		claimed    bool
	}{
		{"None", `{statement: x}`, nil, "error: waiting for a sign-off", false},
		{"NoneBySomebody", `{statement: x, by: [anna, bernd]}`, nil, "error: waiting for a sign-off by anna or bernd", false},
		{"Signed", `{statement: x}`, []check.Signoff{noted}, "ok: signed by bernd on 2026-05-18: all fine", false},
		{"Claimed", `{statement: x}`, []check.Signoff{sign("bernd", "d1", 1, false)}, "ok: claimed by bernd on 2026-05-18", true},
		{"SignedBeatsNewerClaim", `{statement: x}`, []check.Signoff{sign("anna", "d1", 1, false), sign("bernd", "d1", 2, true)}, "ok: signed by bernd on 2026-05-17", false},
		{"OtherWording", `{statement: x}`, []check.Signoff{sign("bernd", "d0", 1, true)}, "error: waiting for a sign-off: bernd signed on 2026-05-18, for another wording of the step", false},
		{"OlderOneFits", `{statement: x}`, []check.Signoff{sign("bernd", "d0", 1, true), sign("bernd", "d1", 2, true)}, "ok: signed by bernd on 2026-05-17", false},
		{"Valid", `{statement: x, valid: 90d}`, []check.Signoff{sign("bernd", "d1", 89, true)}, "ok: signed by bernd on 2026-02-19, until 2026-05-20", false},
		{"Expired", `{statement: x, valid: 90d}`, []check.Signoff{sign("bernd", "d1", 90, true)}, "error: waiting for a sign-off: bernd signed on 2026-02-18, and that expired on 2026-05-19", false},
		{"NotOneOfThem", `{statement: x, by: [anna]}`, []check.Signoff{sign("bernd", "d1", 1, true)}, "error: waiting for a sign-off by anna: bernd signed on 2026-05-18, and is not one of them", false},
		{"Tomorrow", `{statement: x}`, []check.Signoff{sign("bernd", "d1", -3, true)}, "error: waiting for a sign-off: bernd signed on 2026-05-22, a day that is yet to come", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := check.Site{
				Plan: "WP-1", Task: "WP-1-T01", Digest: "d1", Now: func() time.Time { return now },
				Signed: func(_, _, _ string) []check.Signoff { return tt.signed },
			}
			r, got := localLook(t, manualKind(), at, tt.args)
			if got != tt.want || r.Claimed != tt.claimed {
				t.Errorf("got  %s (claimed %t)\nwant %s", got, r.Claimed, tt.want)
			}
		})
	}
}

func TestManualCheck(t *testing.T) {
	for _, src := range []string{`{statement: " "}`, `{statement: x, by: []}`} {
		if _, problems := localArgs(t, manualKind(), src); len(problems) != 1 {
			t.Errorf("%s: got %v", src, problems)
		}
	}
}
