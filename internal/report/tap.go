package report

import (
	"encoding/json"
	"fmt"
	"strings"
)

// TAP is r in the Test Anything Protocol, version 14: one test for each section.
// What nobody claims is a TODO, and what was not found out because of people or policy is skipped.
func TAP(r Run) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(r.Sections))
	for i, s := range r.Sections {
		word, directive := "ok", ""
		switch {
		case s.Level == Error, s.Rule == "unknown":
			word = "not ok"
		case s.Level == Warning:
			directive = " # SKIP " + described(s.Word)
		case !s.Claim && s.Rule == "open":
			word, directive = "not ok", " # TODO "+described(s.Word)
		}
		fmt.Fprintf(&b, "%s %d - %s%s\n", word, i+1, described(strings.TrimSpace(s.ID+" "+s.Title)), directive)
		if s.Level != None {
			s.diagnostics(&b)
		}
	}
	return []byte(b.String())
}

// described escapes what would begin a directive.
func described(s string) string { return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s) }

// diagnostics writes a block of YAML, whose strings are those of JSON.
func (s Section) diagnostics(b *strings.Builder) {
	field := func(name, value string) {
		if text, err := json.Marshal(value); err == nil && value != "" {
			fmt.Fprintf(b, "  %s: %s\n", name, text)
		}
	}
	b.WriteString("  ---\n")
	field("message", s.Message)
	field("severity", string(s.Level))
	field("at", s.Place.String())
	field("under", s.Under)
	field("remarks", strings.Join(s.Remarks, "; "))
	b.WriteString("  ...\n")
}
