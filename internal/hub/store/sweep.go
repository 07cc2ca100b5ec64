package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// AnswersKept is how long the answer to a request is kept.
const AnswersKept = 30 * 24 * time.Hour

// swept is how many rows are removed at once: those who write wait meanwhile.
const swept = 500

// Sweep removes answers that are older than AnswersKept, sessions that are over, and lines of the audit trail that are older than AuditKept.
func (s *Store) Sweep(ctx context.Context) error {
	if err := s.each(ctx, s.sweepAnswers); err != nil {
		return err
	}
	if err := s.sweepSessions(ctx); err != nil {
		return err
	}
	if s.AuditKept <= 0 {
		return nil
	}
	return s.each(ctx, s.sweepAudit)
}

// each goes on with parts until one is the last.
func (s *Store) each(ctx context.Context, part func(context.Context, *sql.Tx) (int, error)) error {
	for {
		var n int
		err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			n, err = part(ctx, tx)
			return err
		})
		if err != nil || n < swept {
			return err
		}
	}
}

func (s *Store) sweepAnswers(ctx context.Context, tx *sql.Tx) (int, error) {
	rows, err := tx.QueryContext(ctx, `DELETE FROM answers WHERE (token, name) IN
		(SELECT token, name FROM answers WHERE created_at < $1 ORDER BY created_at LIMIT $2) RETURNING token, octet_length(answer)`,
		s.Now().Add(-AnswersKept).UnixMicro(), swept)
	if err != nil {
		return 0, err
	}
	n, freed := 0, map[string]int64{}
	for rows.Next() {
		var token string
		var bytes int64
		if err := rows.Scan(&token, &bytes); err != nil {
			_ = rows.Close()
			return 0, err
		}
		n++
		freed[token] -= bytes + overhead
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for token, bytes := range freed {
		if err := keep(ctx, tx, token, "", bytes); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (s *Store) sweepAudit(ctx context.Context, tx *sql.Tx) (int, error) {
	before := fmt.Sprintf("%016x", s.Now().Add(-s.AuditKept).UnixMicro())
	done, err := tx.ExecContext(ctx, `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < $1 ORDER BY id LIMIT $2)`, before, swept)
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
