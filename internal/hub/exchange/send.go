package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/merge"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
)

// maxBytes bounds the bodies of one batch; a hub of ours takes 8 MiB.
const maxBytes = 4 << 20

// maxTries is how often a delivery that makes the hub stumble is tried.
const maxTries = 10

// send delivers what waits and is wanted, batch by batch. Of one resource only the oldest entry is on its way at a time.
func (s *session) send(ctx context.Context, wanted func(outbox.Entry) bool) error {
	stuck := map[string]bool{} // resources of which nothing more is sent now
	size, stumbles := hub.MaxBatch, 0
	for {
		batch, err := s.batch(wanted, stuck, size)
		if err != nil || len(batch) == 0 {
			return err
		}
		s.pass("sending")
		answers, err := s.deliver(ctx, batch)
		var p *hub.Problem
		switch {
		case errors.As(err, &p) && spoils(p) && len(batch) > 1:
			size = max(len(batch)/2, 1) // one of them does it
			continue
		case errors.As(err, &p) && spoils(p):
			if stumbles++; p.Passing() && stumbles > maxStumbles {
				return err // it is not the deliveries
			}
			answers = []hub.Answer{{Problem: p}}
		case err != nil:
			return err
		}
		s.pass("answered")
		if err := s.take(ctx, batch, answers, stuck); err != nil {
			return err
		}
		size = hub.MaxBatch
	}
}

// maxStumbles is how many deliveries that make the hub stumble are noted in one run.
const maxStumbles = 3

// spoils says whether the refusal of a request is about what it holds, and not about who asks or when.
func spoils(p *hub.Problem) bool {
	switch p.Code {
	case hub.CodeToken, hub.CodeScope, hub.CodeNoRoute, hub.CodeMethod, hub.CodeMediaType:
		return false
	}
	return !p.Passing() || p.Code == hub.CodeInternal
}

// batch is what is sent next.
func (s *session) batch(wanted func(outbox.Entry) bool, stuck map[string]bool, size int) ([]outbox.Entry, error) {
	waiting, errs := s.Box.Waiting(s.Remote.Name(), s.workstream)
	for _, err := range errs {
		if !s.damaged {
			s.report.warn("the outbox: %v", err)
		}
	}
	s.damaged = true
	var out []outbox.Entry
	count, bytes, taken := 0, 0, map[string]bool{}
	for _, e := range waiting {
		if !wanted(e) || stuck[e.Resource] || taken[e.Resource] {
			taken[e.Resource] = true // what comes later waits for it
			continue
		}
		if count == size || bytes > 0 && bytes+len(e.Delivery.Body) > maxBytes {
			break
		}
		taken[e.Resource] = true
		bytes += len(e.Delivery.Body)
		if e.Delivery.Kind != hub.KindWorkstream || size == 1 {
			count++
		}
		out = append(out, e)
	}
	return out, nil
}

func (s *session) deliver(ctx context.Context, batch []outbox.Entry) ([]hub.Answer, error) {
	deliveries := make([]hub.Delivery, len(batch))
	for i, e := range batch {
		d := e.Delivery
		d.Ref, d.Refs = s.base.Refs[d.ID], map[string]string{}
		for _, id := range []string{s.workstream, e.Task} {
			if ref, ok := s.base.Refs[id]; ok {
				d.Refs[id] = ref
			}
		}
		deliveries[i] = d
	}
	var answers []hub.Answer
	err := s.attempt(ctx, func() (err error) {
		answers, err = s.Remote.Send(ctx, s.workstream, deliveries)
		return err
	})
	if err == nil && len(answers) != len(deliveries) {
		err = &hub.Later{Err: fmt.Errorf("%d answers to %d deliveries", len(answers), len(deliveries))}
	}
	return answers, err
}

// take does what answers ask for. What is in step is kept before its entries are taken out.
func (s *session) take(ctx context.Context, batch []outbox.Entry, answers []hub.Answer, stuck map[string]bool) error {
	var done []outbox.Entry
	for i, a := range answers {
		e := batch[i]
		var err error
		switch {
		case a.Problem == nil:
			done = append(done, e)
			err = s.taken(ctx, e, a)
		case a.Problem.Passing():
			stuck[e.Resource] = true
			err = s.stumbled(ctx, e, a.Problem)
		case e.State() && s.outdated(e, a):
			s.again = true
			done = append(done, e)
		default:
			err = s.refused(ctx, e, a.Problem)
		}
		if err != nil {
			return err
		}
	}
	if err := s.save(); err != nil {
		return err
	}
	return s.Box.Done(done...)
}

// taken notes that the hub has a delivery.
func (s *session) taken(ctx context.Context, e outbox.Entry, a hub.Answer) error {
	s.report.Sent++
	s.delivered[e.Delivery.ID] = true
	s.base.Ignore(e.Delivery.Kind, a.Unsupported)
	lost := slices.DeleteFunc(slices.Clone(a.Unsupported), func(f string) bool { return f == saidField[0] }) // it is ours alone
	if len(lost) > 0 {
		s.report.Kept++
		if err := s.Box.Keep(ctx, e, lost); err != nil {
			return err
		}
	}
	if a.Item != nil && a.Item.Ref != "" {
		s.base.Refs[e.Delivery.ID] = a.Item.Ref
	}
	if !e.State() {
		s.base.Own[e.Delivery.ID] = true
		return nil
	}
	if err := s.Box.Superseded(e); err != nil {
		return err
	}
	if a.Item == nil {
		s.again = true // it is read again
	} else if err := s.mirror(*a.Item); err != nil {
		return err
	}
	return s.agreed(e)
}

// agreed notes what a delivery has said as what both sides say.
func (s *session) agreed(e outbox.Entry) error {
	body, err := hub.Lenient(e.Delivery.Kind, e.Delivery.Body)
	if err != nil {
		return err
	}
	var named map[string]json.RawMessage
	if err := json.Unmarshal(e.Delivery.Body, &named); err != nil {
		return err
	}
	for _, u := range merge.Units(e.Delivery.Kind) {
		if _, said := named[u.Fields[0]]; said || e.Delivery.Verb == hub.Create {
			s.base.Agree(e.Delivery.ID, u.Name, u.Value(body))
		}
	}
	return nil
}

// stumbled notes a mistake of the hub; after many it is taken for one of the delivery.
func (s *session) stumbled(ctx context.Context, e outbox.Entry, p *hub.Problem) error {
	if e.Tries+1 >= maxTries && p.Code == hub.CodeInternal {
		return s.refused(ctx, e, p)
	}
	return s.Box.Tried(ctx, e, p)
}

// outdated says whether a refusal only means that the hub's record is another one by now: then what the file says is
// merged with it anew.
func (s *session) outdated(e outbox.Entry, a hub.Answer) bool {
	id := e.Delivery.ID
	switch a.Problem.Code {
	case hub.CodeStale, hub.CodeExists:
		if a.Current == nil {
			if a.Problem.Code == hub.CodeExists {
				return false // somebody else's, and not shown
			}
			return true
		}
		return a.Current.ID == id && s.mirror(*a.Current) == nil
	case hub.CodeNotFound:
		if e.Delivery.Verb == hub.Update {
			delete(s.base.Mirror, id)
			delete(s.base.Agreed, id)
			return true
		}
	case hub.CodeRole:
		if e.Delivery.Kind == hub.KindDecision && !s.unanswered {
			s.unanswered = true
			return true
		}
	}
	return false
}

// refused makes a dead letter.
func (s *session) refused(ctx context.Context, e outbox.Entry, p *hub.Problem) error {
	e.Error, e.Code = p.Error(), p.Code
	s.report.Refused = append(s.report.Refused, e)
	return s.Box.Bury(ctx, e, p)
}
