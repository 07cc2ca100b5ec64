//go:build linux && amd64

package main

// verb is a call that writes.
type verb struct {
	name string
	args []string
	exit int // undisturbed
	// grows: called again it writes again
	grows bool
	// parts: it writes several files, one after the other
	parts bool
}

const (
	planOne = plansDir + "/TO-WP-0001.md"
	planTwo = plansDir + "/TO-WP-0002.md"
)

// start are two plans, the second of which needs the first.
var start = texts{
	"data.txt":    "a: 1\n",
	".wpctl.yaml": "aliases: {first: TO-WP-0001-T01}\n",
	planOne: `---
id: TO-WP-0001
type: workplan
title: The first plan
status: active
---

# The first plan

### T01 — Data

` + "```task\nid: T01\nstatus: todo\n```\n\n```verify\n- name: it is there\n  file: {path: data.txt}\n```" + `

Words about T01, which stay as they are.

### T02 — A command

` + "```task\nid: T02\nstatus: todo\nneeds: [T01]\n```\n\n```verify\n- name: it runs\n  sh: \"true\"\n  record: {code: \"self.exit\"}\n- name: it was seen once\n  once: true\n  file: {path: data.txt}\n```" + `

### T03 — By hand

` + "```task\nid: T03\nstatus:   'todo'\nneeds: [T01]\n```\n\n```verify\n- name: somebody has looked\n  manual: Look at it.\n```" + `

### D01 — Which?

` + "```decision\nid: D01\noptions:\n  one: the first\n  two: the second\n```" + `

T02 comes after T01.
`,
	planTwo: `---
id: TO-WP-0002
type: workplan
title: The second plan
status: active
---

# The second plan

### T01 — Behind TO-WP-0001-T01

` + "```task\nid: T01\nstatus: todo\nneeds: [TO-WP-0001-T01]\n```" + `

It needs TO-WP-0001-T01.
`,
}

var verbs = []verb{
	{name: "set", args: []string{"set", "T02", "--plan", planOne, "priority=high"}},
	{name: "set of two plans", args: []string{"set", "TO-WP-0001-T03", "TO-WP-0002-T01", "priority=low"}, parts: true},
	{name: "decide", args: []string{"decide", "TO-WP-0001-D01", "one", "--note", "as said"}},
	{name: "fmt", args: []string{"fmt", planOne}},
	{name: "run", args: []string{"run", planOne, "--trust=all"}, exit: 8},
	{name: "new task", args: []string{"new", "task", planOne, "One more"}, grows: true},
	{name: "new plan", args: []string{"new", "plan", "A third plan"}, grows: true},
	{name: "mv of a task", args: []string{"mv", "TO-WP-0001-T01", "T09"}, parts: true},
	{name: "mv of a plan", args: []string{"mv", "TO-WP-0001", "TO-WP-0007"}, parts: true},
	{name: "approve", args: []string{"approve", "TO-WP-0001-T03", "--note", "seen"}, grows: true},
	{name: "trust", args: []string{"trust", planOne}},
}
