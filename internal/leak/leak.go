// Package leak finds plaintext secrets in texts: with the rules of gitleaks, and with a few of its own for what those
// leave out, such as short passwords.
// It reads no files, and honours no comment in a text that says to look away: what may stay is said by who asks.
package leak

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Finding is a secret in a text.
type Finding struct {
	Rule   string // its id: one of gitleaks', or of Rules
	Line   int    // the first is 1
	Secret string // must never be shown
}

// Find returns the secrets in a text, at most one for a line, in their order.
// The name of its file, with slashes, decides about rules for kinds of files; it may be empty.
// An error is that ctx ended.
func Find(ctx context.Context, name, text string) ([]Finding, error) {
	s, err := theScanner()
	if err != nil {
		return nil, err
	}
	pairs := joined(text)
	out := append(s.find(ctx, name, text), s.find(ctx, name, pairs)...)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Line, b.Line), specific(a, b)) })
	out = append(append(out, own(text)...), own(pairs)...)
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return slices.CompactFunc(out, func(a, b Finding) bool { return a.Line == b.Line }), nil
}

// specific puts the rules that know what they found before those that guess.
func specific(a, b Finding) int {
	guess := func(f Finding) int {
		if strings.HasPrefix(f.Rule, "generic") {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(guess(a), guess(b)), strings.Compare(a.Rule, b.Rule))
}
