package policy

import (
	"fmt"
	"net/netip"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// special are the blocks that are not, or not only, the public Internet, beside those that netip knows
// (IANA's registries of special-purpose addresses, and translations that hide an IPv4 address).
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Public returns nil for an address of the public Internet, and else a *check.Denied: a plan of a stranger must not
// reach this machine, its network, or what a cloud tells its machines.
func Public(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	if a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return nil
	}
	return &check.Denied{Reason: fmt.Sprintf("%s is no public address, and this plan is not trusted", a)}
}
