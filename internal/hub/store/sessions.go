package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// SessionTime is how long somebody stays logged in at the board at most.
const SessionTime = 12 * time.Hour

// Login begins a session of a token, which ends no later than the token. The secret that it returns is kept nowhere.
func (s *Store) Login(ctx context.Context, t hub.Token) (secret string, end time.Time, err error) {
	random := make([]byte, 32)
	rand.Read(random)
	secret = letters.EncodeToString(random)
	end = s.Now().UTC().Add(SessionTime)
	if t.ExpiresAt != nil && t.ExpiresAt.Before(end) {
		end = *t.ExpiresAt
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (hash, token, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
			hash(secret), t.ID, s.Now().UnixMicro(), end.UnixMicro())
		if err != nil {
			return err
		}
		return addLines(ctx, tx, s.Now(), []hub.Entry{entry(ctx, t, "login")})
	})
	return secret, end, err
}

// Session finds the token whose session has a secret. A session that is over, or whose token does not count any more,
// is a problem.
func (s *Store) Session(ctx context.Context, secret string) (hub.Token, error) {
	refused := hub.Refuse(hub.CodeToken, "the session is over")
	var token string
	err := s.read.QueryRowContext(ctx, `SELECT token FROM sessions WHERE hash = $1 AND expires_at > $2`, hash(secret), s.Now().UnixMicro()).Scan(&token)
	if errors.Is(err, sql.ErrNoRows) {
		return hub.Token{}, refused
	}
	if err != nil {
		return hub.Token{}, err
	}
	t, err := s.Token(ctx, token)
	if err == nil && !t.Valid(s.Now()) || errors.Is(err, ErrNoToken) {
		return hub.Token{}, refused
	}
	return t, err
}

// Logout ends a session.
func (s *Store) Logout(ctx context.Context, secret string) error {
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE hash = $1`, hash(secret))
		return err
	})
}

func (s *Store) sweepSessions(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at < $1`, s.Now().UnixMicro())
		return err
	})
}
