package cluster

import (
	"net/http"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

func TestAhead(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	for _, c := range []struct {
		name                string
		date, before, after time.Time
		want                time.Duration
	}{
		{"the same second", noon, at(300 * time.Millisecond), at(400 * time.Millisecond), 0},
		{"an answer that took its time", noon, at(-9 * time.Second), at(time.Second), 0},
		{"a minute ahead", at(time.Minute), noon, at(time.Second), 59 * time.Second},
		{"a minute behind", at(-time.Minute), noon, at(time.Second), -59 * time.Second},
		{"the end of the second before", at(-time.Second), noon, noon, 0},
	} {
		if got := ahead(c.date, c.before, c.after); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestHealthOfAClockThatIsWrong puts a wrong Date into the answers of a real API server.
func TestHealthOfAClockThatIsWrong(t *testing.T) {
	p := clustertest.NewProxy(t)
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = p.Kubeconfig
	for _, by := range []time.Duration{0, time.Hour, -time.Hour} {
		p.Break(func(*http.Request) clustertest.Fault {
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(&wrongClock{w, by}, r) }
		})
		cs := New(Options{Rules: rules, CacheDir: t.TempDir()})
		h, err := cs.Health(t.Context(), "", time.Now)
		cs.Close()
		if err != nil {
			t.Fatal(err)
		}
		if h.Version == "" || h.User == "" || !h.Timed {
			t.Errorf("the server says too little: %+v", h)
		}
		if off := (h.Ahead - by).Abs(); off > 5*time.Second {
			t.Errorf("a clock that is off by %v seems off by %v", by, h.Ahead)
		}
	}
}

// wrongClock sets the Date of an answer.
type wrongClock struct {
	http.ResponseWriter
	by time.Duration
}

func (w *wrongClock) WriteHeader(code int) {
	w.Header().Set("Date", time.Now().Add(w.by).UTC().Format(http.TimeFormat))
	w.ResponseWriter.WriteHeader(code)
}

func (w *wrongClock) Unwrap() http.ResponseWriter { return w.ResponseWriter }
