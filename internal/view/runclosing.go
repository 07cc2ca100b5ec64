package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// closing writes what is to be said of the run as a whole; the counts come last.
func (s *summary) closing(r runner.Report, info RunInfo) {
	if n := unproven(r); n > 0 {
		s.gap()
		s.hang("", 0, claims(n), yellow)
	}
	if len(info.Files) > 0 || info.Record != "" || len(info.Next) > 0 {
		s.gap()
	}
	for _, f := range info.Files {
		s.file(f)
	}
	s.note("record", info.Record)
	if info.Hub != nil {
		s.hubTold(*info.Hub)
	}
	for _, next := range info.Next {
		s.note("next", next)
	}
	s.gap()
	if r.Cancelled {
		s.hang("", 2, s.cancelled(r), yellow)
	}
	s.totals(r.Tasks(), r.Ended.Sub(r.Started))
}

// cancelled says that a run did not come to its end, and how many tasks were not begun, where they are not told one by one.
func (s *summary) cancelled(r runner.Report) string {
	n := 0
	for _, pr := range r.Plans {
		for _, t := range toldOf(pr) {
			if t.Reason == runner.NotBegun {
				n++
			}
		}
	}
	if n == 0 || !s.Told {
		return "cancelled before its end"
	}
	return "cancelled before its end; not begun: " + plural(n, "task")
}

// hubTold says what became of telling a hub; of plans only what is left.
func (s *summary) hubTold(res app.SyncResult) {
	s.note("hub", syncedLine(res))
	for _, p := range res.Plans {
		for _, l := range s.syncLines(p, false) {
			if l.color != green && l.color != "" {
				s.note(l.what, l.text)
			}
		}
	}
}

// unproven counts the tasks that say they are done and have nothing that shows it. What was not looked at because of
// policy may be shown by it.
func unproven(r runner.Report) int {
	n := 0
	for _, pr := range r.Plans {
		for _, t := range pr.Tasks {
			if t.Selected && t.Was == workplan.Done && t.Outcome == check.Unverified && !t.NotChecked {
				n++
			}
		}
	}
	return n
}

func claims(n int) string {
	if n == 1 {
		return "1 claim has no proof: a task says done, and no step shows it"
	}
	return fmt.Sprintf("%d claims have no proof: tasks say done, and no step shows it", n)
}

// file says what was written into a file, or why it was not.
func (p *printer) file(f FileChange) {
	name := Safe(f.Name)
	switch {
	case f.Changed:
		p.wrote("wrote", f)
	case f.Would:
		p.wrote("would write", f)
	case f.NotWritten == "":
		p.hang("", 2, "nothing to write to "+name, dim)
	}
	if f.NotWritten != "" {
		p.hang("", 2, fmt.Sprintf("not written: %s: %s", name, Safe(f.NotWritten)), yellow)
	}
}

func (p *printer) wrote(verb string, f FileChange) {
	p.hang("", 2, fmt.Sprintf("%s %s to %s", verb, f.what(), Safe(f.Name)), "")
	statuses := f.Statuses
	if len(f.Words) > 0 {
		statuses = f.Words
	}
	if p.most > 0 && len(statuses) > p.most+1 {
		statuses = append(slices.Clone(statuses[:p.most]), fmt.Sprintf("and %d more", len(statuses)-p.most))
	}
	for _, status := range statuses {
		p.put("  " + p.dim(p.arrows(Safe(status))))
	}
}

// what says in words what was written.
func (f FileChange) what() string {
	var out []string
	switch n := len(f.Statuses); n {
	case 0:
	case 1:
		out = append(out, "1 status")
	default:
		out = append(out, fmt.Sprintf("%d statuses", n))
	}
	if f.Findings > 0 {
		out = append(out, "findings of "+plural(f.Findings, "task"))
	}
	if len(out) == 0 {
		return "changes"
	}
	return strings.Join(out, ", ")
}

// note writes "label  text"; an empty text is not told.
func (s *summary) note(label, text string) {
	if text != "" {
		s.hang(s.dim(pad(label, 6))+" ", 7, Safe(text), "")
	}
}

// totals writes the last line: "5 passed, 1 failed, 2 blocked in 12s".
func (p *printer) totals(c runner.Counts, d time.Duration) {
	parts := p.counts(c)
	if len(parts) == 0 {
		parts = []string{"nothing was looked at"}
	}
	parts[len(parts)-1] += " in " + took(d)
	line := ""
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ","
		}
		switch {
		case line == "":
			line = part
		case p.Width > 0 && cells(line)+1+cells(part) > p.Width:
			p.put(line)
			line = part
		default:
			line += " " + part
		}
	}
	p.put(line)
}

// counts names each outcome that occurred, with its number.
func (s style) counts(c runner.Counts) []string {
	var out []string
	for _, o := range outcomes {
		if c[o] > 0 {
			out = append(out, s.paint(looks[o].color, fmt.Sprintf("%d %s", c[o], o)))
		}
	}
	return out
}
