package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

const countRows = "select count(*) from migrations"

// pgServer is a PostgreSQL of its own.
type pgServer struct {
	*testsrv.Postgres
	dir string
}

// startPostgres starts one; where none is installed it says so, and returns nil.
func (b *bench) startPostgres() (*pgServer, error) {
	dir, err := os.MkdirTemp("", "pg") // the path of a socket is short
	if err != nil {
		return nil, err
	}
	s := &pgServer{dir: dir}
	ca, err := testsrv.NewCA(b.dir)
	if err == nil {
		s.Postgres, err = testsrv.StartPostgres(context.Background(), dir, ca)
	}
	if err == nil {
		return s, nil
	}
	os.RemoveAll(dir)
	if errors.Is(err, testsrv.ErrNoPostgres) {
		fmt.Fprintln(os.Stderr, "left out:", err)
		return nil, nil //nolint:nilnil // there is none
	}
	return nil, err
}

// Close ends it, and removes its files.
func (s *pgServer) Close() {
	s.Postgres.Close()
	os.RemoveAll(s.dir)
}

// postgres measures looks at a database on loopback, with TLS and SCRAM, beside as many logins of the driver; where no
// PostgreSQL is installed it says so.
func (b *bench) postgres() error {
	server, err := b.startPostgres()
	if server == nil || err != nil {
		return err
	}
	defer server.Close()
	grants, err := b.file("config", "config.yaml", []byte("grants: {env: [BENCH_PASSWORD], credentials: {BENCH_PASSWORD: [127.0.0.1]}}\n"))
	if err != nil {
		return err
	}
	defer os.Remove(grants)
	env := []string{"BENCH_PASSWORD=" + testsrv.PostgresPassword}
	floor := program{args: []string{b.floor("postgres"), fmt.Sprint(requests), "16", "postgres://web:" + url.QueryEscape(testsrv.PostgresPassword) + "@" + server.Addr + "/web_db?sslmode=require", countRows}}
	for _, tasks := range []int{1, requests} {
		name := "200 postgres checks, 1 task"
		if tasks > 1 {
			name = "200 postgres checks, 200 tasks"
		}
		dir := fmt.Sprintf("postgres%d", tasks)
		path, err := b.file(dir, "plan.md", postgresPlan(server.Addr, tasks))
		if err != nil {
			return err
		}
		m, err := b.turns(b.n, program{args: []string{b.wpctl, "run", path, "--no-write", "--quiet"}, dir: b.path(dir), env: env}, floor)
		if err != nil {
			return err
		}
		b.add(name, m[0], &m[1], bound{2, 50 * time.Millisecond})
	}
	return nil
}

// postgresPlan spreads the looks over tasks that need nothing of each other.
func postgresPlan(addr string, tasks int) []byte {
	return shortPlan("independent", tasks, func(int) string { return "" }, func(task int) string {
		var out strings.Builder
		for i := task; i < requests; i += tasks {
			fmt.Fprintf(&out, "- postgres: {address: %q, user: web, database: web_db, passwordEnv: BENCH_PASSWORD, sslmode: require, query: %q}\n  assert: self.rows[0][0] == 3\n", addr, countRows)
		}
		return out.String()
	})
}
