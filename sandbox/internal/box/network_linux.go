package box

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
)

// Connect makes the network of the process that Isolate prepared: loopback with the node's address and those of others, and a route
// to nowhere, as there must be one before kube-proxy can turn what goes to a Service elsewhere.
func Connect(address net.IP, others ...net.IP) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	host := func(ip net.IP) *netlink.Addr {
		return &netlink.Addr{IPNet: &net.IPNet{IP: ip, Mask: net.CIDRMask(32, 32)}}
	}
	nowhere := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "nowhere0"}, PeerName: "nowhere1"}
	err = errors.Join(netlink.AddrAdd(lo, host(address)), netlink.LinkSetUp(lo), netlink.LinkAdd(nowhere))
	for _, ip := range others {
		if !ip.IsLoopback() {
			err = errors.Join(err, netlink.AddrAdd(lo, host(ip)))
		}
	}
	for _, name := range []string{nowhere.Name, nowhere.PeerName} {
		link, findErr := netlink.LinkByName(name)
		if err = errors.Join(err, findErr); err == nil {
			err = netlink.LinkSetUp(link)
		}
	}
	if err == nil {
		err = netlink.RouteAdd(&netlink.Route{LinkIndex: nowhere.Index, Scope: netlink.SCOPE_LINK, Src: address, Dst: &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}})
	}
	if err == nil {
		err = os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
	}
	if err != nil {
		return fmt.Errorf("make the network of the node: %w", err)
	}
	return nil
}
