package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// work is what is done in a transaction. It may be called again after it was undone.
type work func(ctx context.Context, tx *sql.Tx) error

// inTx does work in a transaction, and is back when it is on disk.
func (s *Store) inTx(ctx context.Context, f work) error {
	if s.group != nil {
		return s.group.do(ctx, s, f)
	}
	return s.insistently(ctx, []work{f})
}

// insistently gives work a transaction of its own, and another one where the database asks for it.
func (s *Store) insistently(ctx context.Context, all []work) error {
	for try := 1; ; try++ {
		err := s.once(ctx, all)
		if err == nil || try == 5 || !again(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (s *Store) once(ctx context.Context, all []work) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	for _, f := range all {
		if err := f(ctx, tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// again says whether the database undid a transaction only because of others.
func again(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// unfit says whether the database refused rows that do not fit together.
func unfit(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "23")
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

// group brings work of many requests to the disk together, where only one may write at a time: whoever comes while a
// transaction is under way waits for the next one, with all others who came.
type group struct {
	mu      sync.Mutex
	busy    bool
	waiting []*job
}

type job struct {
	ctx  context.Context //nolint:containedctx // it lives as long as one call
	f    work
	lead chan bool // true: nobody works any more, and it is on you
	err  error     // set before lead is closed
}

// together bounds a transaction: nobody waits for all.
const together = 64

func (g *group) do(ctx context.Context, s *Store, f work) error {
	j := &job{ctx: ctx, f: f, lead: make(chan bool, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, j)
	if !g.busy {
		g.busy = true
		j.lead <- true
	}
	g.mu.Unlock()
	if !<-j.lead {
		return j.err
	}
	g.mu.Lock()
	n := min(len(g.waiting), together)
	round := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.mu.Unlock()
	defer g.pass()
	s.round(round)
	for _, other := range round {
		if other != j {
			other.lead <- false
		}
	}
	return j.err
}

// pass lets the next one work.
func (g *group) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.busy = false
		return
	}
	g.waiting[0].lead <- true
}

// errPanic is the error of those who shared a transaction with a mistake of ours.
var errPanic = errors.New("another request broke the transaction")

// round does the work of jobs in one transaction; where one of them cannot be done, each in its own.
// Who has gone away meanwhile is left out; work that has begun is not given up, since others share its transaction.
func (s *Store) round(jobs []*job) {
	var all []work
	for _, j := range jobs {
		if j.err = j.ctx.Err(); j.err == nil {
			all = append(all, j.f)
		}
	}
	if len(all) > 1 && s.tried(context.WithoutCancel(jobs[0].ctx), all) == nil {
		return
	}
	for _, j := range jobs {
		if j.err == nil {
			j.err = s.tried(context.WithoutCancel(j.ctx), []work{j.f})
		}
	}
}

// tried is insistently, and survives a panic for the sake of the others.
func (s *Store) tried(ctx context.Context, all []work) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = errPanic
			if s.Failed != nil {
				s.Failed(fmt.Errorf("%w: %v", errPanic, e))
			}
		}
	}()
	return s.insistently(ctx, all)
}
