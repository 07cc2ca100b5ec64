package runner

import (
	"strings"
)

// text redacts, flattens and bounds a text.
func (r *run) text(s string) string {
	return oneLine(r.Redact(s), maxText)
}

// redacted redacts and flattens a text, and leaves it whole: a secret that is learned later would not be found in a
// part of it.
func (r *run) redacted(s string) string { return oneLine(r.Redact(s), maxRaw) }

// settle gives a report its last form. What was learned to be secret after a text was made is taken out of it now,
// and what the texts are bounded to is the rest.
func (r *run) settle(t *TaskReport) {
	t.Title, t.Reason = r.text(t.Title), r.text(t.Reason)
	for _, s := range t.Steps {
		s.each(r.text)
		t.Cut = t.Cut || s.Cut
	}
}

// The bounds of each text of a report, in bytes, and of what is kept of it during the run.
const (
	maxText = 1024
	maxRaw  = 64 << 10
)

// oneLine joins the lines of a text and bounds it.
func oneLine(s string, limit int) string {
	if strings.ContainsAny(s, "\r\n\t\v\f") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit] + "…"
}
