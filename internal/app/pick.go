package app

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// listed is what the items of a list have in common.
type listed struct {
	node                          workspace.Node
	status, word, title, priority string
	states, owners, repos, labels []string
	updated                       string
	unblocks, place               int
}

// pick returns the items that a request chooses, sorted as it asks.
func pick[T any](a *App, w *workspace.Workspace, req ListRequest, all []T, about func(*T) listed) ([]T, error) {
	plans, err := a.chosenPlans(w, req.Plans)
	if err != nil {
		return nil, err
	}
	if err := req.check(w); err != nil {
		return nil, err
	}
	if plans == nil && req.all() {
		return all, nil
	}
	out := all[:0]
	var keys []listed
	find := textFinder{app: a, text: strings.ToLower(req.Text)}
	for i := range all {
		l := about(&all[i])
		if plans != nil && !plans[l.node.Plan] ||
			!among(req.Status, l.status, l.word) || !among(req.State, l.states...) || !among(req.Owner, l.owners...) ||
			!among(req.Repo, l.repos...) || !among(req.Priority, l.priority) || !among(req.Label, l.labels...) || !find.in(l) {
			continue
		}
		if len(req.Sort) > 0 {
			l.place = len(out)
			keys = append(keys, l)
		}
		out = append(out, all[i])
	}
	if find.err != nil {
		return nil, find.err
	}
	if len(req.Sort) == 0 {
		return out, nil
	}
	slices.SortStableFunc(keys, func(a, b listed) int {
		for _, key := range req.Sort {
			if c := compare(key, a, b); c != 0 {
				return c
			}
		}
		return 0
	})
	sorted := make([]T, len(out))
	for i, k := range keys {
		sorted[i] = out[k.place]
	}
	return sorted, nil
}

// all tells whether a request neither chooses nor sorts.
func (req ListRequest) all() bool {
	return len(req.Status)+len(req.State)+len(req.Owner)+len(req.Repo)+len(req.Priority)+len(req.Label)+len(req.Text)+len(req.Sort) == 0
}

// sortKeys are what a list can be sorted by; a minus before one turns it round.
var sortKeys = []struct {
	name    string
	compare func(a, b listed) int
}{
	{"id", func(a, b listed) int { return cmp.Compare(a.node.ID(), b.node.ID()) }},
	{"title", func(a, b listed) int { return cmp.Compare(strings.ToLower(a.title), strings.ToLower(b.title)) }},
	{"status", func(a, b listed) int { return cmp.Compare(a.status, b.status) }},
	{"priority", func(a, b listed) int { return cmp.Compare(priority(a.priority), priority(b.priority)) }},
	{"updated", func(a, b listed) int { return cmp.Compare(b.updated, a.updated) }}, // the newest first
	{"order", func(a, b listed) int { return cmp.Compare(a.node.Plan.Rank, b.node.Plan.Rank) }},
	{"unblocks", func(a, b listed) int { return cmp.Compare(b.unblocks, a.unblocks) }}, // the most first
	{"file", func(a, b listed) int { return cmp.Compare(a.node.Plan.File, b.node.Plan.File) }},
}

// SortKeys returns what a list can be sorted by.
func SortKeys() []string {
	var out []string
	for _, k := range sortKeys {
		out = append(out, k.name)
	}
	return out
}

// compare compares two by a key that there is.
func compare(key string, a, b listed) int {
	name, reverse := strings.CutPrefix(key, "-")
	for _, k := range sortKeys {
		if k.name == name && reverse {
			return k.compare(b, a)
		}
		if k.name == name {
			return k.compare(a, b)
		}
	}
	return 0
}

// StateWords are what ListRequest.State takes.
func StateWords() []string {
	var out []string
	for _, s := range workspace.States {
		out = append(out, string(s))
	}
	return append(out, "stale", "suspect", "unproven")
}

// priority is the place of a priority, the highest first; what has none is of medium priority.
func priority(s string) int {
	switch s {
	case "high":
		return -1
	case "low":
		return 1
	}
	return 0
}

// check finds what can never choose anything.
func (req ListRequest) check(w *workspace.Workspace) error {
	known := func(flag string, given []string, words ...string) error {
		for _, g := range given {
			if slices.Contains(words, g) {
				continue
			}
			return fmt.Errorf("--%s: no %s %q; %s", flag, flag, g, diag.OneOf(g, words))
		}
		return nil
	}
	var sorts []string
	for _, s := range req.Sort {
		sorts = append(sorts, strings.TrimPrefix(s, "-"))
	}
	return cmp.Or(
		known("state", req.State, StateWords()...),
		known("status", req.Status, statuses(w)...),
		known("priority", req.Priority, "high", "medium", "low"),
		known("sort", sorts, SortKeys()...),
	)
}

// statuses are all words for statuses that there are in a workspace: wpctl's, and those of teams.
func statuses(w *workspace.Workspace) []string {
	out := workplan.Statuses()
	for _, p := range w.Plans {
		for _, s := range workplan.Statuses() {
			if word := p.Words.Own(s); word != "" && !slices.Contains(out, word) {
				out = append(out, word)
			}
		}
	}
	return out
}

// among tells whether one of what is asked for is there, or nothing is asked for.
func among(wanted []string, is ...string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(is, func(s string) bool {
		return s != "" && slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, s) })
	})
}

// chosenPlans returns the plans of that many ids or files; nil for all.
func (a *App) chosenPlans(w *workspace.Workspace, args []string) (map[*workspace.Plan]bool, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := map[*workspace.Plan]bool{}
	for _, arg := range args {
		path, found := a.absolute(arg), false
		for _, p := range w.Plans {
			if p.ID == arg || p.Path == path || within(path, p.Path) {
				out[p], found = true, true
			}
		}
		if n, ok := w.Find(arg); !found && ok {
			out[n.Plan], found = true, true
		}
		if !found {
			var ids []string
			for _, p := range w.Plans {
				ids = append(ids, p.ID)
			}
			if hint := diag.DidYouMean(arg, ids); hint != "" {
				return nil, fmt.Errorf("no plan %q in this workspace; %s", arg, hint)
			}
			return nil, fmt.Errorf("no plan %q in this workspace", arg)
		}
	}
	return out, nil
}

// textFinder looks for a text in sections; it reads each file once.
type textFinder struct {
	app  *App
	text string // in lower case
	path string
	src  []byte
	err  error
}

func (f *textFinder) in(l listed) bool {
	if f.text == "" || strings.Contains(strings.ToLower(l.node.ID()+"\n"+l.title), f.text) {
		return true
	}
	if f.err != nil {
		return false
	}
	if p := l.node.Plan.Path; p != f.path {
		f.path = p
		f.src, f.err = f.app.Files.Read(p)
	}
	src := f.src
	if t := l.node.Task; t != nil && t.End <= len(src) {
		src = src[t.Start:t.End]
	}
	return bytes.Contains(bytes.ToLower(src), []byte(f.text))
}
