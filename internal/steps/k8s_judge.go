package steps

import (
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

const maxFaults = 5 // of one finding

// want is what the step expects, in one line.
func (a k8sArgs) want() string {
	var parts []string
	switch {
	case a.Absent:
		return "no " + a.k8sRef.target()
	case a.Count != nil:
		parts = append(parts, fmt.Sprintf("%d %s", *a.Count, a.k8sRef.target()))
	default:
		parts = append(parts, a.k8sRef.target())
	}
	for _, c := range a.Condition {
		kind, status := splitCondition(c)
		parts = append(parts, kind+"="+status)
	}
	if a.Ready {
		parts = append(parts, "ready")
	}
	if a.Match != nil {
		parts = append(parts, strings.Join(leaves("", a.Match), ", "))
	}
	return strings.Join(parts, ", ")
}

// faults returns what is wrong with one object, a line each.
func (a k8sArgs) faults(o Object) []string {
	var out []string
	for _, c := range a.Condition {
		if f := checkCondition(o, c); f != "" {
			out = append(out, f)
		}
	}
	if a.Ready {
		if f := checkReady(o); f != "" {
			out = append(out, f)
		}
	}
	if a.Match != nil {
		out = append(out, mismatches("", a.Match, o)...)
	}
	return out
}

// judge compares what was seen with what is expected.
func (a k8sArgs) judge(seen Seen) check.Result {
	n := len(seen.Objects)
	r := check.Result{Want: a.want(), Saw: sawOf(a.k8sRef, seen), Self: selfOf(a.k8sRef, seen)}
	switch {
	case a.wantsNone():
		r.OK = n == 0
	case n == 0:
		r.Empty = !a.single()
	case a.single():
		r.OK, r.Saw = a.judgeOne(seen.Objects[0])
	default:
		r.OK = a.Count == nil || n == *a.Count
		if faults := a.faultsOfSet(seen.Objects); faults != "" {
			r.OK, r.Saw = false, faults
		}
	}
	return r
}

func (a k8sArgs) wantsNone() bool { return a.Absent || a.Count != nil && *a.Count == 0 }

func (a k8sArgs) judgeOne(o Object) (ok bool, saw string) {
	if faults := a.faults(o); len(faults) > 0 {
		return false, code(objName(o)) + " " + bounded(faults)
	}
	return true, a.sawGood(o)
}

// faultsOfSet says which objects are not as expected; "" where all are.
func (a k8sArgs) faultsOfSet(objects []Object) string {
	var lines []string
	bad := 0
	for _, o := range objects {
		ok, saw := a.judgeOne(o)
		if ok {
			continue
		}
		if bad++; !slices.Contains(lines, saw) {
			lines = append(lines, saw)
		}
	}
	if bad == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d not so: %s", bad, len(objects), bounded(lines))
}
