package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// ErrNotEmpty is the error of a restore over what is there.
var ErrNotEmpty = errors.New("the database is not empty")

// ErrBackup is the error of a file that is no backup, or is not whole.
var ErrBackup = errors.New("not a whole backup")

// Restored tells what a backup holds.
type Restored struct {
	CreatedAt time.Time        `json:"created_at" doc:"when the backup was made"`
	Rows      map[string]int64 `json:"rows" doc:"how many rows each table has"`
}

// CheckBackup reads a backup to its end, and says whether it is whole.
func CheckBackup(ctx context.Context, r io.Reader) (Restored, error) {
	return readBackup(ctx, r, func(head) error { return nil }, func(table, []any) error { return nil })
}

// Restore puts a backup in place of all that the database holds, or nothing of it. What is there is refused, unless
// over is set; of that the audit trail is kept, and tokens that were revoked stay so.
// The database has a new epoch after it: clients read all again. All leases have ended, and the next ones have larger
// numbers than any that was given before.
func (s *Store) Restore(ctx context.Context, r io.Reader, over bool) (Restored, error) {
	var out Restored
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return out, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	in := &restoring{ctx: ctx, tx: tx, now: s.Now().UTC()}
	if err := in.clear(s.group == nil, over); err != nil {
		return out, err
	}
	if out, err = readBackup(ctx, r, in.begin, in.row); err != nil {
		return out, err
	}
	if err := in.end(out); err != nil {
		return out, err
	}
	return out, tx.Commit()
}

// Renew says that the database was restored by other means: see Restore.
func (s *Store) Renew(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		in := &restoring{ctx: ctx, tx: tx, now: s.Now().UTC()}
		if err := in.begin(head{}); err != nil {
			return err
		}
		if err := in.endLeases(); err != nil {
			return err
		}
		if err := remake(ctx, tx); err != nil {
			return err
		}
		return addLines(ctx, tx, in.now, []hub.Entry{entry(ctx, hub.Token{}, "renew")})
	})
}

// restoring is a restore under way.
type restoring struct {
	ctx     context.Context //nolint:containedctx // it lives as long as one call
	tx      *sql.Tx
	now     time.Time
	fence   int64
	revoked map[string]int64
	at      table
	pending []any
	many    int
}

// clear makes room. With PostgreSQL hubs may be at work: they wait.
func (in *restoring) clear(lock, over bool) error {
	if lock {
		if _, err := in.tx.ExecContext(in.ctx, `LOCK TABLE meta, streams, records, answers, tokens, stored, audit, sessions, cards, words IN ACCESS EXCLUSIVE MODE`); err != nil {
			return err
		}
	}
	var there int
	if err := in.tx.QueryRowContext(in.ctx, `SELECT (SELECT COUNT(*) FROM streams) + (SELECT COUNT(*) FROM tokens)`).Scan(&there); err != nil {
		return err
	}
	if there > 0 && !over {
		return ErrNotEmpty
	}
	in.revoked = map[string]int64{}
	rows, err := in.tx.QueryContext(in.ctx, `SELECT id, revoked_at FROM tokens WHERE revoked_at <> 0`)
	if err != nil {
		return err
	}
	for rows.Next() {
		var id string
		var when int64
		if err := rows.Scan(&id, &when); err != nil {
			_ = rows.Close()
			return err
		}
		in.revoked[id] = when
	}
	if err := errors.Join(rows.Close(), rows.Err()); err != nil {
		return err
	}
	for _, name := range []string{"sessions", "stored", "tokens", "answers", "records", "streams"} {
		if _, err := in.tx.ExecContext(in.ctx, `DELETE FROM `+name); err != nil {
			return err
		}
	}
	return nil
}

// begin sets the new epoch, and the number after which leases go on: a time in seconds, which no lease has reached
// by being claimed.
func (in *restoring) begin(h head) error {
	here, err := fenceBase(in.ctx, in.tx)
	if err != nil {
		return err
	}
	in.fence = max(h.Fence, here+1, in.now.Unix())
	for name, value := range map[string]string{"epoch": rand.Text(), "fence": strconv.FormatInt(in.fence, 10)} {
		_, err := in.tx.ExecContext(in.ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		if err != nil {
			return err
		}
	}
	return nil
}

// rowsAtOnce is how many rows are written by one statement.
const rowsAtOnce = 40

func (in *restoring) row(t table, values []any) error {
	if in.at.name != t.name {
		if err := in.flush(); err != nil {
			return err
		}
		in.at = t
	}
	in.pending = append(in.pending, values...)
	if in.many++; in.many == rowsAtOnce {
		return in.flush()
	}
	return nil
}

func (in *restoring) flush() error {
	if in.many == 0 {
		return nil
	}
	_, err := in.tx.ExecContext(in.ctx, `INSERT INTO `+in.at.name+` (`+in.at.names()+`) VALUES `+marks(in.many, len(in.at.columns))+` ON CONFLICT DO NOTHING`, in.pending...)
	in.pending, in.many = in.pending[:0], 0
	if unfit(err) {
		return fmt.Errorf("%w: rows of %s do not fit the others", ErrBackup, in.at.name)
	}
	return err
}

func (in *restoring) end(what Restored) error {
	if err := in.flush(); err != nil {
		return err
	}
	for id, when := range in.revoked {
		if _, err := in.tx.ExecContext(in.ctx, `UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0`, id, when); err != nil {
			return err
		}
	}
	if err := in.endLeases(); err != nil {
		return err
	}
	if err := remake(in.ctx, in.tx); err != nil {
		return err
	}
	done := entry(in.ctx, hub.Token{}, "restore")
	done.Detail = fmt.Sprintf("%d records, of %s", what.Rows["records"], what.CreatedAt.Format(time.RFC3339))
	return addLines(in.ctx, in.tx, in.now, []hub.Entry{done})
}

// endLeases releases all leases, and raises their numbers.
func (in *restoring) endLeases() error {
	rows, err := in.tx.QueryContext(in.ctx, `SELECT workstream, id, body FROM records WHERE kind = 'lease'`)
	if err != nil {
		return err
	}
	var leases [][3]string
	for rows.Next() {
		var l [3]string
		if err := rows.Scan(&l[0], &l[1], &l[2]); err != nil {
			_ = rows.Close()
			return err
		}
		leases = append(leases, l)
	}
	if err := errors.Join(rows.Close(), rows.Err()); err != nil {
		return err
	}
	for _, row := range leases {
		var l hub.Lease
		if err := json.Unmarshal([]byte(row[2]), &l); err != nil {
			return err
		}
		l.Fence, l.Released = max(l.Fence, in.fence), true
		body, err := hub.BodyOf(hub.KindLease, l)
		if err != nil {
			return err
		}
		if _, err := in.tx.ExecContext(in.ctx, `UPDATE records SET body = $3, rev = rev + 1 WHERE workstream = $1 AND id = $2`, row[0], row[1], string(body.Text())); err != nil {
			return err
		}
	}
	return nil
}

// fenceBase is the number after which the first lease of a task goes on.
func fenceBase(ctx context.Context, tx *sql.Tx) (int64, error) {
	var text string
	err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'fence'`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// maxLine bounds a line of a backup: a record has at most 1 MiB, an answer holds one, and JSON may write a byte as six.
const maxLine = 32 << 20

// backupLines reads lines and their digest.
type backupLines struct {
	in  *bufio.Scanner
	sum digest
}

// next reads a line; counted lines are part of the digest.
func (b *backupLines) next() ([]byte, error) {
	if !b.in.Scan() {
		if err := b.in.Err(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBackup, err)
		}
		return nil, fmt.Errorf("%w: it ends too early", ErrBackup)
	}
	return b.in.Bytes(), nil
}

func (b *backupLines) count(line []byte) {
	_, _ = b.sum.Write(line) // a hash takes all
	_, _ = b.sum.Write([]byte{'\n'})
}

// readBackup reads a backup to its end. What it gave to row counts only where it returns no error.
func readBackup(ctx context.Context, r io.Reader, begin func(head) error, row func(table, []any) error) (Restored, error) {
	out := Restored{Rows: map[string]int64{}}
	packed, err := gzip.NewReader(r)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	b := &backupLines{in: bufio.NewScanner(until{ctx, packed}), sum: sha256.New()}
	b.in.Buffer(make([]byte, 64<<10), maxLine)
	var h head
	line, err := b.next()
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(line[:min(len(line), maxPlainLine)], &h); err != nil || h.Form != backupForm {
		return out, fmt.Errorf("%w: it does not begin like one", ErrBackup)
	}
	if h.Fence < 0 || h.Fence > mostCounted {
		return out, fmt.Errorf("%w: its leases have the number %d", ErrBackup, h.Fence)
	}
	if h.Version != backupVersion {
		return out, fmt.Errorf("%w: its version is %d, and this wpctl reads %d", ErrBackup, h.Version, backupVersion)
	}
	b.count(line)
	out.CreatedAt = h.CreatedAt
	if err := begin(h); err != nil {
		return out, err
	}
	if err = b.tables(out, row); err != nil && ctx.Err() != nil {
		err = ctx.Err() // which cut a line in two
	}
	return out, err
}

// tables reads all tables, and what comes after them.
func (b *backupLines) tables(out Restored, row func(table, []any) error) error {
	next := -1
	for {
		line, err := b.next()
		if err != nil {
			return err
		}
		b.count(line)
		switch {
		case bytes.HasPrefix(line, []byte(`{"table":`)):
			next++
			var p part
			if len(line) > maxPlainLine {
				return fmt.Errorf("%w: a line of it is none", ErrBackup)
			}
			if err := json.Unmarshal(line, &p); err != nil || next >= len(tables) || p.Table != tables[next].name || !slices.Equal(p.Columns, tables[next].columns) {
				return fmt.Errorf("%w: the table %q is not expected", ErrBackup, p.Table)
			}
		case bytes.HasPrefix(line, []byte(`[`)) && next >= 0:
			values, err := tables[next].values(line)
			if err != nil {
				return err
			}
			out.Rows[tables[next].name]++
			if err := row(tables[next], values); err != nil {
				return err
			}
		default:
			return b.end(line, out, next)
		}
	}
}

func (t table) values(line []byte) ([]any, error) {
	parts, err := cells(line, len(t.columns))
	values := make([]any, len(parts))
	for i := 0; err == nil && i < len(parts); i++ {
		values[i], err = t.value(i, parts[i])
	}
	if err == nil {
		err = t.judge(values)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: a row of %s cannot be read", ErrBackup, t.name)
	}
	return values, nil
}

func (t table) value(i int, cell json.RawMessage) (any, error) {
	if t.number(i) {
		var n int64
		err := json.Unmarshal(cell, &n)
		return n, err
	}
	var s string
	err := json.Unmarshal(cell, &s)
	return s, err
}

func (b *backupLines) end(line []byte, out Restored, next int) error {
	var t tail
	if len(line) > maxPlainLine {
		return fmt.Errorf("%w: a line of it is none", ErrBackup)
	}
	if err := json.Unmarshal(line, &t); err != nil || t.Rows == nil || next != len(tables)-1 {
		return fmt.Errorf("%w: it ends too early", ErrBackup)
	}
	for _, known := range tables {
		if t.Rows[known.name] != out.Rows[known.name] {
			return fmt.Errorf("%w: %d rows of %s, wanted %d", ErrBackup, out.Rows[known.name], known.name, t.Rows[known.name])
		}
	}
	want := hex.EncodeToString(b.sum.Sum(nil))
	last, err := b.next()
	if err != nil {
		return err
	}
	var d digestLine
	if err := json.Unmarshal(last, &d); err != nil || d.SHA256 != want {
		return fmt.Errorf("%w: its digest is another", ErrBackup)
	}
	if b.in.Scan() || b.in.Err() != nil {
		return fmt.Errorf("%w: something comes after its end", ErrBackup)
	}
	return nil
}
