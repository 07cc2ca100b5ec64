package view

import "gitea.coulomb.social/coulomb/wpctl/internal/check"

// told remembers why checks could not be looked at, so that a server that does not answer is told of once.
// Its zero value is ready.
type told map[string]bool

// again tells whether an outcome is one that could not be found out for a reason that was told before.
func (t *told) again(o check.Outcome, text string) bool {
	if o != check.Unknown || text == "" {
		return false
	}
	if (*t)[text] {
		return true
	}
	if *t == nil {
		*t = told{}
	}
	(*t)[text] = true
	return false
}
