package workplan

import "testing"

func stepDigest(t *testing.T, front, step string) string {
	t.Helper()
	p := parse(t, "---\nid: ACME-WP-0001\ntype: workplan\n"+front+"---\n\n```task\nid: T01\n```\n\n```verify\n"+step+"\n```\n")
	return p.Digest(p.Tasks[0].Steps)
}

func TestDigestCountsWhatIsMeant(t *testing.T) {
	const step = "- http: {url: \"https://a.example/\", status: 200}\n  within: 5s"
	for _, c := range []struct {
		name, front, step string
		same              bool
	}{
		{"a comment", "", step + " # soon", true},
		{"the order of keys", "", "- within: 5s\n  http: {status: 200, url: \"https://a.example/\"}", true},
		{"layout", "", "- http:\n    url: https://a.example/\n    status: 200\n  within: '5s'", true},
		{"keys of the author", "", step + "\n  x-mine: 1", true},
		{"a title", "title: Other\n", step, true},
		{"another value", "", "- http: {url: \"https://b.example/\", status: 200}\n  within: 5s", false},
		{"another type", "", "- http: {url: \"https://a.example/\", status: \"200\"}\n  within: 5s", false},
		{"a name", "", step + "\n  name: x", false},
		{"a note", "", step + "\n  note: x", false},
		{"a default that applies", "defaults: {cluster: pier}\n", step, false},
		{"another place by default", "defaults: {namespace: quay}\n", step, false},
		{"another time by default", "defaults: {timeout: 7s}\n", step, false},
		{"another pause by default", "defaults: {every: 7s}\n", step, false},
		{"a default that does not apply", "defaults: {within: 1m}\n", step, true},
		{"another step", "", step + "\n- sh: make", false},
	} {
		if same := stepDigest(t, "", step) == stepDigest(t, c.front, c.step); same != c.same {
			t.Errorf("%s: the digest is the same: %v, want %v", c.name, same, c.same)
		}
	}
}

func TestDigestCountsTheTasksCluster(t *testing.T) {
	digest := func(front, task, step string) string {
		p := parse(t, "---\nid: ACME-WP-0001\ntype: workplan\n"+front+"---\n\n```task\nid: T01\n"+task+"```\n\n```verify\n- {k8s: {apiVersion: v1, kind: Node, name: n}"+step+"}\n```\n")
		return p.Digest(p.Tasks[0].Steps)
	}
	const plans, tasks = "defaults: {cluster: pier}\n", "cluster: quay\n"
	switch {
	case digest(plans, tasks, "") == digest(plans, "", ""):
		t.Error("the task's cluster does not count")
	case digest(plans, tasks, "") != digest("", tasks, ""):
		t.Error("the plan's cluster counts where the task has its own")
	case digest(plans, tasks, ", cluster: lock") != digest("", "", ", cluster: lock"):
		t.Error("the task's cluster counts where the step has its own")
	}
}

func TestDigestCountsWhatTheKindsAdd(t *testing.T) {
	p := parse(t, readPlan(t, "harbour.md"))
	steps := p.Task("T04").Steps
	if p.Digest(steps) == p.Digest(steps, "kind") || p.Digest(steps, "a", "b") == p.Digest(steps, "ab") || p.StepDigest(steps[0]) == p.StepDigest(steps[1]) {
		t.Error("digests of different things are the same")
	}
	if n := len(p.Digest(nil)); n != 64 {
		t.Errorf("%d digits", n)
	}
}
