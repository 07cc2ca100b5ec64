package steps

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxDraft bounds the texts and lists that a draft takes over.
const maxDraft = 120

// isShown tells whether a text from outside can stand in a plan: short, in one line, of characters that can be seen,
// and no expression.
func isShown(s string) bool {
	return s != "" && len(s) <= maxDraft && strings.TrimSpace(s) == s && !strings.Contains(s, "${{") &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
}

// anyList makes a list as JSON has it.
func anyList(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

// shownList tells whether a list can stand in a plan.
func shownList(in []string) bool {
	for _, s := range in {
		if !isShown(s) {
			return false
		}
	}
	return len(in) > 0 && len(in) <= 20
}

// twice looks two times. What differs is not stable.
func twice[T any](look func() (T, error)) (first, second T, same bool, err error) {
	if first, err = look(); err == nil {
		second, err = look()
	}
	return first, second, reflect.DeepEqual(first, second), err
}

// unfit is that something was seen that no step should expect.
func unfit(saw string) error { return &check.Unfit{Saw: saw} }

// unfitAs is unfit for a look that did not find what every step expects, with its likely causes.
func unfitAs(r check.Result) error {
	return unfit(strings.Join(append([]string{r.Saw}, r.Why...), "; "))
}

// sortedKeys are the keys of a mapping, not too many of them.
func sortedKeys(m map[string]any) []string {
	keys := slices.Sorted(maps.Keys(m))
	return keys[:min(len(keys), 20)]
}
