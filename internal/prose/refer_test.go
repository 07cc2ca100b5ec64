package prose

import (
	"fmt"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// TestReferences reads sentences that name no id, in the section of T04. Before it are T01 Draw the maps, T02 Build the
// boats and T03 Hire the crew; it is called Load the cargo, and behind it are T05 Set the sail, T06 Find the harbour,
// T07 Sell the cargo and T08 Tell the stories.
func TestReferences(t *testing.T) {
	for _, c := range []struct{ says, want string }{
		{"Once the boats are built, load them.", "T04>T02"},
		{"Not before the crew has been hired.", "T04>T03"},
		{"Only when the boats float.", "T04>T02"},
		{"When the boats are ready, begin.", "T04>T02"},
		{"When the boats rock, wait.", ""},
		{"As soon as boats and crew are there.", "T04>T02 T04>T03"},
		{"Wait until the maps, the boats and the crew are there.", "T04>T01 T04>T02 T04>T03"},
		{"The crew must be there first.", "T04>T03"},
		{"The crew must sing.", ""},
		{"The crew must stay sober.", ""},
		{"There has to be a crew to carry it.", "T04>T03"},
		{"With the boats in place this takes a day.", "T04>T02"},
		{"With the boats it takes a day.", "T04>T02"},
		{"Needs the maps.", "T04>T01"},
		{"Needs a map.", ""},
		{"Requires the maps and a lamp.", "T04>T01"},
		{"Does not need the maps.", ""},
		{"No need to wait for the boats. Take the weight from the boats.", ""},
		{"Independent of the boats.", ""},
		{"Unlike the boats, cargo is heavy.", ""},
		{"Like the maps, lists are made of paper.", ""},
		{"If the boats are late, wait.", ""},
		{"After the last crew left, we were alone.", ""},
		{"Once another crew is hired, tell them.", ""},
		{"Repeat this until the boats are deep in the water.", ""},
		{"Do not start until the boats are in the water.", "T04>T02"},
		{"The boats float once they are painted.", ""},
		{"Alert somebody once the boats are lost.", ""},
		{"The boats come from the yard. Once they are here, begin.", ""},
		{"Get the lists from T03. As soon as they are complete, begin.", "T04>T03"},
		{"Put it on the boats after lunch.", "T04>T02"},
		{"Carry the drawn maps on board.", "T04>T01"},
		{"Mark it on the maps we drew.", "T04>T01"},
		{"Load it onto the boats.", "T04>T02"},
		{"Read the weights from the maps.", "T04>T01"},
		{"Ask the crew.", ""},
		{"The crew eats at noon.", ""},
		{"Should the crew be there?", ""},
		{"Ideally once the boats are built.", ""},
		{"It is enough that the boats float.", "T04>T02"},
		{"The maps are needed for this.", "T04>T01"},
		{"The maps are not needed for this.", ""},
		{"For the songs the crew is needed.", "T04>T03"},
		{"For the boats a lamp is needed.", ""},
		{"Begin when the maps are drawn.", "T04>T01"},
		{"Once the old boats are there, burn them.", ""},
		{"Load it onto the neighbour's boats.", ""},
		{"Put it on the finished boats.", "T04>T02"},
		{"Pointless as long as the boats are not there.", "T04>T02"},
		{"Once all of the above is done.", "T04>T01 T04>T02 T04>T03"},
		{"Once everything else is stowed, smile.", "T04>T01 T04>T02 T04>T03"},
		{"Must be done before the harbour is found.", "T06>T04"},
		{"Needed for the harbour.", "T06>T04"},
		{"Not needed for the harbour.", ""},
		{"Once the harbour is found, rest.", ""},
		{"Once the cargo is there, load it.", ""},
		{"Prerequisites: maps drawn, boats afloat", "T04>T01 T04>T02"},
		{"Prerequisites:\n\n- the maps\n- a lamp\n- a boat or a crew", "T04>T01"},
		{"\"Once the boats are built\", they said.", ""},
		{"`once the boats are built`", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := planWith("T04", c.says)
			if got := lineOf(p); got != sorted(c.want) {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}

// TestSequence reads sentences above all tasks.
func TestSequence(t *testing.T) {
	for _, c := range []struct{ says, want string }{
		{"T01, then T02 and T03 in parallel, then T04.", "T02>T01 T03>T01 T04>T02 T04>T03"},
		{"First T01, afterwards T02, finally T05.", "T02>T01 T05>T02"},
		{"T01 first. T02 and T03 can go side by side, T04 joins them.", "T02>T01 T03>T01 T04>T02 T04>T03"},
		{"T01 is for the crew, and then there is T02.", ""},
		{"T01 was done in May, then came T02.", ""},
		{"T02 does not have to be done before T03.", ""},
		{"T03, then T02.", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := planWith("", c.says)
			if got := lineOf(p); got != sorted(c.want) {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}

// TestAsides reads sentences that speak of what earlier tasks are about and need none of them, in the last task of a plan.
func TestAsides(t *testing.T) {
	titles := []string{
		"Set up the registry", "Install monitoring", "Write the runbook", "Move the database", "Load test", "Order disks", "Build the base image", "Tidy up",
	}
	for _, says := range []string{
		"The registry has its own backup.",
		"This has nothing to do with the registry.",
		"Whoever works on the monitoring may do this as well.",
		"The database is not touched.",
		"The load test can go on in the meantime.",
		"Alerts fire once the disks are full.",
		"It does not matter whether the runbook is finished.",
		"See the runbook for background.",
		"Mention it in the runbook some day.",
		"Somebody asked for a second registry; not now.",
		"Before the database was moved in March this took an hour.",
		"After the last load test we bought more memory.",
		"When the database is slow, look at its disks.",
		"When the registry answers 500, try again.",
		"Can be done before or after the load test.",
		"Can run beside the load test.",
		"No disks are needed.",
		"The disks that are there suffice.",
		"Ask the owner of the registry.",
		"People who read the runbook know this already.",
		"Other databases stay where they are.",
		"The existing monitoring stays.",
		"A registry of colours is kept in the wiki.",
		"If the load test fails, this still happens.",
		"Even without monitoring this is worth doing.",
		"It would be nice to have the base image by then.",
		"We could wait for the load test, but why.",
		"Restart the registry when it hangs.",
		"Once a week the disks are scrubbed.",
		"The image of the camera is blurred.",
		"Explain to the team what the base image is for.",
		"The database must be backed up every night.",
		"The monitoring must not page anybody for this.",
		"Does the load test have to be over? No.",
		"While the database is being moved, work on something else.",
		"Unlike the database, files can be copied at any time.",
		"The runbook of the previous team is on paper.",
		"Turn the lights off after the meeting on monitoring.",
		"Users of the registry are told by mail.",
		"The name of the registry stays as it is.",
		"This is not about the load test.",
		"People complained about the monitoring.",
		"There was a long discussion on the monitoring.",
		"Nobody has looked into the runbook for years.",
		"Costs as much as the disks.",
		"The team behind the registry is on holiday.",
		"Do it as with the database.",
		"Takes longer than the load test.",
		"In contrast to the base image this is small.",
		"We considered putting it into the registry.",
		"It was decided against the registry.",
		"Could go into the runbook later.",
		"A second person reads the runbook anyway.",
		"What we learned from the load test in 2021 is in the wiki.",
		"The vendor of the disks is known to be slow.",
		"In the meantime somebody works on the database.",
		"This does not change the base image.",
		"The database has been slow since March.",
		"Alerts of the monitoring are ignored at night.",
		"It is part of the database team's goals.",
		"The colleagues from the monitoring have other plans.",
		"Leave the registry alone.",
		"Do not touch the base image.",
		"No change to the runbook.",
		"Works with or without the registry.",
		"Works without the base image.",
		"The load test found nothing of interest last year.",
		"The problem with the database is known.",
		"Nothing in the runbook speaks against it.",
		"Independent of the base image and the registry.",
		"Has no influence on the database.",
		"The same people as in the load test.",
		"Similar to the base image, but smaller.",
		"The database is someone else's problem.",
		"We keep the disks.",
		"Do not wait for the load test.",
		"There is no need to run the load test first.",
		"Has nothing to do with the base image.",
		"The load test is scheduled for later.",
		"The registry will follow.",
		"For the base image there is another plan.",
		"It may disturb the load test.",
		"Be careful with the database.",
		"If somebody still writes to the database, ask why.",
		"As long as nobody restarts the registry this is fine.",
		"The load test can run meanwhile; stay away from the disks.",
		"Skip everything that the runbook says about colours.",
		"It blocks nobody, not even the load test.",
		"Is cheaper than new disks.",
		"Compare with the base image of last year.",
		"An owner for the registry was never found.",
		"The old registry in the basement is empty.",
		"A page in the runbook of the network team.",
		"The base image for Windows is not ours.",
		"Until the disks arrive there is time for this.",
		"While the base image is being built, somebody can do this.",
		"Use the time until the load test.",
		"Tidy up the cables under the disks.",
	} {
		t.Run(says, func(t *testing.T) {
			var b strings.Builder
			b.WriteString("---\nid: X-WP-0005\ntype: workplan\n---\n\n# A plan\n\n")
			for i, title := range titles {
				fmt.Fprintf(&b, "### T%02d — %s\n\n```task\nid: T%02d\n```\n\n", i+1, title, i+1)
			}
			p, diags := workplan.Parse("x.md", []byte(b.String()+says+"\n"))
			if diags.Errors() {
				t.Fatal(diags)
			}
			if got := lineOf(p); got != "" {
				t.Errorf("%q: found %q", says, got)
			}
		})
	}
}
