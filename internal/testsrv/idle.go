package testsrv

import "go.uber.org/goleak"

// IdleConnections are what holds connections that wait for their next request: they end when they are old.
// A body that is not closed, or a request that does not end, is none of them.
func IdleConnections() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreAnyFunction("bufio.(*Reader).Peek"), // within net/http.(*persistConn).readLoop
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("net/http.(*http2ClientConn).readLoop"),
		goleak.IgnoreAnyFunction("golang.org/x/net/http2.(*ClientConn).readLoop"),
	}
}
