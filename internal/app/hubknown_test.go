package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/servetest"
)

// TestHubIsAskedOnceAWhile plans again and again, as a watch does: the hub is asked about the same needs once in 15
// seconds, also where it does not answer.
func TestHubIsAskedOnceAWhile(t *testing.T) {
	s := servetest.Open(t, filepath.Join(t.TempDir(), "hub.db"))
	real, err := url.Parse(servetest.Serve(t, servetest.Server(s)))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	var down atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(real)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/find" {
			asked.Add(1)
		}
		if down.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	b := newBench(t, "workplans/a.md", "---\nid: APP-WP-0001\ntype: workplan\nrepo: app\nowner: team\nneeds: [LIB-WP-0001]\n---\n\n# Ship\n\n## T01 — Begin\n\n```task\nid: T01\n```\n",
		".wpctl.yaml", "hub: {base: \""+front.URL+"\"}\n")
	b.trustHub(front.URL, servetest.Token(t, s, hub.Token{Name: "ci", Role: hub.Agent}))
	now := time.Now()
	b.Now = func() time.Time { return now }
	plan := func(want int32) {
		t.Helper()
		for range 3 {
			if views, err := b.Plan(t.Context(), []string{"workplans/a.md"}); err != nil || len(views) != 1 {
				t.Fatal(err, views)
			}
		}
		if got := asked.Load(); got != want {
			t.Errorf("the hub was asked %d times, want %d", got, want)
		}
	}
	plan(1)
	now = now.Add(16 * time.Second)
	plan(2)
	down.Store(true)
	now = now.Add(16 * time.Second)
	plan(3)
	now = now.Add(-time.Hour) // a clock that was set back hides nothing
	plan(4)
}

// TestTokenThatOthersCanRead: it is nobody's alone any more, and is not sent.
func TestTokenThatOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	s := servetest.Open(t, filepath.Join(t.TempDir(), "hub.db"))
	base := servetest.Serve(t, servetest.Server(s))
	b := newBench(t, "workplans/a.md", syncPlan, ".wpctl.yaml", "hub: {base: \""+base+"\"}\n")
	b.trustHub(base, servetest.Token(t, s, hub.Token{Name: "ci", Role: hub.Human}))
	for mode, want := range map[os.FileMode]string{0o640: "(mode 0640): chmod 600 it", 0o604: "(mode 0604): chmod 600 it", 0o400: ""} {
		if err := os.Chmod(filepath.Join(b.home, "config", "t"), mode); err != nil {
			t.Fatal(err)
		}
		_, err := b.Sync(t.Context(), app.SyncRequest{DryRun: true})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%04o: %v", mode, err)
		}
	}
}
