package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// CreateToken makes a token and returns its text, which is kept nowhere.
// A secret of 256 random bits needs no slow hash: nobody can try them all.
func (s *Store) CreateToken(ctx context.Context, t hub.Token) (string, hub.Token, error) {
	random := make([]byte, 10+32)
	rand.Read(random)
	t.ID, t.CreatedAt = letters.EncodeToString(random[:10]), s.Now().UTC().Truncate(time.Microsecond)
	secret := letters.EncodeToString(random[10:])
	if t.Workstreams == nil {
		t.Workstreams = []string{}
	}
	scopes, err := json.Marshal(t.Workstreams)
	if err != nil {
		return "", t, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tokens (id, name, role, workstreams, hash, created_at, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
			t.ID, t.Name, string(t.Role), string(scopes), hash(secret), t.CreatedAt.UnixMicro(), micros(t.ExpiresAt))
		if err != nil {
			return err
		}
		made := entry(ctx, hub.Token{}, "token-create")
		made.Record, made.Detail = t.ID, fmt.Sprintf("%s, %s, %d workstreams", t.Name, t.Role, len(t.Workstreams))
		return addLines(ctx, tx, t.CreatedAt, []hub.Entry{made})
	})
	return hub.Prefix + t.ID + "_" + secret, t, err
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func micros(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMicro()
}

func maybe(micros int64) *time.Time {
	if micros == 0 {
		return nil
	}
	t := at(micros)
	return &t
}

const tokenColumns = `id, name, role, workstreams, created_at, expires_at, revoked_at`

func scanToken(from scanner, more ...any) (hub.Token, error) {
	var t hub.Token
	var created, expires, revoked int64
	var scopes string
	if err := from.Scan(append([]any{&t.ID, &t.Name, &t.Role, &scopes, &created, &expires, &revoked}, more...)...); err != nil {
		return t, err
	}
	t.CreatedAt, t.ExpiresAt, t.RevokedAt = at(created), maybe(expires), maybe(revoked)
	return t, json.Unmarshal([]byte(scopes), &t.Workstreams)
}

// Who finds the token of a text. A text that is none, or none that counts, is a problem; one that does not count any
// more comes back beside it.
func (s *Store) Who(ctx context.Context, text string) (hub.Token, error) {
	refused := hub.Refuse(hub.CodeToken, "the token is unknown, expired or revoked")
	id, secret, ok := hub.SplitToken(text)
	if !ok {
		return hub.Token{}, refused
	}
	var kept string
	t, err := scanToken(s.read.QueryRowContext(ctx, `SELECT `+tokenColumns+`, hash FROM tokens WHERE id = $1`, id), &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return hub.Token{}, refused
	case err != nil:
		return hub.Token{}, err
	case subtle.ConstantTimeCompare([]byte(hash(secret)), []byte(kept)) != 1:
		return hub.Token{}, refused
	case !t.Valid(s.Now()):
		return t, refused
	}
	return t, nil
}

// Tokens lists all tokens, the newest last.
func (s *Store) Tokens(ctx context.Context) ([]hub.Token, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+tokenColumns+` FROM tokens ORDER BY created_at, id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	list := []hub.Token{}
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// validNames are the names of the tokens that are neither revoked nor expired.
func validNames(ctx context.Context, tx *sql.Tx, now time.Time) (map[string]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT name FROM tokens WHERE revoked_at = 0 AND (expires_at = 0 OR expires_at > $1)`, now.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	names := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names[name] = true
	}
	return names, rows.Err()
}

// ErrNoToken is the error of an id that no token has.
var ErrNoToken = errors.New("no such token")

// Revoke ends a token. To revoke it again changes nothing.
func (s *Store) Revoke(ctx context.Context, id string) error {
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE tokens SET revoked_at = CASE WHEN revoked_at = 0 THEN $2 ELSE revoked_at END WHERE id = $1`, id, s.Now().UnixMicro())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: %q", ErrNoToken, id))
		}
		ended := entry(ctx, hub.Token{}, "token-revoke")
		ended.Record = id
		return addLines(ctx, tx, s.Now(), []hub.Entry{ended})
	})
}

// Token reads a token by its id.
func (s *Store) Token(ctx context.Context, id string) (hub.Token, error) {
	t, err := scanToken(s.read.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM tokens WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: %q", ErrNoToken, id)
	}
	return t, err
}
