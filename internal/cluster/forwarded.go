package cluster

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"k8s.io/streaming/pkg/httpstream"
)

// forwarded is a connection to a pod's port. Between it and the stream stands a pipe, which knows deadlines.
type forwarded struct {
	net.Conn // one end of the pipe
	of       httpstream.Connection

	faulted chan struct{} // closed when the error stream has ended
	fault   error         // what it said; read after faulted
	once    sync.Once
}

const (
	maxFault  = 4 << 10
	faultWait = time.Second // for the reason of an end
)

func newForwarded(conn httpstream.Connection, data, faults httpstream.Stream) *forwarded {
	near, far := net.Pipe()
	f := &forwarded{Conn: near, of: conn, faulted: make(chan struct{})}
	go func() {
		defer close(f.faulted)
		said, _ := io.ReadAll(io.LimitReader(faults, maxFault))
		f.fault = forwardError(string(said))
		if f.fault != nil {
			_ = far.Close()
		}
	}()
	go func() {
		_, _ = io.Copy(far, data)
		_ = far.Close()
	}()
	go func() {
		_, _ = io.Copy(data, far)
		_ = data.Close()
	}()
	return f
}

// forwardError makes an error of the words of a node that could not connect, as the system has them.
func forwardError(said string) error {
	said = strings.Join(strings.Fields(said), " ")
	switch {
	case said == "":
		return nil
	case strings.Contains(said, "onnection refused"):
		return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return fmt.Errorf("port-forward: %s", said)
}

// Read tells at the end of the connection why it ended, where the node said so.
func (f *forwarded) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if n == 0 && errors.Is(err, io.EOF) {
		err = f.reason(err)
	}
	return n, err
}

// Write does likewise.
func (f *forwarded) Write(p []byte) (int, error) {
	n, err := f.Conn.Write(p)
	if errors.Is(err, io.ErrClosedPipe) {
		err = f.reason(err)
	}
	return n, err
}

func (f *forwarded) reason(err error) error {
	select {
	case <-f.faulted:
	case <-time.After(faultWait):
		return err
	}
	if f.fault != nil {
		return f.fault
	}
	return err
}

// Close ends the connection with all that belongs to it.
func (f *forwarded) Close() error {
	err := f.Conn.Close()
	f.once.Do(func() { _ = f.of.Close() })
	return err
}
