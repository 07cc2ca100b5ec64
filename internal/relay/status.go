package relay

import (
	"bytes"
	"net"
	"sync"
)

// maxStatus bounds what is kept of a program's error output before and after it has connected.
const maxStatus = 4 << 10

// status follows a program's error output: that it begins, that it has connected, and its last words.
type status struct {
	tool      *tool
	connected chan struct{}

	mu    sync.Mutex
	text  []byte
	after []byte // what was said after it had connected
	up    bool
	peer  addr
}

func newStatus(t *tool) *status { return &status{tool: t, connected: make(chan struct{})} }

func (s *status) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up {
		s.after = append(s.after, p[:min(len(p), maxStatus-len(s.after))]...)
		return len(p), nil
	}
	s.text = append(s.text, p[:min(len(p), maxStatus-len(s.text))]...)
	if at := s.tool.connected.FindSubmatchIndex(s.text); at != nil {
		s.up, s.after = true, bytes.Clone(s.text[at[1]:])
		s.peer = s.tool.peer(s.text)
		close(s.connected)
	}
	return len(p), nil
}

func (s *status) isConnected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up
}

// begun tells whether the program was started.
func (s *status) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Contains(s.text, []byte(beginning))
}

func (s *status) remote() addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peer
}

// words are what the program said instead of connecting, or after it.
func (s *status) words() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up {
		return oneLine(s.after)
	}
	return oneLine(bytes.ReplaceAll(s.text, []byte(beginning), nil))
}

// peer finds the address that the program has connected to; "" where it does not say.
func (t *tool) peer(text []byte) addr {
	if t.remote == nil {
		return ""
	}
	m := t.remote.FindSubmatch(text)
	if m == nil || net.ParseIP(string(m[1])) == nil {
		return ""
	}
	return addr(net.JoinHostPort(string(m[1]), string(m[2])))
}
