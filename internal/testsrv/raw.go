package testsrv

import (
	"bufio"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Raw is a server that hands each connection to a function.
type Raw struct {
	Addr string // host:port

	listener net.Listener
	mu       sync.Mutex
	closed   bool
	conns    []net.Conn
	running  sync.WaitGroup
}

// StartRaw listens on loopback. Handle need not close its connection; Close does.
func StartRaw(handle func(net.Conn)) (*Raw, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Raw{Addr: l.Addr().String(), listener: l}
	s.running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if s.keep(conn) {
				s.running.Go(func() { handle(conn) })
			}
		}
	})
	return s, nil
}

// StartTLS listens on loopback and ends each connection after the handshake.
func StartTLS(config *tls.Config) (*Raw, error) {
	return StartRaw(func(conn net.Conn) {
		c := tls.Server(conn, config)
		_ = c.Handshake()
		_ = c.Close()
	})
}

// Close ends the listener and all connections, and waits for the handlers.
func (s *Raw) Close() {
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for _, conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// keep notes a connection for Close; it is false, and the connection closed, where Close came first.
func (s *Raw) keep(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		conn.Close()
		return false
	}
	s.conns = append(s.conns, conn)
	return true
}

// What follows are functions for StartRaw, each with one fault. They end when the connection is closed.

// Mute accepts and says nothing.
func Mute(conn net.Conn) { hear(conn) }

// HangUp closes the connection at once.
func HangUp(conn net.Conn) { conn.Close() }

// Say says text once the client has begun to speak, and keeps the connection open.
func Say(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = bufio.NewReader(conn).ReadString('\n')
		fmt.Fprint(conn, text)
		hear(conn)
	}
}

// SayAndHangUp says text once the client's headers are read, and closes the connection.
func SayAndHangUp(text string) func(net.Conn) {
	return func(conn net.Conn) {
		readHeaders(conn)
		fmt.Fprint(conn, text)
		conn.Close()
	}
}

// Banner says text before the client speaks, and keeps the connection open.
func Banner(text string) func(net.Conn) {
	return func(conn net.Conn) {
		fmt.Fprint(conn, text)
		hear(conn)
	}
}

// EndlessBody answers 200 with a body that never ends.
func EndlessBody(conn net.Conn) {
	readHeaders(conn)
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
	forever(conn, strings.Repeat("all work and no play\n", 1000))
}

// EndlessHeaders answers with headers that never end.
func EndlessHeaders(conn net.Conn) {
	readHeaders(conn)
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
	forever(conn, "X-Bomb: "+strings.Repeat("b", 1000)+"\r\n")
}

// GzipBomb answers with a few kilobytes that unpack to many megabytes.
func GzipBomb(conn net.Conn) {
	readHeaders(conn)
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
	z := gzip.NewWriter(conn)
	for range 256 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			break
		}
	}
	_ = z.Close()
	conn.Close()
}

// Events answers with an event stream: one event, then silence.
func Events(conn net.Conn) {
	readHeaders(conn)
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: hello\n\n")
	hear(conn)
}

// Stall answers 200 with a whole head and a part of the body, then nothing more.
func Stall(conn net.Conn) {
	readHeaders(conn)
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning")
	hear(conn)
}

func readHeaders(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		if line, err := r.ReadString('\n'); err != nil || line == "\r\n" {
			return
		}
	}
}

func forever(conn net.Conn, text string) {
	for {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
	}
}

// hear listens until the connection is closed.
func hear(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
