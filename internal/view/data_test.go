package view

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

var start = time.Date(2026, 5, 19, 14, 0, 0, 0, time.UTC)

const file = "workplans/shop.md"

func step(name, kind string, o check.Outcome) *runner.StepReport {
	return &runner.StepReport{
		Name: name, Kind: kind, Outcome: o, Pos: text.Pos{File: file, Line: 61, Col: 3}, Digest: "1f3a9c", Looks: 1,
		Started: start, Ended: start.Add(1200 * time.Millisecond),
	}
}

func task(short, title string, o check.Outcome, steps ...*runner.StepReport) *runner.TaskReport {
	return &runner.TaskReport{
		ID: "SHOP-WP-0001-" + short, Short: short, Title: title, Pos: text.Pos{File: file, Line: 40, Col: 1},
		Was: workplan.Todo, Selected: true, Outcome: o, Steps: steps,
		Started: start, Ended: start.Add(4100 * time.Millisecond),
	}
}

// shop is a run in which everything happens once.
func shop() runner.Report {
	private := step("the image can be pulled without credentials", "image", check.Failed)
	private.Want = "an anonymous pull of registry.example/shop/web:17f511f"
	private.Saw = "401 Unauthorized from registry.example, realm https://registry.example/token, service container_registry"
	private.Why = []string{"the package's visibility is private", "the owner may change it at https://registry.example/shop/-/packages"}
	unknown := step("the certificate is issued", "k8s", check.Unknown)
	unknown.Saw, unknown.Auth = "get certificates: forbidden", true
	waiting := step("the operator can log in", "manual", check.Awaiting)
	waiting.Want = "a person's word: wpctl approve T07 --step login"
	waived := step("no unexpected errors in the log", "logs", check.Waived)
	waived.Saw, waived.Note = "12 lines match ERROR", "waived until 2026-12-31 by ada: the upstream fix is on its way"
	deferred := step("backups restore", "sh", check.Deferred)
	deferred.Saw = "until 2026-09-01: the bucket is not there yet"
	policy := step("make dry-run", "sh", check.Skipped)
	policy.Policy, policy.Saw = true, "policy: this plan may not run code"
	warned := step("health answers", "http", check.Passed)
	warned.Saw, warned.Warnings = `200 {"status":"ok"}`, []string{"looked from this machine, not from inside the cluster"}
	warned.Records = []runner.Record{{Name: "server", Value: "secret", Text: "nginx/1.29"}}

	blocked := func(short, title, cause string) *runner.TaskReport {
		t := task(short, title, check.Blocked)
		t.Cause, t.Reason = "SHOP-WP-0001-"+cause, "decision "+cause+" is pending"
		return t
	}
	unproven := task("T10", "Tell the owners", check.Unverified)
	unproven.Was, unproven.Reason = workplan.Done, "no steps"
	database := task("T04", "Provide a database role and a database of its own for the shop", check.Passed,
		step("the role connects", "postgres", check.Passed), step("it owns its database only", "postgres", check.Passed))
	database.Rests = []string{"SHOP-WP-0001-T10"}

	return runner.Report{Started: start, Ended: start.Add(12 * time.Second), Plans: []runner.PlanReport{{
		Plan: &workplan.Plan{
			File: text.NewFile(file, nil), ID: workplan.Value{Text: "SHOP-WP-0001"}, Title: workplan.Value{Text: "Bring the shop to the cluster"},
		},
		Tasks: []*runner.TaskReport{
			task("T01", "Take stock of what is there", check.Passed, step("Traefik is ready", "k8s", check.Passed)),
			task("T02", "Container image", check.Passed, warned, deferred, waived),
			task("T03", "Build the image and publish it in the registry, signed and scanned", check.Failed,
				step("the tag exists", "image", check.Passed), private, policy),
			database,
			blocked("T05", "Helm release", "T03"),
			blocked("T06", "DNS, ingress and TLS", "T03"),
			task("T07", "First migration and smoke test", check.Awaiting, waiting),
			task("T08", "Certificate", check.Unknown, unknown),
			blocked("T09", "Choose the storage class", "D-01"),
			unproven,
		},
		Own: task("", "", check.Passed, step("everything answers", "http", check.Passed)),
	}}}
}

var shopInfo = RunInfo{
	Files: []FileChange{
		{
			Name: file, Changed: true, Findings: 5,
			Changes: []app.Change{
				{ID: "SHOP-WP-0001-T01", Key: "status", From: "todo", To: "done"},
				{ID: "SHOP-WP-0001-T02", Key: "status", From: "todo", To: "done"},
				{ID: "SHOP-WP-0001-T04", Key: "status", From: "in_progress", To: "done"},
			},
			Statuses: []string{"T01 todo → done", "T02 todo → done", "T04 in_progress → done"},
		},
		{Name: "workplans/other.md"},
		{Name: "workplans/third.md", NotWritten: "it was changed while the run went on, and task T02 is gone"},
	},
	Record: ".wpctl/runs/20260519T140000Z.json",
	Next:   []string{"wpctl approve T07 --step login"},
	Exit:   1,
}
