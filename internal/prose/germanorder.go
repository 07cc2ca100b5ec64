package prose

import (
	"bytes"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

var (
	// germanFree and germanChained are free and chained in German, and germanLimited takes them back.
	germanFree    = lazy(`(?i)\b(?:aufgaben|tasks|schritte|punkte|karten|jede\s+(?:aufgabe|karte)|jeder\s+(?:task|schritt|punkt))\b[^.;]*?(?:\bunabh[äÄ]ngig\s+voneinander\b|\bvoneinander\s+unabh[äÄ]ngig\b|\bin\s+beliebiger\s+reihenfolge\b|\bh[äÄ]ngen\s+nicht\s+voneinander\s+ab\b|\breihenfolge\s+ist\s+(?:egal|beliebig)\b)`)
	germanChained = lazy(`(?i)\b(?:(?:aufgaben|tasks|schritte|punkte)\b[^.;]*?(?:\bder\s+reihe\s+nach\b|\bin\s+dieser\s+reihenfolge\b|\bstreng\s+nacheinander\b|\beine[rs]?\s+nach\s+(?:der|dem)\s+anderen\b)|jede[rs]?\s+(?:aufgabe|task|schritt)\s+(?:setzt\s+(?:die|den)\s+(?:vorherigen?|vorige|vorigen)\s+voraus|baut\s+auf\s+de[mr]\s+(?:vorherigen|vorigen)\s+auf|braucht\s+(?:die|den)\s+(?:vorherigen?|vorigen?)\b))`)
	germanLimited = lazy(`(?i)\b(?:nicht|kein\w*|nie|meist\w*|weitgehend|fast|teilweise|einige|manche|mehrere|wenige|au(?:ß|ss)er|bis\s+auf|ausgenommen|wenn|sofern|falls|solange|sondern|aber|zuerst|sollten?|k(?:ö|oe)nnten?|w(?:ü|ue)rden?|diese\s+(?:zwei|drei|beiden)|beiden|ab\s+T?\d|\w*\d\w*)(?:\b|\s|$)`)
	germanApart   = lazy(`(?i)\bh[äÄ]ngen\s+nicht\s+voneinander\s+ab`)
)

// germanOrder tells whether a passage names an order of all tasks in German, and notes it.
func (l *linter) germanOrder(p *passage) bool {
	src := l.plan.File.Src[p.span.Start:p.span.End]
	if !bytes.Contains(src, []byte("oneinander")) && !bytes.Contains(src, []byte("eihe")) && !bytes.Contains(src, []byte("nacheinander")) && !bytes.Contains(src, []byte(" anderen")) &&
		!bytes.Contains(src, []byte("orige")) && !bytes.Contains(src, []byte("vorherige")) {
		return false
	}
	says := string(src)
	bounded := func(m []int) bool {
		return germanLimited().MatchString(germanApart().ReplaceAllString(says[sentenceAt(says, m[0]):sentenceEnd(says, m[1])], ""))
	}
	if m := germanChained().FindStringIndex(says); m != nil {
		if !bounded(m) {
			l.sayOrder(p, m, workplan.Sequential)
			return true
		}
		return false
	}
	m := germanFree().FindStringIndex(says)
	if m == nil || bounded(m) || len(l.written()) > 0 || len(l.edges()) > 0 {
		return false
	}
	l.sayOrder(p, m, workplan.Independent)
	return true
}
