package api

import (
	"cmp"
	"context"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// What Pages share with the API while it serves: how much a client may ask for, and when to end.

// Take counts a request of a client, or refuses it.
func (s *Server) Take(client string) error { return s.rates.take(client) }

// Stream counts an open stream of a token until give is called, or refuses it. Its context ends with the server.
func (s *Server) Stream(parent context.Context, token string) (ctx context.Context, give func(), err error) {
	limit := cmp.Or(s.Limits.Streams, 16)
	if !s.streams.take(token, limit) {
		return nil, nil, hub.Refuse(hub.CodeTooMany, "more than %d open streams of one token", limit)
	}
	if !s.streams.take("", s.Limits.connections()/2) {
		s.streams.give(token)
		return nil, nil, hub.Refuse(hub.CodeUnavailable, "too many open streams")
	}
	ctx, cancel := context.WithCancel(parent)
	stop := context.AfterFunc(s.serving, cancel)
	return ctx, func() {
		stop()
		cancel()
		s.streams.give(token)
		s.streams.give("")
	}, nil
}
