package cluster

import (
	"net"
	"sync"
)

// conns are the connections of a client. An HTTP/2 connection is not idle while a watch on it is just ending, so
// that http.Client.CloseIdleConnections would leave it open.
type conns struct {
	mu     sync.Mutex
	open   map[*conn]bool
	closed bool
}

type conn struct {
	net.Conn
	of *conns
}

// keep lets c be closed with the others.
func (cs *conns) keep(c net.Conn) net.Conn {
	kept := &conn{c, cs}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.closed {
		c.Close()
	}
	if cs.open == nil {
		cs.open = map[*conn]bool{}
	}
	cs.open[kept] = true
	return kept
}

// close closes all, and those that are still being made.
func (cs *conns) close() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.closed = true
	for c := range cs.open {
		c.Conn.Close()
	}
}

// Close closes the connection, which nobody needs to keep any more.
func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
