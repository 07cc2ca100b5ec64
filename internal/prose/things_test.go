package prose

import (
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// TestThings reads sentences in the last task of a plan, about what earlier tasks bring up and their titles do not say.
func TestThings(t *testing.T) {
	head := `---
id: X-WP-0005
type: workplan
---

# A plan

Today everything runs on one old server, and there is a nightly backup to tape.

### T01 — Survey

` + "```task\nid: T01\n```" + `

Write down which services run where. Draw a dependency map. A risk list with owners.

### T02 — New platform

` + "```task\nid: T02\n```" + `

Set up a staging cluster with two node pools. Create the bucket ` + "`app-data`" + `. The ingress controller answers on port 443.

### T03 — Migrate the first service

` + "```task\nid: T03\n```" + `

A migration script for the data. Test it twice.

### T04 — Training

` + "```task\nid: T04\n```" + `

Slides and a hands-on session.

### T05 — Rest

` + "```task\nid: T05\n```" + `

`
	for _, c := range []struct{ says, want string }{
		{"Work through the risk list.", "T05>T01"},
		{"Put it into the staging cluster.", "T05>T02"},
		{"Run the migration script for the other nine.", "T05>T03"},
		{"Load the dump into `app-data`.", "T05>T02"},
		{"The risk list and the dependency map must be there first.", "T05>T01"},
		{"Whatever the survey found is retired.", "T05>T01"},
		{"Preconditions: node pools up, slides ready", "T05>T02 T05>T04"},
		{"Use the slides.", "T05>T04"},
		{"Once the hands-on session has been held, begin.", "T05>T04"},
		{"Nobody needs the dependency map for this.", ""},
		{"The risk list is kept by somebody else.", ""},
		{"The staging cluster has its own alerts.", ""},
		{"Unlike the staging cluster, this one has a budget.", ""},
		{"People from other teams use the staging cluster as well.", ""},
		{"In the past the migration script was run by hand.", ""},
		{"A migration script is not necessary here.", ""},
		{"We did this without a dependency map last year.", ""},
		{"The nightly backup stays on tape.", ""},
		{"Restore from the nightly backup.", ""},
		{"Somebody should check the node pools once a year.", ""},
		{"The hands-on session was fun.", ""},
		{"See the risk list for what can go wrong.", ""},
		{"The first service was easy.", ""},
		{"The new platform is described in the wiki.", ""},
		{"Marketing asks for the dependency map every month.", ""},
		{"Later the slides go into the wiki.", ""},
		{"A hands-on session for the partners is planned for next year.", ""},
		{"Has no effect on the staging cluster.", ""},
		{"It is the same bucket naming as in `app-data`.", ""},
		{"Do not put anything into `app-data` yet.", ""},
		{"The training is optional.", ""},
		{"Ask the people from the training.", ""},
		{"It runs on the old server.", ""},
		{"The survey said that nobody cares.", ""},
		{"The survey may be repeated some day.", ""},
		{"Each service has a data directory.", ""},
		{"Works like the ingress controller.", ""},
		{"Check the ingress controller from time to time.", ""},
		{"If the migration script fails, stop.", ""},
		{"The staging cluster is none of our business.", ""},
		{"Does not use the ingress controller.", ""},
		{"An ingress controller of its own is possible, too.", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			p, diags := workplan.Parse("x.md", []byte(head+c.says+"\n"))
			if diags.Errors() {
				t.Fatal(diags)
			}
			if got := lineOf(p); got != c.want {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}
