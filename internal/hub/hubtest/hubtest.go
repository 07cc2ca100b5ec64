// Package hubtest makes databases for tests of a hub, in SQLite and in a real PostgreSQL.
package hubtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// Everywhere runs a test with an empty database in SQLite, and again with one in PostgreSQL.
func Everywhere(t *testing.T, test func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "hub 100%?.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// Postgres makes an empty database in a PostgreSQL that all tests of a package share, and returns its address.
func Postgres(t *testing.T) string {
	t.Helper()
	return postgres.database(t)
}

// Main runs a package's tests and ends the server that they shared. No goroutine may outlive them.
func Main(m *testing.M) { goleak.VerifyTestMain(Tests{m}) }

// Tests are a package's tests, for those who run them some other way.
type Tests struct{ M *testing.M }

// Run runs them, ends the server that they shared, and returns what is to be the exit code.
func (t Tests) Run() int {
	defer postgres.close()
	return t.M.Run()
}

var postgres server

// server is a PostgreSQL that starts when the first test asks for it.
type server struct {
	once   sync.Once
	dir    string
	srv    *testsrv.Postgres
	err    error
	number atomic.Int64
}

func (s *server) start() {
	if s.dir, s.err = os.MkdirTemp("/tmp", "wpctl-hub-pg"); s.err != nil {
		return
	}
	ca, err := testsrv.NewCA(s.dir)
	if s.err = err; err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s.srv, s.err = testsrv.StartPostgres(ctx, s.dir, ca)
}

func (s *server) close() {
	if s.srv != nil {
		s.srv.Close()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func (s *server) database(t *testing.T) string {
	t.Helper()
	s.once.Do(s.start)
	if errors.Is(s.err, testsrv.ErrNoPostgres) && os.Getenv("CI") == "" {
		t.Skip(s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	at := func(name string) string {
		u := url.URL{Scheme: "postgres", User: url.UserPassword("boss", testsrv.PostgresPassword), Host: s.srv.Addr, Path: "/" + name, RawQuery: "sslmode=require"}
		return u.String()
	}
	c, err := pgx.Connect(t.Context(), at("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background()) //nolint:errcheck // nothing was written
	name := fmt.Sprintf("hub%d", s.number.Add(1))
	if _, err := c.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	return at(name)
}
