package node

import (
	"context"
	"fmt"
	"hash/fnv"
	"net"
	"runtime"
	"strconv"
	"time"
)

// subnet gives every pod two addresses.
//
// The one that the cluster sees is of the range for benchmarks (RFC 2544), which no network routes: EndpointSlices refuse loopback.
// The one that the pod's programs may bind is of a part of 127.0.0.0/8 that no other node on the machine is likely to use.
type subnet struct {
	block byte
}

func newSubnet(seed string) subnet {
	h := fnv.New32a()
	_, _ = h.Write([]byte(seed))
	return subnet{block: byte(1 + h.Sum32()%254)}
}

func (subnet) cluster(number int) string {
	return fmt.Sprintf("198.%d.%d.%d", 18+number>>16&1, number>>8&255, number&255)
}

func (s subnet) loopback(number int) string {
	if runtime.GOOS != "linux" { // elsewhere only 127.0.0.1 exists
		return "127.0.0.1"
	}
	return fmt.Sprintf("127.%d.%d.%d", s.block, number>>8&255, number&255)
}

// dial connects with a program of the pod: at the pod's own address, or at the plain loopback address if it binds that.
func (p *pod) dial(ctx context.Context, port int) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(p.loopback, strconv.Itoa(port)))
	if err != nil {
		conn, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	return conn, err
}

// host returns the address at which the pod answers on that port.
func (p *pod) host(ctx context.Context, port int) string {
	conn, err := p.dial(ctx, port)
	if err != nil {
		return p.loopback
	}
	defer conn.Close()
	return conn.RemoteAddr().(*net.TCPAddr).IP.String()
}
