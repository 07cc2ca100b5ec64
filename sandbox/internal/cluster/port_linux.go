package cluster

import "golang.org/x/sys/unix"

// port is a port of the loopback address that is ours although nobody listens yet:
// it is bound, but for sharing, so that the API server can bind it too and no other program gets it.
type port struct {
	number int
	socket int
}

func reservePort() (*port, error) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	p := &port{socket: socket}
	err = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	if err == nil {
		err = unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	var name unix.Sockaddr
	if err == nil {
		name, err = unix.Getsockname(socket)
	}
	if err != nil {
		p.release()
		return nil, err
	}
	p.number = name.(*unix.SockaddrInet4).Port
	return p, nil
}

func (p *port) release() {
	if p != nil {
		_ = unix.Close(p.socket)
	}
}
