package prose

import "testing"

// TestOrderlyLetsThrough looks at sentences of each kind that free and chained know: orderly may keep none of them away.
func TestOrderlyLetsThrough(t *testing.T) {
	for _, s := range []string{
		"Each item is independent of the rest.",
		"every One can be done in isolation",
		"All the TASKS can be done in any order.",
		"These cards do not depend on each other.",
		"The steps run on their own. They are independent of one another.",
		"Any action can be taken\nin any order.",
		"No task waits for another.",
		"None of them needs any other.",
		"None of the steps blocks the others.",
		"Each task-list is independent.",
		"each task depends on the one before",
		"Every step needs the previous one.",
		"Each card builds on the one above.",
		"The tasks must be done one after the other.",
		"The items are to be worked through strictly in the given order.",
		"The actions have to be run in sequence.",
	} {
		if !free().MatchString(s) && !chained().MatchString(s) {
			t.Errorf("%q is no such sentence", s)
		}
		if !orderly([]byte(s)) {
			t.Errorf("%q is kept away", s)
		}
	}
	for _, s := range []string{
		"The other boats move beside the crane.",
		"Another harbour depends on it.",
		"The tasks move boats.",
	} {
		if orderly([]byte(s)) {
			t.Errorf("%q can say nothing of an order of tasks", s)
		}
	}
}

func TestSaysOutcome(t *testing.T) {
	for label, want := range map[string]bool{
		"": false, "done": true, "done (2026-05-01)": true, "done-ish": true, "done2": false, "done when": false, "done if it runs": false, "result": true, "results, in short": true,
		"local findings": true, "final done when": true, "cross-repo progress": true, "finding a berth": true, "findingsx": false, "local": false, "partly": false, "vorläufig done": false, "lessons": true,
	} {
		if got := saysOutcome(label); got != want {
			t.Errorf("%q: %v", label, got)
		}
	}
}
