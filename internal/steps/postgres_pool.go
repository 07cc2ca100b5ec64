package steps

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

// maxLogin is how old a login may be that serves another look.
const maxLogin = 5 * time.Second

// postgresPool hands connections on between looks of one shape, while others of that shape go on: 200 looks at once
// are as many logins as there are places. When the last of them ends, so does every connection, so that none stands in
// the way of a step that drops a database or comes from a role with few connections.
type postgresPool struct {
	mu     sync.Mutex
	shapes map[string]*postgresShape // those with looks that go on
}

// postgresShape is what looks have in common that may share a login.
type postgresShape struct {
	looks int
	free  []*postgresConn
}

// postgresConn is a connection with a login.
type postgresConn struct {
	*pgConn
	bound *boundedConn
	made  time.Time
}

// shape returns what a login is about: where, by which way, as whom, with what, and after which change of this run.
// It is "" where nothing is shared: from inside a cluster each look has a way of its own.
func (v *postgresVisit) shape() string {
	if v.at.Dial != nil {
		return ""
	}
	return fmt.Sprintf("%q %x", []string{
		v.at.Cluster, fmt.Sprint(v.service), v.host, v.port, fmt.Sprint(v.a.Resolve), v.user, v.database, v.sslmode,
		fmt.Sprint(v.at.Changes),
	}, sha256.Sum256(fmt.Appendf(nil, "%q %q", v.password, v.pem)))
}

// begin counts a look in.
func (p *postgresPool) begin(shape string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shapes == nil {
		p.shapes = map[string]*postgresShape{}
	}
	if p.shapes[shape] == nil {
		p.shapes[shape] = &postgresShape{}
	}
	p.shapes[shape].looks++
}

// end counts a look out; with the last one, what is free is closed.
func (p *postgresPool) end(shape string) {
	p.mu.Lock()
	s := p.shapes[shape]
	if s.looks--; s.looks > 0 {
		p.mu.Unlock()
		return
	}
	delete(p.shapes, shape)
	p.mu.Unlock()
	for _, c := range s.free {
		c.close()
	}
}

// take returns a connection whose login is young enough, or nil.
func (p *postgresPool) take(shape string) *postgresConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.shapes[shape]
	if len(s.free) == 0 {
		return nil
	}
	c := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return c
}

// put leaves a connection to the looks that go on, or closes it.
func (p *postgresPool) put(shape string, c *postgresConn) {
	p.mu.Lock()
	s := p.shapes[shape]
	others := shape != "" && s.looks > 1
	p.mu.Unlock()
	if !others || time.Since(c.made) > maxLogin || !c.reset() {
		c.close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.free = append(s.free, c)
}

// reset ends the transaction, and takes back whatever a query did to the session.
func (c *postgresConn) reset() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.bound.left = maxTalk
	for _, sql := range []string{"rollback", "discard all"} {
		if c.Exec(ctx, sql).Close() != nil {
			return false
		}
	}
	return true
}

// close ends the transaction, since a pooler throws a connection away that is left within one, and then the
// connection, and does not wait long for the server to hear of it.
func (c *postgresConn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Exec(ctx, "rollback").Close()
	_ = c.Close(ctx)
}
