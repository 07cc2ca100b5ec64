package cluster

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// warned gathers what the server says about the use of its API, each remark once, and what time it has.
// A nil *warned forgets all.
type warned struct {
	mu    sync.Mutex
	texts []string
	first time.Time // the earliest that an answer told
}

type warnedKey struct{}

func withWarnings(ctx context.Context) (context.Context, *warned) {
	w := &warned{}
	return context.WithValue(ctx, warnedKey{}, w), w
}

func warnings(ctx context.Context) *warned {
	w, _ := ctx.Value(warnedKey{}).(*warned)
	return w
}

func (w *warned) add(h http.Header) {
	if w == nil {
		return
	}
	parsed, _ := utilnet.ParseWarningHeaders(h["Warning"])
	date, err := http.ParseTime(h.Get("Date"))
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && (w.first.IsZero() || date.Before(w.first)) {
		w.first = date
	}
	for _, p := range parsed {
		if p.Code == 299 && !slices.Contains(w.texts, p.Text) {
			w.texts = append(w.texts, p.Text)
		}
	}
}

func (w *warned) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.first
}

func (w *warned) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(slices.Values(w.texts))
}
