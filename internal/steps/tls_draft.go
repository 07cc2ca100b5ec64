package steps

import (
	"context"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// tlsDraft expects the names of the certificate, who issued it, and the version of TLS. Serial numbers, dates and the name of
// the authority's signing key change with every renewal, and are not expected.
func tlsDraft(ctx context.Context, at check.Site, _ string, a tlsArgs) (check.Draft, error) {
	var d check.Draft
	r, err := tlsLook(ctx, at, a)
	if err != nil {
		return d, err
	}
	if !r.OK {
		return d, unfitAs(r)
	}
	self := r.Self.(tlsSelf)
	if org := self.organisation; isShown(org) {
		d.Add("issuer", org)
	}
	names := make([]string, 0, len(self.Names))
	for _, n := range self.Names {
		if n != "" && n[0] != '*' { // that a wildcard is covered says nothing of the names that matter
			names = append(names, n)
		}
	}
	if shownList(names) {
		d.Add("names", anyList(names))
	}
	if self.Version == "1.3" {
		d.Add("minVersion", self.Version)
	}
	return d, nil
}
