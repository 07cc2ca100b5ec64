package workplan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
)

// taskList writes a plan with task blocks: "T01 T02:T01 T03:" are a task without needs, one that needs T01, and one with needs: [].
func taskList(order, tasks string) string {
	src := strings.TrimSuffix(head, "---\n\n")
	if order != "" {
		src += "order: " + order + "\n"
	}
	src += "---\n"
	for _, task := range strings.Fields(tasks) {
		id, needs, ok := strings.Cut(task, ":")
		src += "\n```task\nid: " + id + "\n"
		if ok {
			src += "needs: [" + needs + "]\n"
		}
		src += "```\n"
	}
	return src
}

func edgeList(p *Plan) string {
	var out []string
	for _, e := range p.Edges() {
		arrow := "->"
		if e.Gates {
			arrow = "=>"
		}
		out = append(out, p.short(e.From)+arrow+p.short(e.To))
	}
	return strings.Join(out, " ")
}

// -> follows, => waits for.
func TestEdges(t *testing.T) {
	for _, c := range []struct{ name, order, tasks, want string }{
		{"tasks follow each other", "", "T01 T02 T03", "T02->T01 T03->T02"},
		{"written needs replace that", "", "T01 T02 T03:T01", "T02->T01 T03=>T01"},
		{"an empty list is a root", "", "T01 T02: T03", "T03->T02"},
		{"the next one follows a task with needs", "", "T01 T02 T03:T01 T04", "T02->T01 T03=>T01 T04->T03"},
		{"several needs", "", "T01 T02 T03:T01,T02", "T02->T01 T03=>T01 T03=>T02"},
		{"needs of other plans", "", "T01:COAST-WP-0002-T04", "T01=>COAST-WP-0002-T04"},
		{"sequential gates", "sequential", "T01 T02 T03", "T02=>T01 T03=>T02"},
		{"sequential stays beside needs", "sequential", "T01 T02 T03:T01", "T02=>T01 T03=>T01 T03=>T02"},
		{"sequential leaves explicit roots", "sequential", "T01 T02: T03", "T03=>T02"},
		{"independent", "independent", "T01 T02 T03:T01", "T03=>T01"},
		{"a need of a later task comes before the order", "", "T01:T03 T02 T03 T04", "T01=>T03 T02->T01 T04->T03"},
		{"one task", "", "T01", ""},
	} {
		p := parse(t, taskList(c.order, c.tasks))
		if got := edgeList(p); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEdgesOfDecisionsAndPlans(t *testing.T) {
	p := parse(t, readPlan(t, "harbour.md"))
	want := "T03=>T01 T03=>D-01 T03=>COAST-WP-0002-T04 T04=>T03"
	if got := edgeList(p); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	p = parse(t, readPlan(t, "nested.md"))
	if got := edgeList(p); got != "NEST-1=>COAST-WP-0002" {
		t.Errorf("front matter: %s", got)
	}
}

func TestEdgesHavePlaces(t *testing.T) {
	p := parse(t, taskList("", "T01 T02:T01 T03"))
	var got []string
	for _, e := range p.Edges() {
		got = append(got, fmt.Sprintf("%v %s", e.Pos, e.Why))
	}
	if d := cmp.Diff([]string{"plan.md:12:9 written", "plan.md:16:5 follows it"}, got); d != "" {
		t.Error(d)
	}
}

// Whatever is needed, edges that only give the order are never part of a cycle.
func TestEdgesMakeNoCycleOfTheirOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "tasks")
		var tasks []string
		for i := 1; i <= n; i++ {
			task := fmt.Sprintf("T%02d", i)
			if rapid.Bool().Draw(t, "needs") {
				task += fmt.Sprintf(":T%02d", rapid.IntRange(1, n).Draw(t, "need"))
			}
			tasks = append(tasks, task)
		}
		p, diags := Parse("plan.md", []byte(taskList("", strings.Join(tasks, " "))))
		gates, all := map[string][]string{}, map[string][]string{}
		for _, e := range p.Edges() {
			all[e.From] = append(all[e.From], e.To)
			if e.Gates {
				gates[e.From] = append(gates[e.From], e.To)
			}
		}
		_, gateErr := graph.New(gates, nil)
		_, allErr := graph.New(all, nil)
		if (gateErr == nil) != (allErr == nil) {
			t.Fatalf("%s: needs alone: %v, with the order: %v", strings.Join(tasks, " "), gateErr, allErr)
		}
		if diags.Errors() != (gateErr != nil) {
			t.Fatalf("%v, and %s", gateErr, describe(diags))
		}
	})
}
