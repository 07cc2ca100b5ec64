package view

import (
	"fmt"
	"io"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/exchange"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
)

// Sync writes what went both ways between plans and a hub, what is left, and the counts on the last line.
func Sync(w io.Writer, res app.SyncResult, dry bool, o Options) error {
	p := newPrinter(w, o)
	for _, plan := range res.Plans {
		p.planSync(plan, dry)
	}
	p.put(p.synced(res, dry))
	return p.flush()
}

// syncedLine is what became of telling a hub, in one line.
func syncedLine(res app.SyncResult) string {
	return (&printer{}).synced(res, false)
}

func (p *printer) planSync(s app.PlanSync, dry bool) {
	lines := p.syncLines(s, dry)
	if len(lines) == 0 {
		return
	}
	p.put(p.bold(Safe(s.Name)))
	for _, l := range lines {
		p.hang("  "+p.paint(l.color, pad(l.what, syncColumn)), 2+syncColumn, l.text, "")
	}
}

// syncColumn is how wide what happened is.
const syncColumn = 15

type syncLine struct{ what, text, color string }

func (p *printer) syncLines(s app.PlanSync, dry bool) []syncLine {
	var out []syncLine
	add := func(what, color, format string, args ...any) {
		out = append(out, syncLine{what, Safe(fmt.Sprintf(format, args...)), color})
	}
	if n := len(s.Minted); n > 0 {
		var names []string
		for _, c := range s.Minted {
			names = append(names, c.ID)
		}
		add("into the file", green, "ids of %s", some(names))
	}
	var fresh []string
	for _, c := range s.ToHub {
		if c.New {
			fresh = append(fresh, c.Name)
		}
	}
	if len(fresh) > 0 {
		add("to the hub", green, "new: %s", some(fresh))
	}
	for _, c := range s.ToHub {
		if !c.New {
			add("to the hub", green, "%s", p.went(c, "the hub's"))
		}
	}
	for _, c := range s.ToFile {
		add("into the file", green, "%s", p.went(c, "the file's"))
	}
	for _, d := range s.Proposals {
		add("proposed", yellow, "%s", proposal(s, d))
	}
	for _, d := range s.Unsent {
		add("not sent", yellow, "%s: %s %s: %s", d.Name, d.Unit, d.File, d.Why)
	}
	for _, d := range s.Conflicts {
		add("conflict", red, "%s: %s: the file says %s, the hub %s: %s", d.Name, d.Unit, quoted(d.File), quoted(d.Hub)+by(d.By), d.Why)
	}
	for _, e := range s.Refused {
		add("refused", red, "%s %s: %s (%s); see `wpctl sync status`", e.Delivery.Kind, e.Name, e.Error, e.Code)
	}
	if len(s.OnlyHub) > 0 {
		add("only there", "", "%s", some(s.OnlyHub))
	}
	if s.Kept > 0 {
		add("not kept there", yellow, "fields of %s; see `wpctl sync status`", oneOrMany(s.Kept, "record", "records"))
	}
	if s.Resynced {
		add("read again", "", "the hub has another history than the one that was known")
	}
	for _, w := range s.Warnings {
		add("warning", yellow, "%s", w)
	}
	if why := s.Why(); why != "" {
		add("not in step", red, "%s", why)
	}
	return out
}

// went is a change in words.
func (p *printer) went(c exchange.Change, whose string) string {
	s := c.Name + ": " + change(app.Change{Key: c.Unit, From: c.From, To: c.To}, p.Unicode)
	if c.Replaced {
		s += ", in place of " + whose + " own"
	}
	return s + by(c.By)
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return " (by " + name + ")"
}

// proposal is a status that the hub says, with what can be done about it.
func proposal(s app.PlanSync, d exchange.Difference) string {
	text := fmt.Sprintf("%s: the hub says %s%s, the file %s", d.Name, d.Hub, by(d.By), quoted(s.Words.Of(d.File)))
	switch {
	case d.Elsewhere:
		return text + ": another checkout's file says so"
	case d.Hub == "done":
		return text + fmt.Sprintf("; `wpctl run %s --task %s` proves it", s.ID, d.Name)
	case d.Name == s.ID, strings.Trim(d.Hub, "abcdefghijklmnopqrstuvwxyz_") != "": // a command has no words of others in it
		return text
	}
	return text + fmt.Sprintf("; `wpctl set %s status=%s --plan %s` takes it over", d.Name, d.Hub, s.ID)
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return "“" + s + "”"
}

// some names the first of many.
func some(names []string) string {
	if len(names) <= 12 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:10], ", "), len(names)-10)
}

func oneOrMany(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// synced is the last line.
func (p *printer) synced(res app.SyncResult, dry bool) string {
	var sent, written, proposals, conflicts, waiting, refused, unsent, news, behind int
	for _, s := range res.Plans {
		sent, written = sent+s.Sent, written+len(s.ToFile)
		if dry {
			sent += len(s.ToHub)
		}
		proposals, conflicts, waiting = proposals+len(s.Proposals), conflicts+len(s.Conflicts), waiting+s.Waiting
		refused, unsent, news = refused+len(s.Refused), unsent+len(s.Unsent), news+s.Events+s.Messages
		if s.Err != nil {
			behind++
		}
	}
	parts := []string{}
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, oneOrMany(n, one, many))
		}
	}
	add(behind, "plan not in step", "plans not in step")
	add(sent, "to the hub", "to the hub")
	add(written, "into the file", "into files")
	add(proposals, "proposal", "proposals")
	add(conflicts, "conflict", "conflicts")
	add(unsent, "answer not sent", "answers not sent")
	add(refused, "refused", "refused")
	add(waiting, "waiting", "waiting")
	add(news, "new event or message", "new events and messages")
	if len(parts) == 0 {
		parts = append(parts, "in step")
	}
	line := Safe(res.Hub) + ": " + strings.Join(parts, ", ")
	if dry {
		line += "; nothing was changed"
	}
	return line
}

// SyncStatus writes what waits for hubs, dead letters, and what hubs do not keep.
func SyncStatus(w io.Writer, s app.SyncStatus, o Options) error {
	p := newPrinter(w, o)
	p.letters("waiting", s.Waiting)
	p.letters("dead letters", s.Dead)
	if len(s.Dead) > 0 {
		p.put("`wpctl sync retry NUMBER` sends one again, `wpctl sync drop NUMBER` gives it up")
	}
	for _, k := range s.Kept {
		p.put(Safe(fmt.Sprintf("not kept by %s: %s %s: %s", k.Hub, k.Kind, k.Name, strings.Join(fieldNames(k), ", "))))
	}
	for _, warning := range s.Warnings {
		p.put(p.paint(yellow, Safe("warning: "+warning)))
	}
	if len(s.Waiting)+len(s.Dead)+len(s.Kept)+len(s.Warnings) == 0 {
		p.put("nothing waits")
	}
	return p.flush()
}

func (p *printer) letters(what string, list []outbox.Entry) {
	if len(list) == 0 {
		return
	}
	p.put(p.bold(what))
	t := &table{indent: 2}
	t.add(headings("NUMBER", "WHAT", "OF", "HUB", "SINCE", "ERROR")...)
	for _, e := range list {
		text := e.Error
		if e.Code != "" {
			text += " (" + string(e.Code) + ")"
		}
		t.add(
			cell{fmt.Sprint(e.Number), ""}, cell{string(e.Delivery.Verb) + " " + Safe(string(e.Delivery.Kind)), ""}, cell{Safe(e.Name), ""}, cell{Safe(e.Hub), ""},
			cell{p.local(e.AddedAt).Format("2006-01-02 15:04"), ""}, cell{Safe(text), ""},
		)
	}
	p.rows(t)
}
