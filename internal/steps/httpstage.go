package steps

import (
	"context"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
)

// httpStage follows a request, so that one that gets no answer can say what it was waiting for.
// The zero value is ready. Traces of dials that outlive their request may still call it.
type httpStage struct {
	mu     sync.Mutex
	host   string
	rank   int
	reused bool
	remote string
}

// The stages of a request, in the order in which they are reached.
var httpStages = []string{
	"no free connection to %",
	"no answer about the name %",
	"no answer from %: it neither accepted nor refused the connection",
	"no answer from % to the TLS handshake after the connection was accepted",
	"no answer from % after the connection was accepted",
	"% began to answer, and did not end the headers",
	"the body from % did not end",
}

const (
	stageName = iota + 1
	stageConnect
	stageTLS
	stageAnswer
	stageHeaders
	stageBody
)

func (s *httpStage) reach(rank int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rank = max(s.rank, rank)
}

// waitedFor says what the request was waiting for when it was last heard of.
func (s *httpStage) waitedFor() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Replace(httpStages[s.rank], "%", s.host, 1)
}

// trace begins a new request.
func (s *httpStage) trace(ctx context.Context, u *url.URL) context.Context {
	s.mu.Lock()
	s.host, s.rank, s.reused = u.Host, 0, false
	s.mu.Unlock()
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:             func(httptrace.DNSStartInfo) { s.reach(stageName) },
		ConnectStart:         func(_, _ string) { s.reach(stageConnect) },
		TLSHandshakeStart:    func() { s.reach(stageTLS) },
		GotFirstResponseByte: func() { s.reach(stageHeaders) },
		GotConn: func(info httptrace.GotConnInfo) {
			s.reach(stageAnswer)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reused, s.remote = info.Reused, info.Conn.RemoteAddr().String()
		},
	})
}

// connection tells the last connection's remote address, and whether it had served before.
func (s *httpStage) connection() (remote string, reused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remote, s.reused
}
