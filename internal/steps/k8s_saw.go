package steps

import (
	"fmt"
	"strings"
)

// sawGood is an object that is as expected: with what was expected of it, else with what people look at first.
func (a k8sArgs) sawGood(o Object) string {
	var parts []string
	for _, c := range a.Condition {
		kind, _ := splitCondition(c)
		parts = append(parts, conditionText(findCondition(o, kind)))
	}
	if a.Ready {
		parts = append(parts, "ready")
	}
	if a.Match != nil {
		parts = append(parts, leaves("", a.Match)...)
	}
	if len(parts) == 0 {
		return sawOne(o)
	}
	if u := certificateUntil(o); u != "" {
		parts = append(parts, strings.TrimPrefix(u, ", "))
	}
	return code(objName(o)) + " " + boundedBy(", ", parts)
}

// sawOf is what there is, in one line of stable facts.
func sawOf(ref k8sRef, seen Seen) string {
	where := ""
	if seen.Namespace != "" {
		where = " in " + seen.Namespace
	} else if seen.Namespaced {
		where = " in all namespaces"
	}
	switch {
	case len(seen.Objects) == 0:
		return "no " + code(ref.String()) + where
	case ref.single():
		return sawOne(seen.Objects[0])
	}
	return fmt.Sprintf("%d %s%s%s", len(seen.Objects), code(ref.String()), where, chosenNames(seen))
}

func sawOne(o Object) string {
	h := objHeadline(o)
	if h == "" {
		h = "is there"
	}
	if objString(o, "metadata", "deletionTimestamp") != "" {
		h += ", being deleted"
	}
	return code(objName(o)) + " " + h
}

// chosenNames lists a few names, where people chose them.
func chosenNames(seen Seen) string {
	var names []string
	for _, o := range seen.Objects {
		if objString(o, "metadata", "generateName") != "" || objOwner(o) != "" {
			return ""
		}
		name := objString(o, "metadata", "name")
		if seen.Namespaced && seen.Namespace == "" {
			name = objString(o, "metadata", "namespace") + "/" + name
		}
		names = append(names, name)
	}
	return ": " + boundedBy(", ", names)
}

func code(s string) string { return "`" + s + "`" }

func bounded(lines []string) string { return boundedBy("; ", lines) }

func boundedBy(sep string, lines []string) string {
	if more := len(lines) - maxFaults; more > 0 {
		return strings.Join(lines[:maxFaults], sep) + fmt.Sprintf("%sand %d more", sep, more)
	}
	return strings.Join(lines, sep)
}
