package relay

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/nettest"
)

// machine runs commands as processes of this machine, with a PATH that holds the given programs only.
func machine(t *testing.T, programs ...string) Exec {
	t.Helper()
	dir := t.TempDir()
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if name == "python3" {
			path, err = exec.LookPath("/usr/bin/python3") // one on the PATH may be a script that needs more
		}
		switch name {
		case "nc":
			path, err = exec.LookPath("busybox")
		case "sh":
			if b, e := exec.LookPath("busybox"); e == nil && has(programs, "nc") {
				path, err = b, nil
			}
		}
		if err != nil {
			t.Skipf("this machine has no %s", name)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return func(ctx context.Context, c Command) (int, error) {
		path := filepath.Join(dir, c.Args[0])
		if _, err := os.Stat(path); err != nil {
			return 0, ErrNoProgram
		}
		cmd := exec.Command(path, c.Args[1:]...)
		cmd.Args[0] = c.Args[0]
		cmd.Env = []string{"PATH=" + dir}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		in, err := cmd.StdinPipe()
		if err != nil {
			return 0, err
		}
		cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
		if err := cmd.Start(); err != nil {
			return 0, err
		}
		go func() {
			if c.Stdin != nil {
				_, _ = io.Copy(in, c.Stdin)
			}
			_ = in.Close()
		}()
		defer context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })()
		err = cmd.Wait()
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		var exited *exec.ExitError
		if errors.As(err, &exited) {
			err = nil
		}
		return cmd.ProcessState.ExitCode(), err
	}
}

func has(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// containers are what a container may have, and what is then used.
var containers = []struct {
	tool     string
	programs []string
}{
	{"nc", []string{"sh", "nc", "dd"}},
	{"busybox nc", []string{"sh", "busybox", "dd"}},
	{"socat", []string{"sh", "socat"}},
	{"bash", []string{"sh", "bash", "dd"}},
	{"perl", []string{"sh", "perl"}},
	{"perl", []string{"perl"}},
	{"python3", []string{"sh", "python3"}},
	{"python3", []string{"python3"}},
	{"node", []string{"sh", "node"}},
	{"node", []string{"node"}},
}

// each runs a test with every tool.
func each(t *testing.T, f func(*testing.T, *Relay)) {
	for _, c := range containers {
		t.Run(strings.Join(c.programs, " "), func(t *testing.T) {
			t.Parallel()
			r, err := Find(t.Context(), machine(t, c.programs...))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if r.Tool() != c.tool {
				t.Fatalf("found %s, want %s", r.Tool(), c.tool)
			}
			f(t, r)
		})
	}
}

// serve accepts connections on loopback and gives each to f, which closes it.
func serve(t *testing.T, f func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { f(c.(*net.TCPConn)) })
		}
	})
	return l.Addr().String()
}

func echo(c *net.TCPConn) {
	defer c.Close()
	_, _ = io.Copy(c, c)
}

func dial(t *testing.T, r *Relay, address string) net.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := r.DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestManyBytesThereAndBack(t *testing.T) {
	each(t, func(t *testing.T, r *Relay) {
		c := dial(t, r, serve(t, echo))
		sent := make([]byte, 3<<20)
		_, _ = rand.Read(sent)
		go func() { _, _ = c.Write(sent) }()
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("what came back is not what was sent: %v", err)
		}
	})
}

func TestOtherSideCloses(t *testing.T) {
	each(t, func(t *testing.T, r *Relay) {
		c := dial(t, r, serve(t, func(c *net.TCPConn) {
			_, _ = c.Write([]byte("banner\n"))
			_ = c.Close()
		}))
		got, err := io.ReadAll(c)
		if err != nil || string(got) != "banner\n" {
			t.Errorf("read %q, %v", got, err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestOtherSideClosesInTheMiddleOfARequest(t *testing.T) {
	each(t, func(t *testing.T, r *Relay) {
		c := dial(t, r, serve(t, func(c *net.TCPConn) {
			_, _ = c.Write([]byte("413\n"))
			_ = c.CloseWrite()
			_, _ = io.CopyN(io.Discard, c, 1<<10)
			_ = c.Close()
		}))
		go func() { _, _ = c.Write(make([]byte, 1<<10)) }()
		got, err := io.ReadAll(c)
		if string(got) != "413\n" {
			t.Errorf("read %q, %v", got, err)
		}
	})
}

func TestReset(t *testing.T) {
	each(t, func(t *testing.T, r *Relay) {
		ready := make(chan struct{})
		c := dial(t, r, serve(t, func(c *net.TCPConn) {
			<-ready
			_ = c.SetLinger(0)
			_ = c.Close()
		}))
		close(ready)
		_, err := c.Read(make([]byte, 1))
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("a reset connection reads as %v", err)
		}
	})
}

func TestClosingEndsTheOtherSide(t *testing.T) {
	each(t, func(t *testing.T, r *Relay) {
		gone := make(chan struct{})
		c := dial(t, r, serve(t, func(c *net.TCPConn) {
			defer c.Close()
			_, _ = c.Read(make([]byte, 1))
			close(gone)
		}))
		_ = c.Close()
		select {
		case <-gone:
		case <-time.After(30 * time.Second):
			t.Error("the connection is still there")
		}
	})
}

func TestFloodThatNobodyReads(t *testing.T) {
	each(t, func(t *testing.T, r *Relay) {
		c := dial(t, r, serve(t, func(c *net.TCPConn) {
			defer c.Close()
			for {
				if _, err := c.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}))
		_ = c.Close()
	})
}

func TestWhatIsSeenOfTheNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	each(t, func(t *testing.T, r *Relay) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := r.DialContext(ctx, "tcp", closed); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a closed port: %v", err)
		}
		var name *net.DNSError
		if _, err := r.DialContext(ctx, "tcp", "no-such-name.invalid:80"); !errors.As(err, &name) {
			t.Errorf("a name that does not resolve: %v", err)
		}
		c, err := r.DialContext(ctx, "tcp", "localhost:"+port(serve(t, echo)))
		if err != nil {
			t.Errorf("localhost: %v", err)
			return
		}
		_ = c.Close()
	})
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

// full returns the address of a server whose queue is full: it neither accepts nor refuses.
func full(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}).String()
	for {
		c, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = c.Close() })
	}
}

func TestNoAnswer(t *testing.T) {
	address := full(t)
	each(t, func(t *testing.T, r *Relay) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		_, err := r.DialContext(ctx, "tcp", address)
		var fault *Fault
		if err == nil || errors.As(err, &fault) || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, syscall.ETIMEDOUT) {
			t.Errorf("no answer: %v", err)
		}
		began := time.Now()
		r.Close()
		if time.Since(began) > 20*time.Second {
			t.Errorf("its program went on for %s", time.Since(began))
		}
	})
}

func TestReadFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(name, []byte("search a.example\nnameserver 192.0.2.1"), 0o600); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, r *Relay) {
		got, err := r.ReadFile(t.Context(), name)
		if err != nil || strings.TrimSpace(string(got)) != "search a.example\nnameserver 192.0.2.1" {
			t.Errorf("read %q, %v", got, err)
		}
		var fault *Fault
		if _, err := r.ReadFile(t.Context(), name+".no"); !errors.As(err, &fault) {
			t.Errorf("a file that is not there: %v", err)
		}
	})
}

func TestNoTool(t *testing.T) {
	var none *NoTool
	if _, err := Find(t.Context(), machine(t)); !errors.As(err, &none) || none.Shell {
		t.Errorf("an empty container: %v", err)
	}
	if _, err := Find(t.Context(), machine(t, "sh")); !errors.As(err, &none) || !none.Shell {
		t.Errorf("a container with a shell alone: %v", err)
	}
}

func TestWhatCannotBeSeen(t *testing.T) {
	lost := errors.New("the connection to it was lost")
	works := machine(t, "perl")
	broken := false
	r, err := Find(t.Context(), func(ctx context.Context, c Command) (int, error) {
		if broken {
			return 0, lost
		}
		return works(ctx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	broken = true
	var fault *Fault
	if _, err := r.DialContext(t.Context(), "tcp", "127.0.0.1:1"); !errors.As(err, &fault) || !errors.Is(err, lost) {
		t.Errorf("a lost connection: %v", err)
	}
	for _, address := range []string{"-e:80", "a b:80", "web.example,fork:80", "$(id):80", ":80"} {
		if _, err := r.DialContext(t.Context(), "tcp", address); err == nil || errors.Is(err, lost) {
			t.Errorf("%q was given to a program: %v", address, err)
		}
	}
}

// TestProgramThatDies is a connection whose program is killed: how the other side went on is not known.
func TestProgramThatDies(t *testing.T) {
	exits := make(chan int)
	r := &Relay{tool: tools[4].tool, exec: func(_ context.Context, c Command) (int, error) {
		_, _ = io.WriteString(c.Stderr, "wpctl: begins\nwpctl: connected 192.0.2.1 80\n")
		_, _ = io.WriteString(c.Stdout, "HTTP/1.1 ")
		return <-exits, nil
	}}
	r.ctx, r.stop = context.WithCancel(t.Context())
	c := dial(t, r, "web.example:80")
	if c.RemoteAddr().String() != "192.0.2.1:80" {
		t.Errorf("connected to %s", c.RemoteAddr())
	}
	exits <- 137
	got, err := io.ReadAll(c)
	var fault *Fault
	if string(got) != "HTTP/1.1 " || !errors.As(err, &fault) {
		t.Errorf("read %q, %v", got, err)
	}
	r.Close()
}

// TestConn holds a connection to what package net promises of one.
func TestConn(t *testing.T) {
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		far, program := net.Pipe()
		r := &Relay{tool: tools[4].tool, exec: func(_ context.Context, c Command) (int, error) {
			_, _ = io.WriteString(c.Stderr, "wpctl: begins\nwpctl: connected 192.0.2.1 80\n")
			go func() {
				_, _ = io.Copy(program, c.Stdin)
				_ = program.Close()
			}()
			_, _ = io.Copy(c.Stdout, program)
			return 0, nil
		}}
		r.ctx, r.stop = context.WithCancel(t.Context())
		c, err := r.DialContext(t.Context(), "tcp", "web.example:80")
		return c, far, func() { _, _ = c.Close(), far.Close(); r.Close() }, err
	})
}
