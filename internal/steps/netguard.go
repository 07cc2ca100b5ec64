package steps

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
)

// dialFunc has the signature that http.Transport wants.
type dialFunc func(ctx context.Context, network, hostport string) (net.Conn, error)

// guarded is DialContext as far as the site lets connections be made. An address is judged when it is connected to, so
// that no name, no redirect and no second answer of a resolver leads elsewhere.
func (d netDialer) guarded(at check.Site) dialFunc {
	if !at.Untrusted {
		return d.DialContext
	}
	return func(ctx context.Context, network, hostport string) (net.Conn, error) {
		return d.dial(ctx, net.Dialer{Timeout: time.Minute, Control: onlyPublic}, network, hostport)
	}
}

// reachable judges an address; tests let some of loopback through.
var reachable = policy.Public

// onlyPublic is the Control of a net.Dialer that connects to public addresses alone.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &check.Denied{Reason: fmt.Sprintf("%q is no address, and this plan is not trusted", address)}
	}
	return reachable(to.Addr())
}
