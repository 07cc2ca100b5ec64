package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// overhead is what a record or an answer counts beside its text.
const overhead = 300

// used is how much a token keeps in the database.
type used struct {
	bytes int64
	read  time.Time // when it was read
}

// usedFor is how long what was read counts: other processes write, too, and sweeping gives back.
const usedFor = time.Minute

// load reads how much a token keeps, now and then.
func (s *Store) load(ctx context.Context, token string) error {
	if s.MaxStored <= 0 {
		return nil
	}
	s.mu.Lock()
	u, ok := s.used[token]
	s.mu.Unlock()
	if ok && time.Since(u.read) < usedFor {
		return nil
	}
	u.read = time.Now()
	if err := s.read.QueryRowContext(ctx, `SELECT COALESCE(SUM(bytes), 0) FROM stored WHERE token = $1`, token).Scan(&u.bytes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.used) >= 10_000 {
		clear(s.used)
	}
	s.used[token] = u
	return nil
}

// left is how many bytes more a token may keep.
func (s *Store) left(token string) int64 {
	if s.MaxStored <= 0 {
		return math.MaxInt64
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.MaxStored - s.used[token].bytes
}

func (s *Store) use(token string, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u, ok := s.used[token]; ok {
		u.bytes += bytes
		s.used[token] = u
	}
}

// afford counts how much longer a text becomes, or refuses it. Where the answer is kept, there is to be room for it too.
func (b *batch) afford(text json.RawMessage, was int) error {
	more := int64(len(text) - was)
	need := more
	if b.keyed {
		need += int64(len(text)) + overhead
	}
	if need > 0 && b.bytes+need > b.left {
		return hub.Refuse(hub.CodeStorage, "the token keeps as much in the hub as it may")
	}
	b.bytes += more
	return nil
}

// keep writes how much more a token keeps.
func keep(ctx context.Context, tx *sql.Tx, token, workstream string, bytes int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO stored (token, workstream, bytes) VALUES ($1, $2, $3)
		ON CONFLICT (token, workstream) DO UPDATE SET bytes = stored.bytes + excluded.bytes`, token, workstream, bytes)
	return err
}

// Stored tells how many bytes each token keeps.
func (s *Store) Stored(ctx context.Context) (map[string]int64, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT token, SUM(bytes) FROM stored GROUP BY token`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	out := map[string]int64{}
	for rows.Next() {
		var token string
		var bytes int64
		if err := rows.Scan(&token, &bytes); err != nil {
			return nil, err
		}
		out[token] = bytes
	}
	return out, rows.Err()
}
