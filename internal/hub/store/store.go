// Package store keeps what a hub knows, in SQLite or PostgreSQL, with the same SQL.
// An operation that it acknowledges is on disk; it renders nothing and speaks no HTTP.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database. All methods may be called at once.
type Store struct {
	// Now is the time; tests set another.
	Now func() time.Time
	// At, where it is set, is told how far Apply is; tests break in here.
	At func(point string)
	// MaxStored bounds the bytes that each token may keep in the database; 0: it does not.
	MaxStored int64
	// AuditKept is how long lines of the audit trail are kept; 0: for ever.
	AuditKept time.Duration
	// Failed is told of errors that belong to no request; may be nil. It is set before the store is used.
	Failed func(error)

	write *sql.DB // SQLite: one connection
	read  *sql.DB
	group *group // SQLite: who writes does so with others

	flush sync.Mutex // held while refusals are written

	mu       sync.Mutex
	epoch    string
	running  map[string]bool            // keys of requests that are being worked on
	waiting  map[string][]chan struct{} // by workstream: who wants to know of changes
	used     map[string]used            // by token
	refusals map[string]*hub.Entry      // not yet written
	flushing *time.Timer
	closed   bool
}

// Open opens the database that a path or a postgres:// address names, makes it where it is missing, and brings its
// tables up to date.
func Open(ctx context.Context, database string) (*Store, error) {
	s := &Store{Now: time.Now, running: map[string]bool{}, waiting: map[string][]chan struct{}{}, used: map[string]used{}}
	open, dialect := s.openSQLite, goose.DialectSQLite3
	if postgres(database) {
		open, dialect = s.openPostgres, goose.DialectPostgres
	}
	if err := open(database); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, dialect); err != nil {
		s.Close()
		return nil, fmt.Errorf("prepare the database: %w", bare(err))
	}
	return s, nil
}

func postgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

func (s *Store) openSQLite(database string) error {
	if database == "" || strings.Contains(database, "://") || strings.HasPrefix(database, ":") {
		return errors.New("the database: wanted the path of a file or a postgres:// address")
	}
	path, err := filepath.Abs(database)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // the hub's words are nobody else's; its WAL takes the same mode
	if err != nil {
		return fmt.Errorf("the database: %w", err)
	}
	f.Close()
	// synchronous=FULL: what was acknowledged outlives the machine's end too, not only the process's.
	const pragmas = "_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	name := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
	// Writers of many workstreams touch many pages: 64 MB of them stay at hand.
	if s.write, err = sql.Open("sqlite", name+"?"+pragmas+"&_pragma=cache_size(-65536)&_txlock=immediate"); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	s.group = &group{}
	if s.read, err = sql.Open("sqlite", name+"?"+pragmas+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(8)
	s.read.SetMaxIdleConns(8)
	return nil
}

func (s *Store) openPostgres(database string) error {
	cfg, err := pgx.ParseConfig(database)
	if err != nil {
		return errors.New("the database: its address cannot be read; wanted postgres://USER@HOST/NAME, with % before what a URL does not hold")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 10 * time.Second
	}
	s.write, s.read = stdlib.OpenDB(*cfg), stdlib.OpenDB(*cfg) // who reads does not wait for those who wait to write
	for _, db := range []*sql.DB{s.write, s.read} {
		db.SetMaxOpenConns(15)
		db.SetMaxIdleConns(15)
	}
	return nil
}

// prepare brings the tables up to date, one process at a time, and reads the epoch.
func (s *Store) prepare(ctx context.Context, dialect goose.Dialect) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	var options []goose.ProviderOption
	if dialect == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, s.write, dir, options...)
	if err != nil {
		return err
	}
	if err := s.migrate(ctx, provider); err != nil {
		return err
	}
	if _, err := s.write.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('epoch', $1) ON CONFLICT DO NOTHING`, rand.Text()); err != nil {
		return err
	}
	var epoch string
	if err := s.write.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'epoch'`).Scan(&epoch); err != nil {
		return err
	}
	s.setEpoch(epoch)
	return s.makeCards(ctx)
}

// migrate tries again where another process made the same tables at the same time: SQLite has no lock for it.
func (s *Store) migrate(ctx context.Context, provider *goose.Provider) error {
	var err error
	for range 5 {
		var pending bool
		if pending, err = provider.HasPending(ctx); err == nil && !pending {
			return nil
		}
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}

func (s *Store) pass(point string) {
	if s.At != nil {
		s.At(point)
	}
}

// Close writes what waits to be written, and closes the database.
func (s *Store) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	if s.write != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err := s.Flush(ctx); err != nil && s.Failed != nil {
			s.Failed(err)
		}
		cancel()
	}
	if s.read != nil && s.read != s.write {
		_ = s.read.Close()
	}
	if s.write != nil {
		_ = s.write.Close()
	}
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one)
}

// Epoch names this database's history, as it was when changes were last read: sequence numbers of another epoch mean
// nothing here.
func (s *Store) Epoch() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch
}

func (s *Store) setEpoch(epoch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch = epoch
}

// bare takes the address out of an error of a connection: it may hold a password.
func bare(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Errorf("connect to PostgreSQL at %s: %w", connect.Config.Host, errors.Unwrap(connect))
	}
	return err
}
