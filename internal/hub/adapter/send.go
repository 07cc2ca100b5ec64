package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// sending is one Send: what it lists it lists once.
type sending struct {
	*Adapter
	workstream string
	lists      map[hub.Kind]map[string]record
}

// unversioned is the version of a record of which the hub tells none.
const unversioned = "sent"

func (s *sending) deliver(ctx context.Context, d hub.Delivery) (hub.Answer, error) {
	k := s.kinds[d.Kind]
	var body map[string]any
	if err := json.Unmarshal(d.Body, &body); err != nil {
		return hub.Answer{}, hub.Refuse(hub.CodeInvalid, "the body of a %s cannot be read", d.Kind)
	}
	sent := &hub.Item{ID: d.ID, Ref: s.ref(d.ID), Kind: d.Kind, Version: unversioned, Body: d.Body}
	to := k.writes(d.Verb)
	if to == nil {
		return hub.Answer{Item: sent, Unsupported: (*kind)(nil).unsupported(body)}, nil
	}
	current, there, err := s.current(ctx, k, d)
	if err != nil {
		return hub.Answer{}, err
	}
	switch {
	case there && d.Verb == hub.Create && !d.Kind.Mutable():
		return hub.Answer{Item: &current.item}, nil // it was sent before
	case there && d.Verb == hub.Create && k.create != nil:
		return refused(hub.CodeExists, "the hub has it already", &current.item), nil
	case there && d.Verb == hub.Update && d.Version != unversioned && d.Version != current.item.Version:
		return refused(hub.CodeStale, "it has changed in the hub since", &current.item), nil
	case !there && d.Verb == hub.Update && (k.list != nil || k.read != nil && s.ref(d.ID) != ""):
		return hub.Answer{}, hub.Refuse(hub.CodeNotFound, "the hub does not have it any more")
	}
	unsupported, said := k.unsupported(body), len(body)
	if word, ok := body["status"].(string); ok && len(k.words.known) > 0 {
		if there, ok := k.words.out(word); ok {
			body["status"] = there
		} else {
			delete(body, "status")
			unsupported = append(slices.DeleteFunc(unsupported, func(f string) bool { return f == "status" }), "status")
		}
	}
	if d.Verb == hub.Update && len(unsupported) == said { // nothing of it has a place
		if there {
			sent = &current.item
		}
		return hub.Answer{Item: sent, Unsupported: unsupported}, nil
	}
	req, err := s.request(ctx, k, to, d, body, s.self(s.workstream, d, body, current.raw))
	if err != nil {
		return hub.Answer{}, err
	}
	answer, err := s.ask(ctx, req)
	var p *hub.Problem
	if errors.As(err, &p) && (p.Code == hub.CodeStale || p.Code == hub.CodeExists) {
		return s.conflict(ctx, k, d, p)
	}
	if err != nil {
		return hub.Answer{}, err
	}
	item, err := s.taken(ctx, k, d, answer)
	if err != nil {
		return hub.Answer{}, err
	}
	if item == nil && k.list == nil {
		item = sent
	}
	return hub.Answer{Item: item, Unsupported: unsupported}, nil
}

func refused(code hub.Code, why string, current *hub.Item) hub.Answer {
	return hub.Answer{Problem: hub.Refuse(code, "%s", why), Current: current}
}

// writes is the route that a delivery goes to; nil where there is none.
func (k *kind) writes(v hub.Verb) *route {
	switch {
	case k == nil:
		return nil
	case v == hub.Create && k.create != nil:
		return k.create
	}
	return k.update
}

// current is the record as the hub has it now, where it can be asked.
func (s *sending) current(ctx context.Context, k *kind, d hub.Delivery) (record, bool, error) {
	if k.read != nil && (s.ref(d.ID) != "" || !k.read.has("ref")) {
		address, err := k.read.at(s.address, s.self(s.workstream, d, nil, nil))
		if err != nil {
			return record{}, false, hub.Refuse(hub.CodeInvalid, "%v", err)
		}
		answer, err := s.ask(ctx, request{Method: k.read.method, URL: address})
		var p *hub.Problem
		if errors.As(err, &p) && p.Code == hub.CodeNotFound {
			return record{}, false, nil
		}
		if err != nil {
			return record{}, false, err
		}
		r, err := s.record(ctx, d.Kind, k, s.workstream, s.single(ctx, k, s.workstream, answer))
		if err != nil {
			return record{}, false, err
		}
		if r.item.ID == "" {
			r.item.ID = d.ID
		}
		if r.item.ID != d.ID {
			return record{}, false, hub.Refuse(hub.CodeInvalid, "the hub's answer is about something else")
		}
		return r, true, nil
	}
	if k.list == nil {
		return record{}, false, nil
	}
	all, ok := s.lists[d.Kind]
	if !ok {
		records, err := s.list(ctx, d.Kind, k, s.workstream)
		if err != nil {
			return record{}, false, err
		}
		all = map[string]record{}
		for _, r := range records {
			all[r.item.ID] = r
			s.learn(r.item.ID, r.item.Ref)
		}
		s.lists[d.Kind] = all
	}
	r, there := all[d.ID]
	return r, there, nil
}

// conflict is the answer to a write that the hub refused because the record is another one by now.
func (s *sending) conflict(ctx context.Context, k *kind, d hub.Delivery, p *hub.Problem) (hub.Answer, error) {
	delete(s.lists, d.Kind)
	current, there, err := s.current(ctx, k, d)
	if err != nil {
		return hub.Answer{}, err
	}
	p.Code = hub.CodeStale
	if d.Verb == hub.Create {
		p.Code = hub.CodeExists
	}
	if !there {
		return hub.Answer{Problem: p}, nil
	}
	if !d.Kind.Mutable() {
		return hub.Answer{Item: &current.item}, nil
	}
	return hub.Answer{Problem: p, Current: &current.item}, nil
}

// taken is the record in the answer to a write; nil where the answer does not tell it.
func (s *sending) taken(ctx context.Context, k *kind, d hub.Delivery, answer any) (*hub.Item, error) {
	r, err := s.record(ctx, d.Kind, k, s.workstream, s.single(ctx, k, s.workstream, answer))
	if err != nil || r.item.ID == "" && r.item.Ref == "" {
		return nil, nil //nolint:nilerr // it is read again
	}
	if r.item.ID == "" {
		r.item.ID = d.ID
	}
	if r.item.ID != d.ID {
		return nil, hub.Refuse(hub.CodeInvalid, "the hub's answer is about something else")
	}
	s.learn(r.item.ID, r.item.Ref)
	if all := s.lists[d.Kind]; all != nil {
		all[d.ID] = r
	}
	return &r.item, nil
}

// self is what expressions and places see of a delivery.
func (a *Adapter) self(workstream string, d hub.Delivery, body map[string]any, current any) map[string]any {
	out, _ := expr.Plain(body).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, a.places(workstream))
	task, _ := out["task"].(string)
	switch d.Kind {
	case hub.KindTask:
		out["state_hub_task_id"] = d.ID
	case hub.KindDecision:
		out["state_hub_decision_id"] = d.ID
	}
	if task != "" {
		out["state_hub_task_id"] = task
		if ref := a.ref(task); ref != "" {
			out["task_ref"] = ref
		}
	}
	out["id"], out["kind"], out["verb"], out["delivery"] = d.ID, string(d.Kind), string(d.Verb), d.Key
	if ref := a.ref(d.ID); ref != "" {
		out["ref"] = ref
	} else {
		delete(out, "ref") // a workstream's own field of that name is git's, and goes by git_ref
	}
	if d.Kind == hub.KindWorkstream && body["ref"] != nil {
		out["git_ref"] = body["ref"]
	}
	if d.Version != "" && d.Version != unversioned {
		out["version"] = d.Version
	}
	if current != nil {
		out["current"] = current
	}
	return out
}

// request makes the request of a delivery.
func (a *Adapter) request(ctx context.Context, k *kind, to *route, d hub.Delivery, body, self map[string]any) (request, error) {
	vars := expr.Vars{Self: self, Now: a.now(), Plan: a.places(a.workstreamOf(self))}
	address, err := to.at(a.address, self)
	if err != nil {
		return request{}, hub.Refuse(hub.CodeInvalid, "%v", err)
	}
	req := request{Method: to.method, URL: address, Headers: map[string]string{"Idempotency-Key": d.Key}}
	out := map[string]any{}
	for _, n := range []*node{k.body, k.fresh} {
		if n == nil || n == k.fresh && d.Verb != hub.Create {
			continue
		}
		value, ok, err := n.eval(ctx, vars)
		if err != nil {
			return request{}, hub.Refuse(hub.CodeInvalid, "make the body of a %s: %v", d.Kind, err)
		}
		if fields, isMap := value.(map[string]any); ok && isMap {
			maps.Copy(out, fields)
		}
	}
	if len(out) > 0 || len(body) == 0 {
		if req.Body, err = json.Marshal(out); err != nil {
			return request{}, hub.Refuse(hub.CodeInvalid, "make the body of a %s: %v", d.Kind, err)
		}
	}
	for name, t := range k.headers {
		value, err := t.Eval(ctx, vars)
		if errors.Is(err, expr.ErrMissing) {
			continue
		}
		if err != nil {
			return request{}, hub.Refuse(hub.CodeInvalid, "make the header %s: %v", name, err)
		}
		text := expr.Text(value)
		if !headerValue(text) {
			return request{}, hub.Refuse(hub.CodeInvalid, "the header %s would have more than one line, or too long a one", name)
		}
		req.Headers[name] = text
	}
	return req, nil
}

func (a *Adapter) workstreamOf(self map[string]any) string {
	id, _ := self["workstream"].(string)
	return id
}

// headerValue says whether a text may stand in a header.
func headerValue(s string) bool {
	for _, r := range s {
		if r < 0x20 || r > 0x7e {
			return false
		}
	}
	return len(s) <= 1000
}
