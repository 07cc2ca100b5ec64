package report

import (
	"fmt"
	"strings"
)

// maxListed bounds the claims that markdown lists of one level; the counts are of all.
const maxListed = 100

// Markdown is r as a summary for people, for a step summary or a comment: counts, then what is wrong, the worst first.
// All texts from outside stand in code spans: they link nowhere, call nobody and format nothing.
func Markdown(r Run) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "### wpctl %s: %s\n\n", r.Verb, r.result())
	fmt.Fprintf(&b, "%s\n", r.summary())
	faults := map[string]bool{}
	for i, heading := range []string{"Failures", "Not found out, or not checked", "To be known"} {
		sections := r.at(levels[i])
		if len(sections) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n#### %s\n\n", heading)
		for n, s := range sections {
			if n == maxListed {
				fmt.Fprintf(&b, "- and %d more\n", len(sections)-n)
				break
			}
			s.markdown(&b, faults)
		}
	}
	if r.Record != "" {
		fmt.Fprintf(&b, "\nRecord %s\n", code(r.Record))
	}
	return []byte(b.String())
}

// result says in a few words what the exit code means.
func (r Run) result() string {
	switch {
	case r.Cancelled:
		return "cancelled before its end"
	case r.Exit == 0:
		return "all holds"
	case r.Exit == 1:
		return "something does not hold"
	case r.Exit == 2:
		return "nothing was looked at, because of mistakes in files"
	case r.Exit == 3:
		return "not all could be found out"
	case r.Exit == 4:
		return "not authenticated"
	case r.Exit == 5:
		return "nothing was proven"
	case r.Exit == 8:
		return "people are waited for, or something was not checked"
	}
	return fmt.Sprintf("exit code %d", r.Exit)
}

// markdown writes a section; a step that failed for a reason which is among faults, because it was told, is only named.
func (s Section) markdown(b *strings.Builder, faults map[string]bool) {
	fmt.Fprintf(b, "- %s %s, %s", code(s.ID), s.Word, code(s.Place.String()))
	if s.Title != "" {
		fmt.Fprintf(b, ": %s", code(s.Title))
	}
	b.WriteByte('\n')
	if s.Mistake {
		fmt.Fprintf(b, "  - %s\n", code(s.Message))
	}
	for _, st := range s.Steps {
		switch {
		case !st.told():
		case faults[st.Fault]:
			fmt.Fprintf(b, "  - %s %s: for the same reason\n", st.Outcome, code(st.Name))
		default:
			faults[st.Fault] = st.Fault != ""
			fmt.Fprintf(b, "  - %s %s: %s\n", st.Outcome, code(st.Name), code(strings.TrimPrefix(st.said(), string(st.Outcome)+": ")))
			for _, why := range st.Why {
				fmt.Fprintf(b, "    - %s\n", code(why))
			}
		}
	}
	if s.Under != "" {
		fmt.Fprintf(b, "  - rests on %s, which failed\n", code(s.Under))
	}
	for _, remark := range s.Remarks {
		fmt.Fprintf(b, "  - %s\n", code(remark))
	}
}

// code is a text as a code span that it cannot end.
func code(s string) string {
	if strings.TrimSpace(s) == "" {
		return "``` ```"
	}
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest == 0 && s[0] != ' ' && s[len(s)-1] != ' ' {
		return fence + s + fence
	}
	return fence + " " + s + " " + fence
}
