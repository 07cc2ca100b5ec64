// Package relay makes TCP connections from inside a container, through a program that is there and connects its
// standard streams to an address, as a ProxyCommand does for ssh.
//
// It knows nothing of clusters: what runs a command in the container is given to it. It writes no file there and
// leaves no process behind: each program ends when its input does, and gives up connecting after a while.
package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Command is what is run in the container.
type Command struct {
	Args           []string
	Stdin          io.Reader // nil: nothing to read
	Stdout, Stderr io.Writer
}

// Exec runs a command in the container and returns its exit code, when it has ended and all its output is written.
// It is ErrNoProgram where the container has no such program.
type Exec func(context.Context, Command) (exit int, err error)

// ErrNoProgram is the error of a command that is not in the container.
var ErrNoProgram = errors.New("no such program")

// Fault is the error of a connection of which nothing is known, because what makes it did not work.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }
func (f *Fault) Unwrap() error { return f.Err }

// maxFile bounds what ReadFile returns.
const maxFile = 64 << 10

// grace is how long a program has to end by itself when its connection is closed.
const grace = 2 * time.Second

// Relay makes connections from one container. Its methods may be called at once.
type Relay struct {
	exec Exec
	tool *tool
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// Find looks which program of the container can connect. An error is a *Fault, or *NoTool where there is none.
func Find(ctx context.Context, exec Exec) (*Relay, error) {
	t, err := find(ctx, exec)
	if err != nil {
		return nil, err
	}
	r := &Relay{exec: exec, tool: t}
	r.ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	return r, nil
}

// Tool is the name of the program that connects.
func (r *Relay) Tool() string { return r.tool.name }

// Close ends all connections and waits for their programs.
func (r *Relay) Close() {
	late := time.AfterFunc(grace, r.stop)
	defer late.Stop()
	r.wg.Wait()
	r.stop()
}

// ReadFile returns the beginning of a file in the container. The name is ours, never a user's.
func (r *Relay) ReadFile(ctx context.Context, name string) ([]byte, error) {
	var out, errs head
	exit, err := r.exec(ctx, Command{Args: r.tool.read(name), Stdout: &out, Stderr: &errs})
	if err == nil && exit != 0 {
		err = fmt.Errorf("%s ends with exit code %d: %s", r.tool.name, exit, oneLine(errs.text))
	}
	if err != nil {
		return nil, &Fault{fmt.Errorf("read %s: %w", name, err)}
	}
	return out.text, nil
}

// head keeps the beginning of what is written.
type head struct{ text []byte }

func (h *head) Write(p []byte) (int, error) {
	h.text = append(h.text, p[:min(len(p), maxFile-len(h.text))]...)
	return len(p), nil
}

// hostname is what may be given to a program: nothing that it could take for an option or a part of its own syntax.
var hostname = regexp.MustCompile(`^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$`)

// DialContext connects to host:port as seen from the container, where names are resolved, too.
// The connection outlives ctx; it ends with Close, of it or of the Relay.
//
// An error tells of the address, in the errors of package net, unless it is a *Fault.
func (r *Relay) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	case !strings.HasPrefix(network, "tcp"):
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
	case !hostname.MatchString(host):
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.AddrError{Err: "no host name or address", Addr: host}}
	case ctx.Err() != nil:
		return nil, &Fault{ctx.Err()}
	}
	c := r.begin(host, port, patience(ctx))
	select {
	case <-c.status.connected:
	case <-c.done:
	case <-ctx.Done():
	}
	if c.status.isConnected() {
		if c.remote = c.status.remote(); c.remote == "" {
			c.remote = addr(address)
		}
		return c, nil
	}
	defer func() { _ = c.Close() }()
	select {
	case <-c.done:
		return nil, c.refusal(network, host)
	default:
	}
	if err = ctx.Err(); !c.status.begun() {
		return nil, &Fault{fmt.Errorf("start %s in the container: %w", r.tool.name, err)}
	}
	return nil, &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: err}
}

// patience is for how long a program tries to connect: a little longer than anybody waits for it.
func patience(ctx context.Context) time.Duration {
	const longest = time.Minute
	until, ok := ctx.Deadline()
	if !ok {
		return longest
	}
	return max(time.Second, min(longest, time.Until(until).Truncate(time.Second)+time.Second))
}

// oneLine makes one line of a program's words.
func oneLine(b []byte) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(b), "\uFFFD")), " ")
}
