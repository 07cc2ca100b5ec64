package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

const columns = `id, kind, workstream, task, rev, seq, created_at, created_by, updated_at, updated_by, body`

// row is a record with what only the store needs.
type row struct {
	hub.Record
	madeOf string
	fields map[string]int64
}

type scanner interface{ Scan(...any) error }

func scan(from scanner, more ...any) (hub.Record, error) {
	var r hub.Record
	var created, updated int64
	var body string
	err := from.Scan(append([]any{&r.ID, &r.Kind, &r.Workstream, &r.Task, &r.Rev, &r.Seq, &created, &r.CreatedBy, &updated, &r.UpdatedBy, &body}, more...)...)
	r.CreatedAt, r.UpdatedAt, r.Body = at(created), at(updated), json.RawMessage(body)
	return r, err
}

func at(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// get reads a record of the workstream; nil where there is none.
func (b *batch) get(id string) (*row, error) {
	var r row
	var fields string
	var err error
	r.Record, err = scan(b.tx.QueryRowContext(b.ctx, `SELECT `+columns+`, made_of, fields FROM records WHERE workstream = $1 AND id = $2`, b.workstream, id), &r.madeOf, &fields)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, json.Unmarshal([]byte(fields), &r.fields)
}

func insert(ctx context.Context, tx *sql.Tx, r *row) error {
	fields, err := json.Marshal(r.fields)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO records (`+columns+`, made_of, fields)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		r.ID, string(r.Kind), r.Workstream, r.Task, r.Rev, r.Seq, r.CreatedAt.UnixMicro(), r.CreatedBy,
		r.UpdatedAt.UnixMicro(), r.UpdatedBy, string(r.Body), r.madeOf, string(fields))
	return err
}

func update(ctx context.Context, tx *sql.Tx, r *row) error {
	fields, err := json.Marshal(r.fields)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE records SET rev = $2, seq = $3, updated_at = $4, updated_by = $5, body = $6, fields = $7 WHERE workstream = $8 AND id = $1`,
		r.ID, r.Rev, r.Seq, r.UpdatedAt.UnixMicro(), r.UpdatedBy, string(r.Body), string(fields), r.Workstream)
	return err
}
