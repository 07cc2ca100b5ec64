// Package exchange brings one workstream and a hub in step: what waits is sent, what the hub has is read, both are
// merged with what was last agreed on, the hub's part goes into the file and the file's part goes through the outbox to
// the hub.
//
// It can be ended at any moment and begun again: what it does twice is done once. It knows no markdown: what the file
// says, and how it is written, its caller knows.
package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/keep"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/merge"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
)

// Record is what a file says of one thing that the hub is to know.
type Record struct {
	Kind hub.Kind
	ID   string
	Name string // for people: its id in the file
	Body hub.Body
}

// File is the plan's file. Write is called with what the hub's part of it is; what cannot be written comes back with
// the reason. In a dry run it only finds out.
type File interface {
	Records() ([]Record, error)
	Write(context.Context, []Write) ([]Unwritten, error)
}

// Write is a unit that the hub's value replaces in the file.
type Write struct {
	Record Record
	Unit   merge.Unit
	Item   hub.Item // the hub's record
	Body   hub.Body // and its body
}

// Unwritten is a unit that was not written.
type Unwritten struct {
	Write Write
	Why   string
	Moved bool // the file has another value by now: nothing to tell, the next time merges it
}

// Exchange is what a workstream is brought in step with. All fields are required, unless it says otherwise.
type Exchange struct {
	Remote   hub.Remote
	Box      *outbox.Box
	Keep     *keep.Store
	Root     string                 // of the checkout
	NewKey   func() (string, error) // names a delivery
	Patience time.Duration          // how long a hub that does not answer is asked again; 0: once
	At       func(point string)     // nil; tests look in, and break in, here

	pause time.Duration // before the first time a hub is asked again; 0: 200 ms
}

// rounds is how often a merge begins anew because the hub's records have changed meanwhile.
const rounds = 8

// Run brings a workstream in step. The report says what was done, also beside an error; the error says why it was not
// all: a *hub.Later where the hub cannot be asked now, a *hub.Problem where it refuses to be asked.
// A dry run reads the hub and changes nothing anywhere.
func (x *Exchange) Run(ctx context.Context, workstream string, f File, dry bool) (Report, error) {
	s := &session{Exchange: x, workstream: workstream, file: f, dry: dry, delivered: map[string]bool{}}
	unlock, err := x.Box.Lock(ctx, workstream, lockWait)
	if err != nil {
		return s.report, err
	}
	defer unlock()
	err = s.run(ctx)
	if !dry {
		waiting, _ := x.Box.Waiting(x.Remote.Name(), workstream)
		s.report.Waiting = len(waiting)
		s.report.ToHub = slices.DeleteFunc(s.report.ToHub, func(c Change) bool { return !s.delivered[c.ID] })
	}
	return s.report, err
}

// lockWait is how long another wpctl may be at the same workstream.
const lockWait = 30 * time.Second

// session is one run.
type session struct {
	*Exchange
	workstream string
	file       File
	dry        bool
	base       *keep.Base
	report     Report
	unanswered bool            // the hub does not take answers of decisions from this token
	again      bool            // records have changed in the hub since they were read
	delivered  map[string]bool // records that the hub has taken something of
	damaged    bool            // told
	unread     map[hub.Kind][]string
}

func (s *session) pass(point string) {
	if s.At != nil {
		s.At(point)
	}
}

func (s *session) run(ctx context.Context) error {
	base, err := s.Keep.Load(s.Remote.Name(), s.workstream, s.Root)
	if err != nil {
		s.report.warn("what was last in step is not known any more, the hub is read again: %v", err)
	}
	s.base = base
	if !s.dry { // what an earlier run left: the hub may have it already
		if err := s.send(ctx, outbox.Entry.State); err != nil {
			return err
		}
	}
	s.pass("begun")
	if err := s.pull(ctx); err != nil {
		return err
	}
	if s.dry {
		_, err := s.merge(ctx)
		return err
	}
	if err := s.save(); err != nil {
		return err
	}
	s.pass("pulled")
	if err := s.push(ctx); err != nil {
		return err
	}
	return s.send(ctx, func(outbox.Entry) bool { return true })
}

// push merges and sends, until nothing is left to be sent.
func (s *session) push(ctx context.Context) error {
	for range rounds {
		s.again = false
		deliveries, err := s.merge(ctx)
		if err != nil {
			return err
		}
		if err := s.save(); err != nil {
			return err
		}
		s.pass("merged")
		if len(deliveries) == 0 {
			return nil
		}
		if err := s.Box.Add(ctx, deliveries...); err != nil {
			return err
		}
		if err := s.send(ctx, outbox.Entry.State); err != nil {
			return err
		}
		if !s.again {
			return nil
		}
		if err := s.pull(ctx); err != nil {
			return err
		}
	}
	return &hub.Later{Err: fmt.Errorf("others changed the same records %d times meanwhile", rounds)}
}

func (s *session) save() error {
	err := s.Keep.Save(s.base)
	s.pass("saved")
	return err
}

// attempt asks a hub, again where it is to be asked later, for as long as there is patience.
func (s *session) attempt(ctx context.Context, ask func() error) error {
	pauses := backoff.NewExponentialBackOff() // with jitter
	pauses.InitialInterval, pauses.MaxInterval = cmp.Or(s.pause, 200*time.Millisecond), 10*time.Second
	end := time.Now().Add(s.Patience)
	for {
		err := ask()
		var later *hub.Later
		if !errors.As(err, &later) {
			return err
		}
		pause := max(pauses.NextBackOff(), later.After)
		if time.Now().Add(pause).After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
