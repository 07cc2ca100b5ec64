package report

import (
	"fmt"
	"strings"
)

// What GitHub shows of one step of a job: ten annotations of each level. A message of more than 4 KB is cut.
const (
	maxAnnotations = 10
	maxAnnotation  = 4 << 10
)

// GitHub is r as annotations of GitHub actions, the worst first; no more of a level than GitHub shows, the last of
// which says how many there are.
func GitHub(r Run) []byte {
	var b strings.Builder
	for i, name := range []string{"error", "warning", "notice"} {
		sections := r.at(levels[i])
		for n, s := range sections {
			if n == maxAnnotations-1 && len(sections) > maxAnnotations {
				fmt.Fprintf(&b, "::%s title=wpctl::%s\n", name, data(fmt.Sprintf("and %d more of this level", len(sections)-n)))
				break
			}
			at := s.Place
			for _, st := range s.Steps {
				if st.told() {
					at = st.Place
					break
				}
			}
			message := strings.Join(append([]string{s.Message}, s.Remarks...), "\n")
			fmt.Fprintf(&b, "::%s file=%s,line=%d,endLine=%d,title=%s::%s\n", name, property(at.File), at.Line, at.End, property(s.ID+" "+s.Word), data(cut(message, maxAnnotation)))
		}
	}
	return []byte(b.String())
}

// data escapes the message of a command, property one of its properties.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}

// cut bounds a text at a rune.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit] + "…"
}
