package runner

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Vantage says what the runner has to know of a place inside a cluster that a step's from names.
type Vantage struct {
	Name     string             // what findings call it
	Caps     []check.Capability // what looking from there needs
	Problems []check.Problem    // with it as it is written
}

// inside binds the step to where it looks from.
func (sc *scope) inside(s *Step) {
	if s.From == nil {
		sc.outside(s)
		return
	}
	if !s.Kind.Inside {
		var can []string
		for _, name := range sc.Kinds.Names() {
			if k, _ := sc.Kinds.Kind(name); k.Inside && k.Base == "" {
				can = append(can, name)
			}
		}
		sc.report(s.CommonPos("from"), diag.Error, "bad-value", fmt.Sprintf("from is for %s", joinWords(can)), "%s cannot look from inside the cluster", s.Kind.Name)
		return
	}
	if sc.Vantage == nil {
		return
	}
	v := sc.Vantage(s)
	for _, p := range v.Problems {
		sc.report(s.CommonPos("from"), diag.Error, "bad-value", p.Hint, "from: %s", p.Message)
	}
	s.from, s.inCaps = v.Name, v.Caps
	s.Caps = s.withInside(s.Caps)
}

// withInside adds to capabilities what looking from inside needs.
func (s *Step) withInside(caps []check.Capability) []check.Capability {
	out := slices.Clone(caps)
	for _, c := range s.inCaps {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// insideWords end with "cluster", and the byte behind it. Texts are searched for its last letters, which is fast, and
// the words before them, of at most insideBefore bytes, are looked at then.
var insideWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:(?:inside|within) (?:the|a|your|our) (?:kubernetes )?|in-)cluster\W?$`)
})

const insideBefore = len("within your kubernetes c") + 4 // and the end of the word before

// saysInside tells whether a text says that something is done from inside the cluster.
func saysInside(text []byte) bool {
	for _, end := range [][]byte{[]byte("luster"), []byte("LUSTER")} {
		for at := 0; ; {
			i := bytes.Index(text[at:], end)
			if i < 0 {
				break
			}
			at += i + len(end)
			if insideWords().Match(text[max(0, at-len(end)-insideBefore):min(len(text), at+1)]) {
				return true
			}
		}
	}
	return false
}

// outside warns of a step that looks from this machine where its words, or those of its task, say that it is done from
// inside the cluster. One step of a task that looks from inside is enough for the task's words.
func (sc *scope) outside(s *Step) {
	if !s.Kind.Inside || s.Effect {
		return
	}
	own := saysInside([]byte(s.Name + "\n" + s.Note))
	if !own && !sc.textInside() {
		return
	}
	s.fromHere = true
	if !own && sc.warnedOutside {
		return
	}
	sc.warnedOutside = sc.warnedOutside || !own
	where := "the text of its task says"
	if own {
		where = "its name or note says"
	}
	sc.report(s.NodePos(nil), diag.Warning, "looks-from-outside", "write from: {deployment: NAME, namespace: NS} or from: {pod: {namespace: NS, image: IMAGE}}",
		"%s looks from this machine, and %s \"inside the cluster\"", s.Kind.Name, where)
}

// textSaysInside tells whether the prose of the section says that something is looked at from inside the cluster, and
// no step of it does so.
func (sc *scope) textSaysInside() bool {
	t := sc.node.task
	if t == nil || slices.ContainsFunc(t.Steps, func(s *workplan.Step) bool {
		return s.From != nil || slices.Contains([]string{"exec", "pod", "job"}, s.Kind)
	}) {
		return false
	}
	src := sc.node.plan.File.Src
	text := src[t.Section.Start:min(t.Section.End, len(src))]
	if t.Findings != nil { // they are ours
		text = src[t.Section.Start:max(t.Section.Start, min(t.Findings.Span.Start, len(src)))]
	}
	return saysInside(text)
}

// enterTime is how long it may take until a look from inside can begin: a pod may have to be made.
const enterTime = 2 * time.Minute

// enter makes ready where the look is made from; its time is its own.
func (l *looking) enter(ctx context.Context) error {
	if l.site.Enter == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, enterTime)
	defer cancel()
	return l.site.Enter(ctx)
}

// seenFrom says what was seen, and from where, where that is not clear.
func (s *Step) seenFrom(a attempt) string {
	from := s.from
	if s.fromHere {
		from = "this machine"
	}
	switch {
	case from == "", a.cut, a.outcome == check.Skipped, a.outcome == check.Awaiting, strings.Contains(a.saw, "from "+from):
		return a.saw
	}
	return cmp.Or(a.saw, "looked") + " (from " + from + ")"
}

func joinWords(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
