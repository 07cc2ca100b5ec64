package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// conn is a connection over the standard streams of a program: our end of a pipe, whose other end they are.
type conn struct {
	net.Conn
	remote addr
	status *status
	output *spool
	cancel context.CancelFunc
	closed sync.Once

	done chan struct{} // closed when the program has ended
	exit int           // read after done
	err  error         // why there is no exit code; read after done
}

var _ net.Conn = (*conn)(nil)

// addr is an address as a program tells it.
type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }

// begin starts the program.
func (r *Relay) begin(host, port string, limit time.Duration) *conn {
	near, far := net.Pipe()
	c := &conn{Conn: near, status: newStatus(r.tool), output: newSpool(), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(r.ctx)
	c.cancel = cancel
	args := r.tool.connect(host, port, strconv.Itoa(int(min(limit, r.tool.patience)/time.Second)))
	r.wg.Go(func() {
		c.exit, c.err = r.exec(ctx, Command{Args: args, Stdin: far, Stdout: c.output, Stderr: c.status})
		cancel()
		close(c.done)
		c.output.end()
	})
	r.wg.Go(func() {
		_, _ = io.Copy(far, c.output) // ends when near is closed, too
		_ = far.Close()
	})
	return c
}

// Read returns io.EOF where the other side has closed the connection, and a *Fault where it is not known how it ended.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) {
		<-c.done
		err = c.end()
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if errors.Is(err, io.ErrClosedPipe) {
		select {
		case <-c.done:
			if err = c.end(); err == io.EOF { //nolint:errorlint // it is end's own
				err = &net.OpError{Op: "write", Net: "tcp", Addr: c.remote, Err: syscall.EPIPE}
			}
		default:
		}
	}
	return n, err
}

// Close ends the program: by the end of its input, and after a while by the end of its command.
func (c *conn) Close() error {
	c.closed.Do(func() {
		_ = c.Conn.Close()
		c.output.drop()
		late := time.AfterFunc(grace, c.cancel)
		go func() {
			<-c.done
			late.Stop()
		}()
	})
	return nil
}

func (c *conn) RemoteAddr() net.Addr { return c.remote }
func (c *conn) LocalAddr() net.Addr  { return addr("") }

// spool keeps what a program writes until it is read, so that a program which is not read yet can still tell how it
// goes. When it is full, writing waits.
type spool struct {
	mu    sync.Mutex
	moved sync.Cond
	text  []byte
	over  bool // nothing more will be written
	gone  bool // nobody will read
}

// maxSpool is what a connection holds that nobody has read.
const maxSpool = 1 << 20

func newSpool() *spool {
	s := &spool{}
	s.moved.L = &s.mu
	return s
}

func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.text) > 0 && len(s.text)+len(p) > maxSpool && !s.gone {
		s.moved.Wait()
	}
	if !s.gone {
		s.text = append(s.text, p...)
		s.moved.Broadcast()
	}
	return len(p), nil
}

func (s *spool) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.text) == 0 && !s.over && !s.gone {
		s.moved.Wait()
	}
	if len(s.text) == 0 || s.gone {
		return 0, io.EOF
	}
	n := copy(p, s.text)
	if s.text = s.text[n:]; len(s.text) == 0 {
		s.text = nil
	}
	s.moved.Broadcast()
	return n, nil
}

func (s *spool) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.moved.Broadcast()
}

func (s *spool) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone, s.text = true, nil
	s.moved.Broadcast()
}
