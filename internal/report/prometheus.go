package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Prometheus is r for the textfile collector of the node exporter.
func Prometheus(r Run) []byte {
	var b strings.Builder
	verb := labels("verb", r.Verb)
	family := func(name, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name) }
	single := func(name, help string, value float64) {
		family(name, help)
		fmt.Fprintf(&b, "%s%s %g\n", name, verb, value)
	}
	single("wpctl_exit_code", "The exit code of the last run.", float64(r.Exit))
	family("wpctl_end_timestamp_seconds", "When the last run ended.")
	fmt.Fprintf(&b, "wpctl_end_timestamp_seconds%s %d\n", verb, r.Ended.Unix())
	single("wpctl_duration_seconds", "How long the last run took.", max(0, r.Ended.Sub(r.Started).Seconds()))

	counts, mistakes := map[string]int{}, map[Level]int{}
	for _, s := range r.Sections {
		if s.Mistake {
			mistakes[s.Level]++
			continue
		}
		counts[labels("plan", s.Plan, "result", s.Rule, "verb", r.Verb)]++
	}
	family("wpctl_tasks", "Tasks and plans' own steps by what came of them.")
	for _, l := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "wpctl_tasks%s %d\n", l, counts[l])
	}
	family("wpctl_mistakes", "Mistakes in plans and configurations.")
	for _, l := range []Level{Error, Warning} {
		fmt.Fprintf(&b, "wpctl_mistakes%s %d\n", labels("level", string(l), "verb", r.Verb), mistakes[l])
	}
	family("wpctl_claim_holds", "Whether a task that is done, or a finished plan, was seen to hold: 1, or 0.")
	told := map[string]bool{}
	for _, s := range r.Sections {
		l := labels("plan", s.Plan, "task", s.ID, "verb", r.Verb)
		if !s.Claim || told[l] {
			continue
		}
		told[l] = true
		holds := 0
		if s.Outcome == "passed" {
			holds = 1
		}
		fmt.Fprintf(&b, "wpctl_claim_holds%s %d\n", l, holds)
	}
	return []byte(b.String())
}

// labels writes names and values, in turn, as labels.
func labels(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		value := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(pairs[i+1], "\uFFFD"))
		out = append(out, pairs[i]+`="`+value+`"`)
	}
	return "{" + strings.Join(out, ",") + "}"
}
