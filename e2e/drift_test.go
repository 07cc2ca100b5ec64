//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/play"
)

// drift breaks things one by one: verify names each, and nothing else; repaired, it is green again, and no plan has
// changed by a byte.
func (s *stage) drift() {
	s.Wpctl("run", "APPS-WP-0002", "--trust=all", "--sync") // the repositories have moved on, and so do the findings
	plans := []string{play.AppPlan, play.LessonsPlan, play.PlatformPlan}
	before := map[string]string{}
	for _, p := range plans {
		before[p] = s.Read(p)
	}
	s.green("before anything breaks")
	for i, d := range play.Drifts {
		began := time.Now()
		d.Breaks(s.Stage)
		s.named(d)
		if d.Name == "role-superuser" {
			s.hubFollows("APPS-WP-0002-T04", "failed", "failed")
		}
		s.scene(fmt.Sprintf("drift-%02d-%s", i+1, d.Name))
		d.Repairs(s.Stage)
		if d.Name == "role-superuser" {
			s.hubFollows("APPS-WP-0002-T04", "done", "passed")
			if s.plain(s.Read(play.AppPlan)) == s.plain(before[play.AppPlan]) {
				before[play.AppPlan] = s.Read(play.AppPlan) // it may have become tomorrow
			}
		}
		s.green("after the repair of " + d.Name)
		for _, p := range plans {
			if s.Read(p) != before[p] {
				s.T.Errorf("%s: %s is not what it was:\n%s", d.Name, p, difference(before[p], s.Read(p)))
			}
		}
		s.T.Logf("== %s took %s", d.Name, time.Since(began).Round(time.Second))
		if s.T.Failed() {
			return // so that what failed is what is told last
		}
	}
}

// named has verify look, and compares what it names.
func (s *stage) named(d play.Drift) {
	s.T.Helper()
	out, code := s.Wpctl("verify")
	for range 5 { // a machine that is too busy to answer in time is no part of the story
		if !strings.Contains(out, "no answer within") && !strings.Contains(out, "did not end in time") {
			break
		}
		s.said.Reset()
		out, code = s.Wpctl("verify")
	}
	if want := max(d.Exit, 1); code != want {
		s.T.Errorf("%s: exit code %d, not %d", d.Name, code, want)
	}
	lines := []string{}
	for line := range strings.Lines(s.plain(out)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "✗ ") || strings.HasPrefix(line, "? ") {
			lines = append(lines, line)
			s.stands(line)
		}
	}
	if !slices.Equal(lines, d.Tells) {
		s.T.Errorf("%s: verify names\n\t%s\nand not\n\t%s", d.Name, strings.Join(lines, "\n\t"), strings.Join(d.Tells, "\n\t"))
	}
	s.alone(d)
}

// stands checks that what verify names begins at the place that it tells.
func (s *stage) stands(line string) {
	s.T.Helper()
	m := regexp.MustCompile(`^. (?:(\S+-\S+)  )?(.+)  (\S+):(\d+):(\d+)$`).FindStringSubmatch(line)
	if m == nil {
		s.T.Errorf("%q has no place", line)
		return
	}
	at, _ := strconv.Atoi(m[4])
	text := strings.Split(s.Read("harbour-apps/"+m[3]), "\n")
	if at < 1 || at > len(text) || !strings.Contains(text[at-1], "name: "+m[2]) && !strings.HasPrefix(text[at-1], "```task") {
		s.T.Errorf("%q does not stand there", line)
	}
}

// alone checks that the document of the same has one root cause, with which all else fails.
func (s *stage) alone(d play.Drift) {
	s.T.Helper()
	told := s.said.String()
	out, _ := s.Wpctl("verify", "-o", "json")
	s.said.Reset()
	s.said.WriteString(told) // the document is compared by its meaning
	var v struct {
		ExitCode int
		Sections []struct{ ID, Verdict, Under string }
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		s.T.Fatal(err)
	}
	var roots, under []string
	for _, c := range v.Sections {
		switch {
		case c.Verdict != "broken" && c.Verdict != "unknown":
		case c.Under == "":
			roots = append(roots, c.ID)
		default:
			under = append(under, c.Under)
		}
	}
	if len(roots) != 1 || len(d.Tells) == 0 || !strings.Contains(d.Tells[0], roots[0]+" ") || slices.ContainsFunc(under, func(id string) bool { return id != roots[0] }) {
		s.T.Errorf("%s: the root causes are %q, with what fails under %q; verify names %q", d.Name, roots, under, d.Tells)
	}
	if v.ExitCode != max(d.Exit, 1) {
		s.T.Errorf("%s: exit code %d in the document", d.Name, v.ExitCode)
	}
}

// hubFollows has a run write what it sees of a task, and tell the hub: what comes back from there is nothing.
func (s *stage) hubFollows(task, status, outcome string) {
	s.T.Helper()
	s.Wpctl("run", "APPS-WP-0002", "--trust=all", "--sync")
	before := s.Read(play.AppPlan)
	s.Wpctl("sync", "APPS-WP-0002")
	if s.Read(play.AppPlan) != before {
		s.T.Errorf("the hub, which was told that %s %s, has changed the plan", task, outcome)
	}
	shown, err := s.World.Hub.Shows(s.T.Context(), "harbour-apps", "APPS-WP-0002")
	if err != nil {
		s.T.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^  ` + task + ` +` + status + ` +` + outcome + `$`).MatchString(shown) {
		s.T.Errorf("of %s, which %s, the hub shows\n%s", task, outcome, shown)
	}
	s.Shown("the hub", shown)
}

// green waits until verify finds nothing: what was repaired takes its time.
func (s *stage) green(when string) {
	s.T.Helper()
	var out string
	err := cast.Until(s.T.Context(), func() error {
		var code int
		if out, code = s.Wpctl("verify"); code != 0 {
			return fmt.Errorf("exit code %d", code)
		}
		return nil
	})
	s.said.Reset()
	if err != nil {
		s.T.Fatalf("%s verify is not green: %v\n%s", when, err, out)
	}
}
