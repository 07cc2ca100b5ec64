package view

import (
	"bytes"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// verified is a verification in which every verdict occurs.
func verified() app.VerifyResult {
	rep := shop()
	p := rep.Plans[0]
	res := app.VerifyResult{RunResult: app.RunResult{Report: rep, ID: "20260519T140000.000000Z-0123abcd", Exit: 1}}
	for _, c := range []struct {
		at      int
		verdict app.Verdict
		with    func(*app.Claim)
	}{
		{0, app.Holds, func(c *app.Claim) { c.Stale = true }},
		{1, app.Holds, func(c *app.Claim) { c.Waived = []string{"no unexpected errors in the log"} }},
		{2, app.Broken, nil},
		{3, app.CouldBeDone, func(c *app.Claim) { c.Made = false }},
		{7, app.Unclear, func(c *app.Claim) { c.Under = p.Tasks[2].ID }},
		{6, app.Unsigned, nil},
		{9, app.Unproven, func(c *app.Claim) { c.Why = "no verify steps" }},
	} {
		claim := &app.Claim{Task: p.Tasks[c.at], Plan: p.Plan, Made: true, Verdict: c.verdict}
		if c.with != nil {
			c.with(claim)
		}
		res.Claims = append(res.Claims, claim)
	}
	code := step("make dry-run", "sh", check.Skipped)
	code.Policy, code.Saw = true, "it runs code, which verify does only where you granted it, as with --grant-run sh"
	unchecked := task("T11", "Build it again", check.Unverified, code)
	unchecked.Was, unchecked.NotChecked = workplan.Done, true
	own := &app.Claim{Task: p.Own, Plan: p.Plan, Own: true, Made: true, Verdict: app.Holds, Suspect: []string{p.Tasks[2].ID}, Claimed: []string{"the owner agrees"}}
	own.Task.ID = p.Plan.ID.Text
	res.Claims = append(res.Claims, &app.Claim{Task: unchecked, Plan: p.Plan, Made: true, Verdict: app.NotChecked}, own)
	return res
}

var verifiedInfo = RunInfo{Exit: 1, Record: "20260519T140000.000000Z-0123abcd", Next: []string{"wpctl approve SHOP-WP-0001-T07 --plan workplans/shop.md"}}

func TestVerify(t *testing.T) {
	inAll(t, "verify", func(b *bytes.Buffer, o Options) error { return Verify(b, verified(), verifiedInfo, o) })
}

func TestVerifyTellsAllWhenAsked(t *testing.T) {
	var b bytes.Buffer
	if err := Verify(&b, verified(), verifiedInfo, Options{Unicode: true, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "verify.verbose.txt", b.String())
}

// A certificate that expired makes many steps fail; it is told once.
func TestVerifyFoldsWhatFailsWithARootCause(t *testing.T) {
	expired := func(name string) *runner.StepReport {
		st := step(name, "http", check.Failed)
		st.Want, st.Saw, st.Fault = "the certificate is valid", "the certificate expired on 2026-05-18", "web.example:443: the certificate expired on 2026-05-18"
		return st
	}
	logs := step("no errors in the log", "logs", check.Failed)
	logs.Want, logs.Saw = `lacks "ERROR"`, `"ERROR handshake"`
	p := shop().Plans[0].Plan
	claim := func(t *runner.TaskReport, with app.Claim) *app.Claim {
		with.Task, with.Plan, with.Made = t, p, true
		return &with
	}
	res := app.VerifyResult{Claims: []*app.Claim{
		claim(task("T01", "Serve it", check.Failed, expired("the chain verifies"), expired("health answers")), app.Claim{Verdict: app.Broken}),
		claim(task("T02", "Try it", check.Failed, expired("the front page answers"), step("it is fast", "http", check.Passed), logs), app.Claim{Verdict: app.Broken, Under: "SHOP-WP-0001-T01"}),
		claim(task("T03", "Sell", check.Passed), app.Claim{Verdict: app.Holds, Suspect: []string{"SHOP-WP-0001-T01"}}),
		claim(task("T04", "Write it down", check.Passed), app.Claim{Verdict: app.Holds, Suspect: []string{"SHOP-WP-0001-T01"}}),
	}}
	for name, verbose := range map[string]bool{"verify.folded.txt": false, "verify.unfolded.txt": true} {
		var b bytes.Buffer
		if err := Verify(&b, res, verifiedInfo, Options{Unicode: true, Verbose: verbose}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

func TestVerifyJSON(t *testing.T) {
	out, err := VerifyJSON(verified(), verifiedInfo)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "json/verify.json", string(out))
}
