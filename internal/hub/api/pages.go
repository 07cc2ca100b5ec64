package api

import (
	"cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// What Pages share with the API while it serves: how much a client may ask for, and when to end.

// Take counts a request of a client, or refuses it.
func (s *Server) Take(client string) error { return s.rates.take(client) }

// TakeStream counts an open stream of a token, or refuses it.
func (s *Server) TakeStream(token string) error {
	limit := cmp.Or(s.Limits.Streams, 16)
	if !s.streams.take(token, limit) {
		return hub.Refuse(hub.CodeTooMany, "more than %d open streams of one token", limit)
	}
	return nil
}

// GiveStream counts a stream as closed.
func (s *Server) GiveStream(token string) { s.streams.give(token) }

// Done is closed when streams are to end.
func (s *Server) Done() <-chan struct{} { return s.done }
