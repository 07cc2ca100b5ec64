package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// Apply carries out operations on one workstream in their order, each with its own result, and all of them on disk
// when it returns. An operation that is refused changes nothing and hinders no other; an error undoes them all.
func (s *Store) Apply(ctx context.Context, who hub.Token, workstream string, ops []hub.Operation) ([]hub.Result, error) {
	release, ok := s.begin(who, ops)
	if !ok {
		return nil, hub.Refuse(hub.CodeKeyRunning, "a request with this key is being worked on: ask again")
	}
	defer release()
	if err := s.load(ctx, who.ID); err != nil {
		return nil, err
	}
	var results []hub.Result
	var b *batch
	err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		b = &batch{ctx: ctx, tx: tx, who: who, workstream: workstream, left: s.left(who.ID)}
		results = results[:0]
		if err := b.lock(); err != nil {
			return err
		}
		b.now = s.Now().UTC().Truncate(time.Microsecond) // read under the lock: what is there was written before
		s.pass("locked")
		for _, op := range ops {
			r, err := b.answer(op)
			if err != nil {
				return err
			}
			results = append(results, r)
		}
		err := b.unlock()
		s.pass("applied")
		return err
	})
	if err != nil {
		return nil, err
	}
	s.pass("committed")
	s.use(who.ID, b.bytes)
	if b.seq != b.was {
		s.wake(workstream)
	}
	for i, r := range results {
		if r.Problem != nil {
			s.Refused(ctx, who, hub.Entry{Action: string(ops[i].Verb), Kind: ops[i].Kind, Workstream: workstream, Record: ops[i].ID, Outcome: string(r.Problem.Code)})
		}
	}
	return results, nil
}

// begin notes the keys of operations as being worked on; not ok where one is already.
func (s *Store) begin(who hub.Token, ops []hub.Operation) (func(), bool) {
	names := map[string]bool{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		if op.Key == "" {
			continue
		}
		name := who.ID + " " + op.Key
		if s.running[name] {
			return nil, false
		}
		names[name] = true
	}
	for name := range names {
		s.running[name] = true
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for name := range names {
			delete(s.running, name)
		}
	}, true
}

// batch is one transaction over one workstream.
type batch struct {
	ctx        context.Context //nolint:containedctx // it lives as long as one call
	tx         *sql.Tx
	who        hub.Token
	workstream string
	now        time.Time
	there      bool // the workstream exists, and is locked
	was, seq   int64
	verb       hub.Verb    // of the operation at hand
	lines      []hub.Entry // of the audit trail
	keyed      bool        // the answer is kept
	left       int64       // how many bytes more the token may keep
	bytes      int64       // that it keeps more now
}

func (b *batch) lock() error {
	err := b.tx.QueryRowContext(b.ctx, `UPDATE streams SET seq = seq WHERE id = $1 RETURNING seq`, b.workstream).Scan(&b.seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	b.there, b.was = err == nil, b.seq
	return err
}

// unlock keeps the sequence number, who did it and how much it is; the end of the transaction lets others in.
func (b *batch) unlock() error {
	if b.bytes != 0 {
		if err := keep(b.ctx, b.tx, b.who.ID, b.workstream, b.bytes); err != nil {
			return err
		}
	}
	if b.seq == b.was {
		return nil
	}
	if err := addLines(b.ctx, b.tx, b.now, b.lines); err != nil {
		return err
	}
	_, err := b.tx.ExecContext(b.ctx, `UPDATE streams SET seq = $2, changed_at = $3 WHERE id = $1`, b.workstream, b.seq, b.now.UnixMicro())
	return err
}

func refused(p *hub.Problem) (hub.Result, error) {
	return hub.Result{Status: p.Status, Problem: p}, nil
}

// result carries out an operation. What it refuses comes back as a result.
func (b *batch) result(op hub.Operation) (hub.Result, error) {
	r, err := b.do(op)
	var p *hub.Problem
	if errors.As(err, &p) {
		return refused(p)
	}
	return r, err
}

// do carries out an operation; it refuses before it writes.
func (b *batch) do(op hub.Operation) (hub.Result, error) {
	if op.ID == "" || b.workstream == "" {
		return hub.Result{}, errors.New("an operation without an id")
	}
	if !b.who.Reaches(b.workstream) {
		return hub.Result{}, hub.Refuse(hub.CodeScope, "the token does not reach the workstream %s", b.workstream)
	}
	if p := b.who.May(op.Verb, op.Kind); p != nil {
		return hub.Result{}, p
	}
	if !b.there && (op.Verb != hub.Create || op.Kind != hub.KindWorkstream) {
		return hub.Result{}, notFound(hub.KindWorkstream, b.workstream)
	}
	if err := b.fenced(op); err != nil {
		return hub.Result{}, err
	}
	if err := secretless(op); err != nil {
		return hub.Result{}, err
	}
	b.verb = op.Verb
	switch op.Verb {
	case hub.Create:
		return b.create(op)
	case hub.Update:
		return b.update(op)
	case hub.Claim, hub.Renew, hub.Release:
		return b.lease(op)
	case hub.Receive:
		return b.receive(op)
	}
	return hub.Result{}, fmt.Errorf("no verb %q", op.Verb)
}

func (b *batch) create(op hub.Operation) (hub.Result, error) {
	fields, err := hub.Fields(op.Kind, op.Body)
	if err != nil {
		return hub.Result{}, err
	}
	sum := sha256.Sum256(fields.Text())
	madeOf := hex.EncodeToString(sum[:])
	if op.Kind == hub.KindWorkstream && op.ID != b.workstream {
		return hub.Result{}, hub.Refuse(hub.CodeInvalid, "a workstream is made under its own id")
	}
	present, err := b.get(op.ID)
	if err == nil && present == nil && !b.there {
		if err := b.found(); err != nil {
			return hub.Result{}, err
		}
		present, err = b.get(op.ID) // somebody else may have been the first
	}
	switch {
	case err != nil:
		return hub.Result{}, err
	case present != nil && present.Kind == op.Kind && present.madeOf == madeOf:
		return hub.Result{Status: http.StatusOK, Record: &present.Record}, nil
	case present != nil:
		p := hub.Refuse(hub.CodeExists, "there is another record with the id %s", op.ID)
		p.Current = &present.Record
		return hub.Result{}, p
	}
	if err := b.acceptable(op, fields); err != nil {
		return hub.Result{}, err
	}
	task := fields.String("task")
	if err := b.taskThere(task); err != nil {
		return hub.Result{}, err
	}
	if op.Kind == hub.KindDecision {
		if err := decide(hub.Body{}, fields, b.who, b.now); err != nil {
			return hub.Result{}, err
		}
	}
	if op.Kind == hub.KindTask && fields.String("status") == "" {
		fields.Set("status", "todo")
	}
	return b.add(op.Kind, op.ID, task, fields, madeOf)
}

// ahead is how far a client's clock may be before the hub's.
const ahead = 24 * time.Hour

// acceptable refuses what has the right form and is wrong all the same.
func (b *batch) acceptable(op hub.Operation, fields hub.Body) error {
	if ours(op.ID) {
		return hub.Refuse(hub.CodeInvalid, "ids of version 8 are made by the hub")
	}
	if op.Kind == hub.KindMessage {
		return b.addressed(fields)
	}
	if op.Kind != hub.KindVerdict {
		return nil
	}
	var v hub.Verdict
	if err := fields.Into(&v); err != nil {
		return err
	}
	if v.ObservedAt.After(b.now.Add(ahead)) { // the newest counts: it would do so until then
		return hub.Refuse(hub.CodeInvalid, "body.observed_at: more than a day after the hub's time, %s", b.now.Format(time.RFC3339))
	}
	return nil
}

// addressed refuses a message to a name that nobody can read it under.
func (b *batch) addressed(fields hub.Body) error {
	var m hub.Message
	if err := fields.Into(&m); err != nil || len(m.To) == 0 {
		return err
	}
	names, err := validNames(b.ctx, b.tx, b.now)
	if err != nil {
		return err
	}
	for _, name := range m.To {
		if !names[name] {
			return hub.Refuse(hub.CodeInvalid, "body.to: no token that is valid has the name %s", safe.Cut(strconv.Quote(name), maxName))
		}
	}
	return nil
}

// maxName is how many letters of a name are told that is nobody's.
const maxName = 100

// found makes the workstream's row, or waits for whoever makes it.
func (b *batch) found() error {
	if _, err := b.tx.ExecContext(b.ctx, `INSERT INTO streams (id, seq) VALUES ($1, 0) ON CONFLICT DO NOTHING`, b.workstream); err != nil {
		return err
	}
	return b.lock()
}

// taskThere refuses an id that is not that of a task of the workstream.
func (b *batch) taskThere(id string) error {
	if id == "" {
		return nil
	}
	t, err := b.get(id)
	if err == nil && (t == nil || t.Kind != hub.KindTask) {
		return notFound(hub.KindTask, id)
	}
	return err
}

// line tells the audit trail of a change.
func (b *batch) line(r hub.Record) {
	e := entry(b.ctx, b.who, string(b.verb))
	e.At, e.Kind, e.Workstream, e.Record, e.Rev = b.now, r.Kind, r.Workstream, r.ID, r.Rev
	b.lines = append(b.lines, e)
}

// add writes a new record.
func (b *batch) add(kind hub.Kind, id, task string, fields hub.Body, madeOf string) (hub.Result, error) {
	if err := b.afford(fields.Text(), -overhead); err != nil {
		return hub.Result{}, err
	}
	b.seq++
	r := row{madeOf: madeOf, fields: map[string]int64{}, Record: hub.Record{
		ID: id, Kind: kind, Workstream: b.workstream, Task: task, Rev: 1, Seq: b.seq,
		CreatedAt: b.now, CreatedBy: b.who.Name, UpdatedAt: b.now, UpdatedBy: b.who.Name, Body: fields.Text(),
	}}
	if err := insert(b.ctx, b.tx, &r); err != nil {
		return hub.Result{}, err
	}
	b.line(r.Record)
	return hub.Result{Status: http.StatusCreated, Record: &r.Record}, b.card(hub.Body{}, &r)
}

// change writes the new body of a record, where it is another one.
func (b *batch) change(r *row, fields hub.Body) (hub.Result, error) {
	was, err := hub.Fields(r.Kind, r.Body)
	if err != nil {
		return hub.Result{}, err
	}
	names := was.Differ(fields)
	if len(names) == 0 {
		return hub.Result{Status: http.StatusOK, Record: &r.Record}, nil
	}
	if err := b.afford(fields.Text(), len(r.Body)); err != nil {
		return hub.Result{}, err
	}
	b.seq++
	r.Rev, r.Seq, r.UpdatedAt, r.UpdatedBy, r.Body = r.Rev+1, b.seq, b.now, b.who.Name, fields.Text()
	for _, name := range names {
		r.fields[name] = r.Rev
	}
	b.line(r.Record)
	if err := update(b.ctx, b.tx, r); err != nil {
		return hub.Result{}, err
	}
	return hub.Result{Status: http.StatusOK, Record: &r.Record}, b.card(was, r)
}

func (b *batch) update(op hub.Operation) (hub.Result, error) {
	r, err := b.get(op.ID)
	if err != nil {
		return hub.Result{}, err
	}
	if r == nil || r.Kind != op.Kind {
		return hub.Result{}, notFound(op.Kind, op.ID)
	}
	if op.IfMatch != r.Rev {
		return hub.Result{}, stale(r, op.IfMatch)
	}
	was, err := hub.Fields(r.Kind, r.Body)
	if err != nil {
		return hub.Result{}, err
	}
	fields, err := was.Merge(op.Body)
	if err != nil {
		return hub.Result{}, err
	}
	for _, name := range was.Differ(fields) {
		if hub.Fixed(r.Kind, name) {
			return hub.Result{}, hub.Refuse(hub.CodeFixed, "%s of a %s is fixed", name, r.Kind)
		}
	}
	if r.Kind == hub.KindDecision {
		if err := decide(was, fields, b.who, b.now); err != nil {
			return hub.Result{}, err
		}
	}
	return b.change(r, fields)
}

// stale is the refusal of an update that was made for another revision.
func stale(r *row, seen int64) *hub.Problem {
	p := hub.Refuse(hub.CodeStale, "the %s %s has the revision %d, not %d", r.Kind, r.ID, r.Rev, seen)
	p.Current, p.Changed = &r.Record, []string{}
	for name, rev := range r.fields {
		if rev > seen {
			p.Changed = append(p.Changed, name)
		}
	}
	slices.Sort(p.Changed)
	return p
}
