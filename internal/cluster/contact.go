package cluster

import (
	"context"
	"net"
	"sync/atomic"
	"time"
)

// firstDial bounds connecting to a server that has never answered. A network that loses the first request for a
// connection sends it again after one second and after three.
const firstDial = 4 * time.Second

// contact lets one request through to a server that has not answered yet, so that a dead one is found dead once.
type contact struct {
	turn chan struct{} // of capacity 1: whoever makes the first request holds it
	made atomic.Bool   // the server has answered something
	dead error         // why the server is given up for the run; guarded by turn

	conns conns
}

// enter waits until the server is known to answer, or returns why it is given up.
// Where first is true the caller makes the first request, and must call leave.
func (c *contact) enter(ctx context.Context) (first bool, err error) {
	if c.made.Load() {
		return false, nil
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	if c.made.Load() || c.dead != nil {
		err = c.dead
		<-c.turn
		return false, err
	}
	return true, nil
}

// leave ends the first request: the server answered, or is given up with an error, or neither is known.
func (c *contact) leave(answered bool, dead error) {
	c.dead = dead
	if answered && dead == nil {
		c.made.Store(true)
	}
	<-c.turn
}

// dial connects as client-go does, and gives up early on a server that has never answered.
func (c *contact) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	if !c.made.Load() {
		d.Timeout = firstDial
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c.conns.keep(conn), nil
}
