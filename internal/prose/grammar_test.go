package prose

import (
	"fmt"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// planWith is a plan of eight tasks and two decisions, with text in the section of one of the tasks, or above all for "".
func planWith(task, text string) *workplan.Plan {
	var b strings.Builder
	b.WriteString("---\nid: X-WP-0004\ntype: workplan\n---\n\n# A plan\n\n```decision\nid: D-01\n```\n\n```decision\nid: D-02\n```\n\n")
	if task == "" {
		b.WriteString(text + "\n\n")
	}
	titles := strings.Fields("Draw-maps Build-boats Hire-crew Load-cargo Set-sail Find-harbour Sell-cargo Tell-stories")
	for i, title := range titles {
		id := fmt.Sprintf("T%02d", i+1)
		fmt.Fprintf(&b, "### %s — %s\n\n```task\nid: %s\n```\n\n", id, strings.ReplaceAll(title, "-", " the "), id)
		if task == id {
			b.WriteString(text + "\n\n")
		}
	}
	p, diags := workplan.Parse("x.md", []byte(b.String()))
	if diags.Errors() {
		panic(diags)
	}
	return p
}

// TestSentences reads sentences in the section of T04.
func TestSentences(t *testing.T) {
	for _, c := range []struct{ says, want string }{
		{"DB DSN from T02.", "T04>T02"},
		{"Depends on: T01, T02 and T03", "T04>T01 T04>T02 T04>T03"},
		{"**Depends on:** `T01`, X-WP-0004-T02, t03", "T04>T01 T04>T02 T04>T03"},
		{"**Blocked by** — T02", "T04>T02"},
		{"Prerequisite: T01–T03", "T04>T01 T04>T02 T04>T03"},
		{"Prerequisites: T01 to T03.", "T04>T01 T04>T02 T04>T03"},
		{"Needs the token created in T02.", "T04>T02"},
		{"Start after T02.", "T04>T02"},
		{"Mount T02's boat.", "T04>T02"},
		{"Once T02 has finished, load everything.", "T04>T02"},
		{"The boat that T02 builds is painted.", "T04>T02"},
		{"Paint the boat T02 built.", "T04>T02"},
		{"See T03 for the names.", ""},
		{"Unlike T02 this takes a day.", ""},
		{"T05 will use this.", "T05>T04"},
		{"T05 uses the wind.", ""},
		{"This does not depend on T02.", ""},
		{"No need to wait for T02 or T03.", ""},
		{"Independent of T02, it can start at once.", ""},
		{"It cannot start until T02 is done.", "T04>T02"},
		{"Do not start before T02 is complete.", "T04>T02"},
		{"Must not run before T02 and T03 are merged.", "T04>T02 T04>T03"},
		{"Not possible without T02.", "T04>T02"},
		{"Works without T02.", ""},
		{"Has to be finished before T05 starts.", "T05>T04"},
		{"Must be done before T02.", ""},
		{"This blocks T05 and T06.", "T05>T04 T06>T04"},
		{"It no longer blocks T05.", ""},
		{"T02 blocks this.", "T04>T02"},
		{"T06 depends on T05.", "T06>T05"},
		{"T06 needs the sails from T05.", "T06>T05"},
		{"Once T05 has left, T06 can start.", "T06>T05"},
		{"After T02, T05 can start.", "T05>T02"},
		{"After T02 T05 can start.", "T05>T02"},
		{"Wait for T02, then load.", "T04>T02"},
		{"Should this wait for T02?", ""},
		{"Ideally after T02.", ""},
		{"This would need T02.", ""},
		{"In parallel with T03.", ""},
		{"Same procedure as in T03.", ""},
		{"`needs: T02` is what the log says.", ""},
		{"The log says \"blocked by T02\".", ""},
		{"> blocked by T02", ""},
		{"```\ndepends on T02\n```", ""},
		{"<!-- depends on T02 -->", ""},
		{"~~Depends on T02.~~", ""},
		{"[T02](#t02) has to be finished first.", "T04>T02"},
		{"See [the docs](https://example.org/after-T02).", ""},
		{"Requires D-01.", "T04>D-01"},
		{"As decided in D-01, the small boat.", "T04>D-01"},
		{"Pending D-01.", "T04>D-01"},
		{"Depends on the outcome of D-02.", "T04>D-02"},
		{"Per decision D-01 only the small boat.", "T04>D-01"},
		{"D-01 is about something else.", ""},
		{"Blocked on Y-WP-0007.", "T04>Y-WP-0007"},
		{"Blocked on Y-WP-0007-T03.", "T04>Y-WP-0007-T03"},
		{"Blocked on Y-WP-0007 T03.", "T04>Y-WP-0007-T03"},
		{"Depends on RFC-2119 and CVE-2024-1234.", ""},
		{"As in Y-WP-0007, with names from there.", ""},
		{"Waits for \"Build the boats\".", "T04>T02"},
		{"Depends on: Hire the crew", "T04>T03"},
		{"Before you hire the crew, think.", ""},
		{"Use the outputs of T02 and T03.", "T04>T02 T04>T03"},
		{"Needs T01 (the maps), T02 (the boat) and T03 (the crew).", "T04>T01 T04>T02 T04>T03"},
		{"Needs the maps from T01 and the boat of T02.", "T04>T01 T04>T02"},
		{"Uses the previous task's boat.", "T04>T03"},
		{"Start when the previous task is done.", "T04>T03"},
		{"The next task needs this.", "T05>T04"},
		{"Make sure T02 is done.", "T04>T02"},
		{"T02 must be finished first.", "T04>T02"},
		{"Do T02 first.", "T04>T02"},
		{"If T02 fails, call somebody.", ""},
		{"Needs T01 or T02.", ""},
		{"T02 and T03 are unrelated to this.", ""},
		{"T02 covers the boats.", ""},
		{"Boats are out of scope, T02 does them.", ""},
		{"Handled in T02.", ""},
		{"This is tracked in T02.", ""},
		{"The boats are bought in T05.", ""},
		{"Take it from T06.", ""},
		{"Was moved from T02.", ""},
		{"Differs from T02.", ""},
		{"Split off from T02.", ""},
		{"Copy the layout from T02 to T03.", ""},
		{"Required by T06.", "T06>T04"},
		{"Not required for T06.", ""},
		{"Input for T05 and T06.", "T05>T04 T06>T04"},
		{"The manifest is used by T07.", "T07>T04"},
		{"Keep the manifest for T07.", "T07>T04"},
		{"Numbers for T07's price list:", "T07>T04"},
		{"Painting is left for T05.", ""},
		{"The list is what T07 works through.", "T07>T04"},
		{"So that T05 can start.", "T05>T04"},
		{"T05 does not need this.", ""},
		{"T05 must not start until this is done.", "T05>T04"},
		{"T05 cannot start before this is done.", "T05>T04"},
		{"T06 can start once this is done.", "T06>T04"},
		{"- [ ] T02 done", ""},
		{"Prerequisites:\n\n- T02 is done\n- the boat, see T03\n- not T01", "T04>T02"},
		{"This can start once the following are done:\n\n- T01\n- T02", "T04>T01 T04>T02"},
		{"Needed by:\n- T05\n- T06", "T05>T04 T06>T04"},
		{"| Depends on | T01, T02 |\n|---|---|\n| Owner | T03 |", ""},
		{"| What | Value |\n|---|---|\n| Depends on | T01, T02 |\n| Like | T03 |", "T04>T01 T04>T02"},
		{"| Input | From |\n|---|---|\n| maps | T01 |\n| crew | see T03 |", "T04>T01"},
		{"The T02 boat is small.", ""},
		{"Load everything into the T02 image.", "T04>T02"},
		{"Scope: everything but T02's part.", ""},
		{"T02 has a nice boat.", ""},
		{"It was wrongly blocked by T02.", ""},
		{"This used to depend on T02.", ""},
		{"Not blocked by T02 anymore, but waits for T03.", "T04>T03"},
		{"This does not, however, depend on T02.", ""},
		{"It is neither blocked by T02 nor by T03.", ""},
		{"There is nothing to wait for: T02 and T03 are about other boats.", ""},
		{"Even before T02 somebody asked.", ""},
		{"Rather than waiting for T02, buy a boat.", ""},
		{"The crew (T03) is told.", ""},
		{"Put the cargo on the boat (T02).", "T04>T02"},
		{"Use the cheaper one (D-01).", "T04>D-01"},
		{"Follows T03.", "T04>T03"},
		{"Builds on T02 and T03.", "T04>T02 T04>T03"},
		{"With T02 done, this is easy.", "T04>T02"},
		{"Store logs in S3, not on t2 machines, P1.", ""},
		{"T02 → T03 → T04", ""},
		{"We talked about T02, T03 and T05 after lunch.", ""},
		{"T03: hire. T05: sail.", ""},
		{"Depends on: none (T02 is independent)", ""},
		{"Dependencies: –", ""},
		{"Depends on: nothing, see T02 for why.", ""},
		{"Relies on T02 having built the boat.", "T04>T02"},
		{"After the boats are built (T02), load.", "T04>T02"},
		{"Given the maps T01 produced, load.", "T04>T01"},
		{"The path /srv/T02/x and after-T02.log are names.", ""},
		{"Pull image example.org/x:T02 from T02-cache.", ""},
		{"Later than T02, if possible.", ""},
		{"Part of T02.", ""},
		{"- maps: T01, boat: T02", "T04>T01 T04>T02"},
		{"- image: T02", "T04>T02"},
		{"- see: T01, related: T02", ""},
		{"- next: T02", ""},
		{"- reviewer: T02", ""},
		{"T05 and T06 cannot proceed without the cargo.", "T05>T04 T06>T04"},
		{"T05 cannot start before June.", ""},
		{"T05 can start without the cargo.", ""},
		{"**Decision D-07 — Which way?** (pending; required before T05)", "T05>D-07"},
		{"#### Decision D-07: Which way? Blocks T05.", "T05>D-07"},
		{"**Decision D-07 — which way** (pending)\n\n| Option | Pro |\n|---|---|\n| A. Wait for T02 | needs T01 |\n| B. Begin | fast |\n\nAfter that, start with T03's crew.", "T04>T03"},
		{"We rolled back from T02.", ""},
		{"In the review of T02 somebody asked.", ""},
		{"As agreed with the owner of T02, this is skipped.", ""},
		{"Follow the example of T02.", ""},
		{"Use the naming scheme of T02.", ""},
		{"In case T02 is delayed, begin here.", ""},
		{"If T02 is not done yet, use a stub.", ""},
		{"Instead of the bucket from T02 use a disk.", ""},
		{"Unlike the bucket from T02, this one is public.", ""},
		{"It looks like the script from T02.", ""},
		{"See the findings from T01 for background.", ""},
		{"Nobody was harmed by T02.", ""},
		{"T02's runbook applies here as well.", ""},
		{"The T02 team will help.", ""},
		{"Ask the people from T02.", ""},
		{"Between T01 and T03 there is a gap.", ""},
		{"T02 must be done by March.", ""},
		{"T02 must be finished by Tom.", ""},
		{"After T02's deadline nobody cares.", ""},
		{"Using T02 as a template, write it.", ""},
		{"This was taken out of T02.", ""},
		{"If we wait for T02, we lose a week.", ""},
		{"Some wanted to wait for T02, but we begin now.", ""},
		{"It was suggested to do this after T02.", ""},
		{"Waiting for T02 is not necessary.", ""},
		{"Waiting for T02 makes no sense.", ""},
		{"This could wait for T02.", ""},
		{"It may need T02.", ""},
		{"Dependencies: T01 (done), T02 (not needed any more)", "T04>T01"},
		{"Depends on nothing. T02 only shares the host.", ""},
		{"Needs: nothing from T02", ""},
		{"We wrote 'after T02' in the first plan.", ""},
		{"It is not true that this depends on T02.", ""},
		{"It was thought to depend on T02.", ""},
		{"### Why not after T02", ""},
		{"Alternative: wait for T02 and take its token.", ""},
		{"- Option B: wait for T02", ""},
		{"This may block T05.", ""},
		{"Say so, so as not to block T05.", ""},
		{"Do it without blocking T05.", ""},
		{"Tell the team before T05's deadline.", ""},
		{"T05 is not affected by this.", ""},
		{"T05 replaces this.", ""},
		{"T05 handles this.", ""},
		{"Leave this to T05.", ""},
		{"T06 and T07 need another boat.", ""},
		{"Nothing here is needed by T05.", ""},
		{"The T02 boat and the T03 crew are fine.", ""},
		{"There were questions about T02 and T03.", ""},
		{"Compared with T02 it is easy.", ""},
		{"It is as hard as T02.", ""},
		{"T01 is done, T02 is not.", ""},
		{"Status: T01 done, T02 in progress.", ""},
		{"Both T01 and T02 mention it.", ""},
		{"It resembles T02 and mirrors T03.", ""},
		{"T03 introduced a bug.", ""},
		{"Reviewers: those of T02.", ""},
		{"Estimate: half of T02.", ""},
		{"We discussed T02 for an hour.", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := planWith("T04", c.says)
			if got := lineOf(p); got != sorted(c.want) {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}

func lineOf(p *workplan.Plan) string {
	var out []string
	for _, e := range Edges(p) {
		short := func(id string) string { return strings.TrimPrefix(id, p.ID.Text+"-") }
		out = append(out, short(e.From)+">"+short(e.To))
	}
	return sorted(strings.Join(out, " "))
}
