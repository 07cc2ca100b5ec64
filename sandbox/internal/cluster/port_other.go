//go:build !linux

package cluster

import "net"

// port is a port of the loopback address that nobody listened on a moment ago.
type port struct{ number int }

func reservePort() (*port, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return &port{number: l.Addr().(*net.TCPAddr).Port}, nil
}

func (p *port) release() {}
