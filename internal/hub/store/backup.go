package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// A backup is lines of JSON, compressed: a head, each table with its rows, the number of rows, and the digest of all
// lines before it. It is the same for SQLite and PostgreSQL, so that one is restored into the other.

// backupForm names the form of a backup.
const backupForm, backupVersion = "wpctl-hub-backup", 1

// table is what a backup holds of a table. Columns are texts, those whose name ends with # are numbers.
type table struct {
	name    string
	columns []string
	order   string
}

var tables = []table{
	{"streams", []string{"id", "seq#"}, "id"},
	{"records", []string{"id", "kind", "workstream", "task", "rev#", "seq#", "created_at#", "created_by", "updated_at#", "updated_by", "body", "made_of", "fields"}, "workstream, id"},
	{"answers", []string{"token", "name", "digest", "answer", "created_at#"}, "token, name"},
	{"tokens", []string{"id", "name", "role", "workstreams", "hash", "created_at#", "expires_at#", "revoked_at#"}, "id"},
	{"stored", []string{"token", "workstream", "bytes#"}, "token, workstream"},
	{"audit", []string{"id", "at#", "token", "name", "source", "action", "kind", "workstream", "record", "rev#", "outcome", "times#", "detail"}, "id"},
}

// names are the columns as SQL has them.
func (t table) names() string { return strings.ReplaceAll(strings.Join(t.columns, ", "), "#", "") }

func (t table) number(i int) bool { return strings.HasSuffix(t.columns[i], "#") }

// head is the first line of a backup.
type head struct {
	Form      string    `json:"form"`
	Version   int       `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	Epoch     string    `json:"epoch"`
	Fence     int64     `json:"fence"`
}

// part begins a table.
type part struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// tail ends the tables.
type tail struct {
	Rows map[string]int64 `json:"rows"`
}

// digestLine is the last line.
type digestLine struct {
	SHA256 string `json:"sha256"`
}

// Backup writes all that the hub keeps, as it is at one moment, while others go on to write.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	if err := s.Flush(ctx); err != nil {
		return err
	}
	options := &sql.TxOptions{ReadOnly: true}
	if s.group == nil {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.read.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it has only read
	packed := gzip.NewWriter(w)
	b := &backup{sum: sha256.New(), rows: map[string]int64{}}
	b.out = bufio.NewWriterSize(io.MultiWriter(packed, b.sum), 64<<10)
	b.lines = json.NewEncoder(b.out)
	if err := b.write(ctx, s, tx); err != nil {
		return err
	}
	if err := b.out.Flush(); err != nil {
		return err
	}
	if err := json.NewEncoder(packed).Encode(digestLine{hex.EncodeToString(b.sum.Sum(nil))}); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return s.Note(ctx, hub.Token{}, hub.Entry{Action: "backup", Detail: fmt.Sprintf("%d records", b.rows["records"])})
}

// digest is a hash that is being made.
type digest interface {
	io.Writer
	Sum([]byte) []byte
}

// backup is one that is being written.
type backup struct {
	out   *bufio.Writer
	sum   digest
	lines *json.Encoder
	rows  map[string]int64
}

func (b *backup) write(ctx context.Context, s *Store, tx *sql.Tx) error {
	h := head{Form: backupForm, Version: backupVersion, CreatedAt: s.Now().UTC()}
	if err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'epoch'`).Scan(&h.Epoch); err != nil {
		return err
	}
	var err error
	if h.Fence, err = fenceBase(ctx, tx); err != nil {
		return err
	}
	b.lines.SetEscapeHTML(false)
	if err := b.lines.Encode(h); err != nil {
		return err
	}
	for _, t := range tables {
		if err := b.table(ctx, tx, t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return b.lines.Encode(tail{b.rows})
}

func (b *backup) table(ctx context.Context, tx *sql.Tx, t table) error {
	if err := b.lines.Encode(part{t.name, t.columns}); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+t.names()+` FROM `+t.name+` ORDER BY `+t.order)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	values := make([]any, len(t.columns))
	for i := range values {
		if values[i] = new(string); t.number(i) {
			values[i] = new(int64)
		}
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
		if err := b.lines.Encode(values); err != nil {
			return err
		}
		b.rows[t.name]++
	}
	return rows.Err()
}
