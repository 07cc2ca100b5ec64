package api

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// connections bound how many there are, of one address and all in all. Where there are too many, one that waits for its
// next request is ended for a new one; where there is none, the new one is refused by an answer, and where too many
// wait for that, without.
type connections struct {
	net.Listener
	all, each int

	mu   sync.Mutex
	n    int
	from map[string]int
	idle *list.List // of *connection, the one that has waited for longest first
}

func limited(l net.Listener, all, each int) *connections {
	return &connections{Listener: l, all: all, each: each, from: map[string]int{}, idle: list.New()}
}

// connection is one that is counted until it is closed.
type connection struct {
	net.Conn
	of      *connections
	address string
	refused *hub.Problem
	waits   *list.Element // in idle
	once    sync.Once
}

// Accept returns the next connection that may be answered, if only by a refusal.
func (c *connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if admitted := c.admit(conn); admitted != nil {
			return admitted, nil
		}
		conn.Close()
	}
}

func (c *connections) admit(conn net.Conn) *connection {
	out := &connection{Conn: conn, of: c, address: network(conn.RemoteAddr().String())}
	for c.full(out.address) && c.endIdle(out.address) {
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, own := c.n, c.from[out.address]
	switch {
	case n >= c.all+max(c.all/8, 1) || own >= c.each+max(c.each/8, 1):
		return nil
	case own >= c.each:
		out.refused = hub.Refuse(hub.CodeTooMany, "more than %d connections of one address", c.each)
	case n >= c.all:
		out.refused = hub.Refuse(hub.CodeUnavailable, "more than %d connections", c.all)
	}
	c.n++
	c.from[out.address]++
	return out
}

func (c *connections) full(address string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n >= c.all || c.from[address] >= c.each
}

// endIdle ends the connection that has waited for longest, of the address where that one has too many, and tells
// whether there was one.
func (c *connections) endIdle(address string) bool {
	c.mu.Lock()
	own := c.from[address] >= c.each
	e := c.idle.Front()
	for e != nil && own && e.Value.(*connection).address != address { //nolint:forcetypeassert // there is nothing else in it
		e = e.Next()
	}
	c.mu.Unlock()
	if e == nil {
		return false
	}
	_ = e.Value.(*connection).Close() //nolint:forcetypeassert // as above; it counts no longer, whatever came of it
	return true
}

// state follows what the server does with a connection.
func (c *connections) state(conn net.Conn, state http.ConnState) {
	one := inside(conn)
	if one == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one.unlist()
	if state == http.StateIdle {
		one.waits = c.idle.PushBack(one)
	}
}

// unlist takes a connection out of those that wait. The caller holds the lock.
func (o *connection) unlist() {
	if o.waits != nil {
		o.of.idle.Remove(o.waits)
		o.waits = nil
	}
}

// Close ends the connection, which counts no longer.
func (o *connection) Close() error {
	o.once.Do(func() {
		o.of.mu.Lock()
		defer o.of.mu.Unlock()
		o.unlist()
		o.of.n--
		if o.of.from[o.address]--; o.of.from[o.address] == 0 {
			delete(o.of.from, o.address)
		}
	})
	return o.Conn.Close()
}

// inside is the connection below what TLS makes of it.
func inside(conn net.Conn) *connection {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	one, _ := conn.(*connection)
	return one
}

// network is what one client has of addresses: of IPv6 that is a network, in which it may choose any.
func network(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	if a := at.Addr().Unmap(); a.Is4() {
		return a.String()
	}
	p, _ := at.Addr().WithZone("").Prefix(64) // an address of IPv6 has as many bits
	return p.String()
}

type refusedKey struct{}

// turnAway refuses the requests of connections that are too many, and ends these.
func turnAway(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := r.Context().Value(refusedKey{}).(*hub.Problem)
		if p == nil {
			next.ServeHTTP(w, r)
			return
		}
		_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // nothing of its body is waited for
		w.Header().Set("Connection", "close")
		write(w, p)
	})
}

func withRefusal(ctx context.Context, conn net.Conn) context.Context {
	if one := inside(conn); one != nil && one.refused != nil {
		return context.WithValue(ctx, refusedKey{}, one.refused)
	}
	return ctx
}
