package steps

import (
	"context"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// draft expects the answers, where two looks agree on them. TTLs count down, and the serial of a zone goes up: they are
// not expected.
func (l dnsLooker) draft(ctx context.Context, at check.Site, _ string, a dnsArgs) (check.Draft, error) {
	var d check.Draft
	at.Warn = nil
	first, second, _, err := twice(func() (check.Result, error) { return l.look(ctx, at, a) })
	if err != nil {
		return d, err
	}
	if !first.OK || !second.OK {
		return d, unfitAs(first)
	}
	answers := first.Self.(dnsSelf).Answers
	switch {
	case len(answers) == 0: // absent was given
	case a.Type == "SOA":
		d.Notes = append(d.Notes, "the record itself is not expected: its serial goes up with every change of the zone")
	case !slices.Equal(answers, second.Self.(dnsSelf).Answers):
		d.Notes = append(d.Notes, "the answers are not expected: two looks saw different ones")
	case !shownList(answers):
		d.Notes = append(d.Notes, "the answers are not expected: they are too many, too long or no text")
	default:
		d.Add("equals", anyList(answers))
	}
	return d, nil
}
