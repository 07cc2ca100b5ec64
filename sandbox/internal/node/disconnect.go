package node

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
)

// untilDisconnected returns the same request with a context that ends when the client goes away.
// The HTTP server itself stops to look once a connection is upgraded.
func untilDisconnected(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	return &watchedWriter{ResponseWriter: w, gone: cancel}, r.WithContext(ctx), cancel
}

// watchedWriter watches the connection that an upgrade takes over.
type watchedWriter struct {
	http.ResponseWriter
	gone func()
}

func (w *watchedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	// What the server has read ahead comes first.
	ahead := io.LimitReader(buffered.Reader, int64(buffered.Reader.Buffered()))
	watched := &watchedConn{Conn: conn, gone: w.gone}
	reader := bufio.NewReader(io.MultiReader(ahead, watched))
	return watched, bufio.NewReadWriter(reader, bufio.NewWriter(watched)), nil
}

// watchedConn calls gone when nothing more can be read, or when whoever took the connection over closes it:
// SPDY has a message by which a client takes its leave.
type watchedConn struct {
	net.Conn
	gone func()
}

func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.gone()
	}
	return n, err
}

func (c *watchedConn) Close() error {
	c.gone()
	return c.Conn.Close()
}
