package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// verdicts is how a verdict appears: as the outcome that comes nearest to it.
var verdicts = map[app.Verdict]check.Outcome{
	app.Broken: check.Failed, app.Unclear: check.Unknown, app.Unsigned: check.Awaiting, app.NotChecked: check.Skipped,
	app.CouldBeDone: check.Passed, app.Unproven: check.Unverified, app.Holds: check.Passed, app.Open: check.Blocked,
}

// verdictHeads stand above the claims of a verdict; those without one are told only with Verbose.
var verdictHeads = map[app.Verdict]string{
	app.Broken:      "said to be done, and no longer true",
	app.Unclear:     "said to be done, and could not be looked at",
	app.Unsigned:    "said to be done, and waiting for a person",
	app.NotChecked:  "said to be done, and not checked because of policy",
	app.CouldBeDone: "could be done: it holds, and its status does not say so",
	app.Unproven:    "unproven: said to be done, and nothing shows it",
}

// Verify writes what a verification found out: what no longer holds, root causes first and what fails with them below;
// then what could not be looked at, what could be done, what has no proof, what to know of claims that hold, and counts.
func Verify(w io.Writer, res app.VerifyResult, info RunInfo, o Options) error {
	s := &verification{summary: &summary{printer: newPrinter(w, o)}, strict: res.Strict, under: map[string][]*app.Claim{}, known: map[string]*app.Claim{}, policies: map[string]bool{}, faults: map[string]bool{}}
	for _, c := range res.Claims {
		s.known[c.Task.ID] = c
	}
	for _, c := range res.Claims {
		if s.known[c.Under] != nil {
			s.under[c.Under] = append(s.under[c.Under], c)
		}
	}
	for _, v := range app.Verdicts {
		s.verdict(v, res.Claims)
	}
	s.remarks(res.Claims)
	s.closingOf(res, info)
	return s.flush()
}

type verification struct {
	*summary
	strict bool
	under  map[string][]*app.Claim // by the root cause that is told of
	known  map[string]*app.Claim

	policies map[string]bool // reasons of policy that were told
	faults   map[string]bool // that were told
}

// verdict writes the claims of one verdict below its heading.
func (s *verification) verdict(v app.Verdict, claims []*app.Claim) {
	heading := verdictHeads[v]
	if heading == "" && s.Verbose {
		heading = v.String()
	}
	if heading == "" {
		return
	}
	begun := false
	for _, c := range claims {
		root := len(s.under[c.Task.ID]) > 0 && v == app.Broken // a task whose status says that it failed is a cause, too
		if c.Verdict != v && (!root || c.Verdict != app.Open) || s.known[c.Under] != nil {
			continue
		}
		if !begun {
			s.gap()
			s.hang("", 0, heading, bold)
			begun = true
		}
		s.claim(c)
	}
}

// claim writes one claim with what was seen, and below it what fails with it.
func (s *verification) claim(c *app.Claim) {
	s.headline(c, 2)
	indent := 2 + s.glyphs() + 1
	f := &following{verification: s, indent: indent + 2}
	s.evidenceOf(c, indent, f)
	for _, also := range s.under[c.Task.ID] {
		f.claim(also)
	}
}

// headline names a claim and its place.
func (s *verification) headline(c *app.Claim, indent int) {
	look := looks[verdicts[c.Verdict]]
	head := fmt.Sprintf("%*s%s ", indent, "", s.paint(look.color, s.mark(verdicts[c.Verdict])))
	used := indent + s.glyphs() + 1
	id, title, pos := Safe(c.Task.ID), Safe(c.Task.Title), Safe(c.Task.Pos.String())
	if c.Own {
		title = ownTitle
	}
	line := s.bold(id) + "  " + title
	width := used + cells(id) + 2 + cells(title)
	if s.Width > 0 && width+2+cells(pos) > s.Width {
		s.hang(head, used, join("  ", id, title), "")
		s.hang(fmt.Sprintf("%*s", used, ""), used, pos, dim)
		return
	}
	s.put(head + line + "  " + s.dim(pos))
}

// evidenceOf writes the steps of a claim that are worth telling. What fails for a reason that is told already follows.
func (s *verification) evidenceOf(c *app.Claim, indent int, f *following) {
	told := false
	var later []*runner.StepReport
	for _, st := range c.Task.Steps {
		if s.Verbose || news(c, st) {
			told = true
			switch {
			case s.faults[st.Fault]:
				later = append(later, st)
			case s.summary.told.again(st.Outcome, st.Saw):
				s.again(st, indent, "as above")
			case st.Policy && s.policies[st.Saw]:
				s.again(st, indent, "skipped, as above")
			default:
				s.policies[st.Saw] = s.policies[st.Saw] || st.Policy
				s.faults[st.Fault] = st.Fault != ""
				s.step(st, indent)
			}
		}
	}
	bare := c.Verdict == app.Unproven && len(c.Task.Steps) == 0 // the heading has said it
	if !told && !bare && c.Verdict != app.CouldBeDone {
		s.labelled(indent, "why", c.Why, "")
	}
	if c.Verdict == app.CouldBeDone {
		s.labelled(indent, "status", cmp.Or(c.Task.Word, string(c.Task.Was)), dim)
	}
	for _, st := range later {
		f.step(c, st)
	}
}

// news tells whether a step of a claim is worth telling: what was put off is known, and so is what holds.
func news(c *app.Claim, st *runner.StepReport) bool {
	return worth(st) && st.Outcome != check.Deferred && c.Verdict != app.CouldBeDone && c.Verdict != app.Holds
}

// again names a step for which the reason that was told before holds as well.
func (s *verification) again(st *runner.StepReport, indent int, how string) {
	s.hang(fmt.Sprintf("%*s%s ", indent, "", s.glyph(st.Outcome)), indent+s.glyphs()+1, join(": ", st.Name, how), "")
}

// remarks tells what there is to know of claims beside their verdicts.
func (s *verification) remarks(claims []*app.Claim) {
	begun := false
	begin := func() {
		if !begun {
			s.gap()
			begun = true
		}
	}
	tell := func(c *app.Claim, label, text string) {
		begin()
		head := s.paint(yellow, pad(label, 7)) + " "
		s.hang(head, 8, join("  ", c.Task.ID+" "+text, c.Task.Pos.String()), "")
	}
	for _, group := range suspects(claims) {
		begin()
		s.suspect(group)
	}
	for _, c := range claims {
		if c.Stale {
			tell(c, "stale", "its steps changed after its findings were written")
		}
		if len(c.Claimed) > 0 && c.Made {
			tell(c, "claimed", "passes on a word that is not signed: "+join(", ", c.Claimed...))
		}
		for _, st := range c.Task.Steps {
			if st.Outcome == check.Waived && (c.Verdict == app.Holds || c.Verdict == app.CouldBeDone) {
				tell(c, "waived", join(": ", append([]string{st.Name}, st.Why[max(0, len(st.Why)-1):]...)...))
			}
		}
	}
}

// closingOf writes what is to be said of a verification as a whole; the counts come last.
func (s *verification) closingOf(res app.VerifyResult, info RunInfo) {
	if info.Record != "" || len(info.Next) > 0 {
		s.gap()
	}
	s.note("record", info.Record)
	for _, next := range info.Next {
		s.note("next", next)
	}
	s.gap()
	if res.Report.Cancelled {
		s.put(s.paint(yellow, "cancelled before its end"))
	}
	if res.Untouched != "" {
		s.hang("", 0, "no plan was touched since "+Safe(res.Untouched), "")
		return
	}
	s.hang("", 0, totalsOf(res), "")
}

// totalsOf counts the claims: "12 claims: 10 hold, 1 no longer holds, 1 unproven; 3 tasks open in 1.2s".
func totalsOf(res app.VerifyResult) string {
	n, made := Verdicts(res.Claims), 0
	for _, c := range res.Claims {
		if c.Made {
			made++
		}
	}
	line := plural(made, "claim")
	for i, v := range []app.Verdict{app.Holds, app.Broken, app.Unclear, app.Unsigned, app.NotChecked, app.Unproven} {
		if n[v] == 0 {
			continue
		}
		sep := ", "
		if i == 0 || line == plural(made, "claim") {
			sep = ": "
		}
		line += sep + words(v, n[v])
	}
	more := ""
	for _, v := range []app.Verdict{app.CouldBeDone, app.Open} {
		if n[v] > 0 {
			more += cmp.Or(map[bool]string{true: ", "}[more != ""], "; ") + words(v, n[v])
		}
	}
	if reused := seenBefore(res.Report); reused > 0 {
		more += fmt.Sprintf("; %s taken over from earlier runs", plural(reused, "result"))
	}
	return line + more + " in " + took(res.Report.Ended.Sub(res.Report.Started))
}

// words says how many claims have a verdict.
func words(v app.Verdict, n int) string {
	if n == 1 {
		return "1 " + v.String()
	}
	return fmt.Sprintf("%d %s", n, v.Plural())
}

// Verdicts counts the claims by verdict.
func Verdicts(claims []*app.Claim) map[app.Verdict]int {
	out := map[app.Verdict]int{}
	for _, c := range claims {
		out[c.Verdict]++
	}
	return out
}

func seenBefore(r runner.Report) int {
	n := 0
	for _, p := range r.Plans {
		for _, t := range append(slices.Clone(p.Tasks), p.Own) {
			if t == nil {
				continue
			}
			for _, s := range t.Steps {
				if s.Seen != (time.Time{}) {
					n++
				}
			}
		}
	}
	return n
}
