package api

import (
	"cmp"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// rates bound how often each client may ask.
type rates struct {
	limit rate.Limit
	burst int

	mu      sync.Mutex
	clients map[string]*rate.Limiter
}

func newRates(l Limits) *rates {
	return &rates{limit: rate.Limit(cmp.Or(l.Rate, 50)), burst: cmp.Or(l.Burst, 200), clients: map[string]*rate.Limiter{}}
}

// clientsKept is when clients that have not asked for a while are forgotten.
const clientsKept = 10_000

// take counts a request, or refuses it.
func (r *rates) take(client string) error {
	r.mu.Lock()
	l, ok := r.clients[client]
	if !ok {
		if len(r.clients) >= clientsKept {
			r.forget()
		}
		l = rate.NewLimiter(r.limit, r.burst)
		r.clients[client] = l
	}
	r.mu.Unlock()
	if !l.Allow() {
		return hub.Refuse(hub.CodeTooMany, "more than %g requests a second", float64(r.limit))
	}
	return nil
}

// forget drops clients of whom a new count would say the same; where all are busy, all of them.
func (r *rates) forget() {
	now := time.Now()
	for client, l := range r.clients {
		if l.TokensAt(now) >= float64(r.burst) {
			delete(r.clients, client)
		}
	}
	if len(r.clients) >= clientsKept {
		clear(r.clients)
	}
}

// counts bound how much each client may have open.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) take(client string, limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[client] >= limit {
		return false
	}
	c.n[client]++
	return true
}

func (c *counts) give(client string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[client]--; c.n[client] == 0 {
		delete(c.n, client)
	}
}
