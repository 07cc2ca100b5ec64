package steps

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestIdleConnectionsToManyHosts looks at many servers: those that are not asked any more are let go.
func TestIdleConnectionsToManyHosts(t *testing.T) {
	var open atomic.Int64
	kind, at := httpKind(Deps{}), localSite(t, nil)
	for range 2 * maxIdle {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Add(-1)
			}
		}
		srv.Start()
		t.Cleanup(srv.Close)
		if _, got := localLook(t, kind, at, fmt.Sprintf("{url: %q}", srv.URL)); got[:2] != "ok" {
			t.Fatal(got)
		}
	}
	for begun := time.Now(); open.Load() > maxIdle && time.Since(begun) < 10*time.Second; time.Sleep(10 * time.Millisecond) { // they are closed beside the looks
	}
	if n := open.Load(); n > maxIdle {
		t.Errorf("%d connections are open", n)
	}
}
