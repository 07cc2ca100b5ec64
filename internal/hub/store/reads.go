package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Get reads a record of a workstream.
func (s *Store) Get(ctx context.Context, workstream string, kind hub.Kind, id string) (hub.Record, error) {
	r, err := scan(s.read.QueryRowContext(ctx, `SELECT `+columns+` FROM records WHERE id = $1 AND kind = $2 AND workstream = $3`, id, string(kind), workstream))
	if errors.Is(err, sql.ErrNoRows) {
		return r, notFound(kind, id)
	}
	return r, err
}

func notFound(kind hub.Kind, id string) *hub.Problem {
	return hub.Refuse(hub.CodeNotFound, "no %s %s", kind, id)
}

// Lease reads the lease of a task.
func (s *Store) Lease(ctx context.Context, workstream, task string) (hub.Record, error) {
	r, err := s.Get(ctx, workstream, hub.KindLease, leaseID(task))
	var p *hub.Problem
	if errors.As(err, &p) {
		return r, hub.Refuse(hub.CodeNotFound, "nobody has claimed the task %s", task)
	}
	return r, err
}

// Page is which records a list shows.
type Page struct {
	Task  string // only of this task
	After string // the last id that was seen
	Limit int
}

// Listed is a part of a list.
type Listed struct {
	Records []hub.Record
	More    bool // there are more after these
}

// List reads records of a kind, by id.
func (s *Store) List(ctx context.Context, workstream string, kind hub.Kind, p Page) (Listed, error) {
	if p.Task != "" {
		return s.listed(ctx, p.Limit, `SELECT `+columns+` FROM records WHERE task = $1 AND kind = $2 AND workstream = $3 AND id > $4 ORDER BY id LIMIT $5`,
			p.Task, string(kind), workstream, p.After, p.Limit+1)
	}
	return s.listed(ctx, p.Limit, `SELECT `+columns+` FROM records WHERE kind = $1 AND workstream = $2 AND id > $3 ORDER BY id LIMIT $4`,
		string(kind), workstream, p.After, p.Limit+1)
}

// Receipts reads the receipts of a message, by id.
func (s *Store) Receipts(ctx context.Context, workstream, message string, p Page) (Listed, error) {
	return s.listed(ctx, p.Limit, `SELECT `+columns+` FROM records WHERE kind = 'receipt' AND workstream = $1 AND id > $2 AND body LIKE $3 ORDER BY id LIMIT $4`,
		workstream, p.After, `%"message":"`+message+`"%`, p.Limit+1) // the message's id is a UUID: nothing in it means anything to LIKE
}

// Workstreams reads the workstreams that a token reaches, by id.
func (s *Store) Workstreams(ctx context.Context, who hub.Token, p Page) (Listed, error) {
	args := []any{p.After, p.Limit + 1}
	only := ""
	if len(who.Workstreams) > 0 {
		marks := make([]string, len(who.Workstreams))
		for i, id := range who.Workstreams {
			args = append(args, id)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		only = ` AND workstream IN (` + strings.Join(marks, ", ") + `)`
	}
	return s.listed(ctx, p.Limit, `SELECT `+columns+` FROM records WHERE kind = 'workstream' AND workstream > $1`+only+` ORDER BY workstream LIMIT $2`, args...)
}

// listedBytes bounds the bodies of one part of a list: whoever reads it holds it as a whole.
const listedBytes = 8 << 20

// listed reads a part of a list: at most so many records, and of large ones fewer. The text asks for one record more.
func (s *Store) listed(ctx context.Context, limit int, text string, args ...any) (Listed, error) {
	out, size := Listed{Records: []hub.Record{}}, 0
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return out, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return out, err
		}
		if size += len(r.Body); len(out.Records) == limit || size > listedBytes && len(out.Records) > 0 {
			out.More = true
			return out, nil
		}
		out.Records = append(out.Records, r)
	}
	return out, rows.Err()
}

func (s *Store) query(ctx context.Context, text string, args ...any) ([]hub.Record, error) {
	return queryIn(ctx, s.read, text, args...)
}

type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

func queryIn(ctx context.Context, in querier, text string, args ...any) ([]hub.Record, error) {
	rows, err := in.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	list := []hub.Record{}
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Changes are the records of a workstream that changed after a sequence number, each as it is now.
type Changes struct {
	Records []hub.Record
	Next    int64  // what to ask with next
	More    bool   // there are more now
	Epoch   string // the history that they belong to
}

// Changes reads what changed. A number that this history does not know is a problem with the code resync.
func (s *Store) Changes(ctx context.Context, workstream string, since int64, limit int) (Changes, error) {
	var head int64 // read first: all that has a lower number is there to be read after it
	var epoch string
	err := s.read.QueryRowContext(ctx, `SELECT seq, (SELECT value FROM meta WHERE name = 'epoch') FROM streams WHERE id = $1`, workstream).Scan(&head, &epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return Changes{}, notFound(hub.KindWorkstream, workstream)
	}
	if err != nil {
		return Changes{}, err
	}
	s.setEpoch(epoch) // a backup may have been restored meanwhile
	if since > head {
		return Changes{}, hub.Refuse(hub.CodeResync, "the newest change has the number %d: read from 0 again", head)
	}
	list, err := s.listed(ctx, limit, `SELECT `+columns+` FROM records WHERE workstream = $1 AND seq > $2 ORDER BY seq LIMIT $3`, workstream, since, limit+1)
	if err != nil {
		return Changes{}, err
	}
	c := Changes{Records: list.Records, More: list.More, Next: max(since, head), Epoch: epoch}
	if n := len(c.Records); c.More {
		c.Next = c.Records[n-1].Seq
	} else if n > 0 {
		c.Next = max(c.Next, c.Records[n-1].Seq)
	}
	return c, nil
}

// poll is how long a change that another process made may stay unseen by those who wait.
const poll = time.Second

// Wait returns when something may have changed in a workstream, or ctx has ended.
func (s *Store) Wait(ctx context.Context, workstream string, since int64) {
	woken := s.listen(workstream)
	defer s.unlisten(workstream, woken)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		var head int64
		if err := s.read.QueryRowContext(ctx, `SELECT seq FROM streams WHERE id = $1`, workstream).Scan(&head); err != nil || head != since {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
			return
		case <-tick.C:
		}
	}
}

func (s *Store) listen(workstream string) chan struct{} {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[workstream] = append(s.waiting[workstream], c)
	return c
}

func (s *Store) unlisten(workstream string, c chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rest []chan struct{}
	for _, other := range s.waiting[workstream] {
		if other != c {
			rest = append(rest, other)
		}
	}
	if s.waiting[workstream] = rest; rest == nil {
		delete(s.waiting, workstream)
	}
}

// wake tells those who wait that a workstream has changed.
func (s *Store) wake(workstream string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range slices.Concat(s.waiting[workstream], s.waiting[anyStream]) {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
