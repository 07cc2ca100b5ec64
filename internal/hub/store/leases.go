package store

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// leaseID is the id of a task's lease.
func leaseID(task string) string { return derived(task, "lease") }

// derived is the id of a record that the hub makes for another one. It has the version 8, which no client may use:
// else somebody could take the place of a lease before anybody claims the task.
func derived(of, name string) string {
	base, err := uuid.Parse(of)
	if err != nil {
		return ""
	}
	return uuid.NewHash(sha256.New(), base, []byte(name), 8).String()
}

// ours says whether an id is one that the hub makes.
func ours(id string) bool {
	u, err := uuid.Parse(id)
	return err == nil && u.Version() == 8
}

// lease claims a task, renews or releases its lease. Only the hub's clock counts, and a fence number is given once:
// whatever clocks do, of two who believe to hold a task, one has the lower number, and is refused.
func (b *batch) lease(op hub.Operation) (hub.Result, error) {
	if err := b.taskThere(op.ID); err != nil {
		return hub.Result{}, err
	}
	r, l, err := b.leaseOf(op.ID)
	if err != nil {
		return hub.Result{}, err
	}
	switch op.Verb {
	case hub.Claim:
		if r != nil && l.Holds(b.now) {
			return b.held(r, l)
		}
		last := l.Fence
		if r == nil {
			if last, err = fenceBase(b.ctx, b.tx); err != nil {
				return hub.Result{}, err
			}
		}
		l = hub.Lease{Holder: b.who.Name, HolderID: b.who.ID, Fence: last + 1}
		return b.keepLease(op.ID, r, l, op.TTL)
	case hub.Renew:
		if !b.mine(l, op.Fence) {
			return hub.Result{}, lost(op.Fence)
		}
		return b.keepLease(op.ID, r, l, op.TTL)
	}
	if l.Fence != op.Fence || l.Released || l.HolderID != b.who.ID && b.who.Role != hub.Admin {
		return hub.Result{}, lost(op.Fence)
	}
	l.Released = true
	return b.writeLease(op.ID, r, l)
}

// leaseOf reads a task's lease; no row where nobody has claimed it yet.
func (b *batch) leaseOf(task string) (*row, hub.Lease, error) {
	var l hub.Lease
	r, err := b.get(leaseID(task))
	if err != nil || r == nil {
		return nil, l, err
	}
	return r, l, json.Unmarshal(r.Body, &l)
}

// mine says whether the lease is the token's, under that number. That its time is over matters only when somebody
// else has claimed the task since, and then the number is another.
func (b *batch) mine(l hub.Lease, fence int64) bool {
	return fence > 0 && l.Fence == fence && !l.Released && l.HolderID == b.who.ID
}

// lost is the refusal of a fence number that does not count any more.
func lost(fence int64) *hub.Problem {
	return hub.Refuse(hub.CodeLeaseLost, "the lease with the number %d is not, or no longer, yours", fence)
}

// held refuses a claim. Where the clock was set back since the lease was renewed, its time begins anew now: else it
// would last for as long as the clock went back.
func (b *batch) held(r *row, l hub.Lease) (hub.Result, error) {
	p := hub.Refuse(hub.CodeLeaseHeld, "%s has claimed the task until %s", l.Holder, l.ExpiresAt.Format(time.RFC3339))
	if b.now.Before(l.RenewedAt) {
		b.verb = clockSet
		l.RenewedAt, l.ExpiresAt = b.now, b.now.Add(time.Duration(l.TTLSeconds)*time.Second)
		if _, err := b.writeLease("", r, l); err != nil {
			return hub.Result{}, err
		}
	}
	p.Current = &r.Record
	return hub.Result{}, p
}

func (b *batch) keepLease(task string, r *row, l hub.Lease, ttl time.Duration) (hub.Result, error) {
	l.TTLSeconds, l.RenewedAt, l.ExpiresAt = int64(ttl/time.Second), b.now, b.now.Add(ttl)
	return b.writeLease(task, r, l)
}

func (b *batch) writeLease(task string, r *row, l hub.Lease) (hub.Result, error) {
	fields, err := hub.BodyOf(hub.KindLease, l)
	if err != nil {
		return hub.Result{}, err
	}
	if r == nil {
		return b.add(hub.KindLease, leaseID(task), task, fields, "")
	}
	return b.change(r, fields)
}

// fenced refuses a write under a lease that is not, or no longer, the client's.
func (b *batch) fenced(op hub.Operation) error {
	if op.Fence == 0 || op.Verb == hub.Renew || op.Verb == hub.Release {
		return nil
	}
	task := op.ID
	if op.Kind != hub.KindTask {
		fields, err := hub.Fields(op.Kind, op.Body)
		if err != nil {
			return err
		}
		task = fields.String("task")
	}
	_, l, err := b.leaseOf(task)
	if err != nil {
		return err
	}
	if !b.mine(l, op.Fence) {
		return lost(op.Fence)
	}
	return nil
}

// receive notes that the token has read a message, once.
func (b *batch) receive(op hub.Operation) (hub.Result, error) {
	m, err := b.get(op.ID)
	if err != nil {
		return hub.Result{}, err
	}
	if m == nil || m.Kind != hub.KindMessage {
		return hub.Result{}, notFound(hub.KindMessage, op.ID)
	}
	id := derived(op.ID, "receipt "+b.who.Name)
	r, err := b.get(id)
	if err != nil {
		return hub.Result{}, err
	}
	if r != nil {
		return hub.Result{Status: http.StatusOK, Record: &r.Record}, nil
	}
	fields, err := hub.BodyOf(hub.KindReceipt, hub.Receipt{Message: op.ID, By: b.who.Name})
	if err != nil {
		return hub.Result{}, err
	}
	return b.add(hub.KindReceipt, id, m.Task, fields, "")
}
