package adapter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
)

// Adapter is a hub of others at an address. It may be used by several goroutines.
type Adapter struct {
	address, token, agent string
	auth                  Auth
	kinds                 map[hub.Kind]*kind
	http                  *http.Client
	now                   func() time.Time

	mu   sync.Mutex
	refs map[string]string // what the hub calls records, by our ids
}

var _ hub.Remote = (*Adapter)(nil)

// New makes an adapter for the hub at an address, which hub.Address judges. Agent names the program.
func New(address, token, agent string, s Settings) (*Adapter, error) {
	address, err := hub.Address(address)
	if err != nil {
		return nil, err
	}
	if token == "" || strings.ContainsAny(token, " \t\r\n") {
		return nil, errors.New("the token of the hub is empty, or has blanks in it")
	}
	if s.Auth.Scheme == "basic" && !strings.Contains(token, ":") {
		return nil, errors.New("the token of a hub with `auth: {scheme: basic}` is NAME:PASSWORD")
	}
	compiled, problems := compile(s)
	if len(problems) > 0 {
		return nil, fmt.Errorf("hub.%s: %s", problems[0].Path, problems[0].Message)
	}
	return &Adapter{
		address: address, token: token, agent: agent, auth: s.Auth, kinds: compiled, http: client.HTTP(), now: time.Now, refs: map[string]string{},
	}, nil
}

// Name is the hub's address.
func (a *Adapter) Name() string { return a.address }

// Close ends connections that nobody uses.
func (a *Adapter) Close() { a.http.CloseIdleConnections() }

// learn notes what the hub calls a record.
func (a *Adapter) learn(id, ref string) {
	if id == "" || ref == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refs[id] = ref
}

func (a *Adapter) ref(id string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refs[id]
}

// longest bounds one reading of a workstream, however many pages it has.
const longest = 3 * time.Minute

// Changes reads all that the hub has of a workstream.
func (a *Adapter) Changes(ctx context.Context, workstream, _ string) (hub.Feed, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, longest, &hub.Later{Err: errors.New("the hub takes too long to list its records")})
	defer cancel()
	f := hub.Feed{Cursor: "all", All: true, Unread: map[hub.Kind][]string{}}
	for _, name := range kinds {
		k := a.kinds[name]
		f.Unread[name] = k.unread(name)
		if k == nil || k.list == nil {
			f.Untold = append(f.Untold, name)
			continue
		}
		records, err := a.list(bounded, name, k, workstream)
		if err != nil {
			return hub.Feed{}, err
		}
		for _, r := range records {
			if name == hub.KindWorkstream && r.item.ID != workstream {
				continue
			}
			a.learn(r.item.ID, r.item.Ref)
			f.Items = append(f.Items, r.item)
			f.Warnings = append(f.Warnings, r.warnings...)
		}
	}
	if len(f.Warnings) > maxWarnings {
		f.Warnings = append(f.Warnings[:maxWarnings], fmt.Sprintf("and %d more of this kind", len(f.Warnings)-maxWarnings))
	}
	return f, nil
}

const maxWarnings = 20

// list reads all pages of a kind.
func (a *Adapter) list(ctx context.Context, name hub.Kind, k *kind, workstream string) ([]record, error) {
	values := a.places(workstream)
	if k.list.has("workstream_ref") && values["workstream_ref"] == nil {
		return nil, nil // the hub does not know the workstream
	}
	var out []record
	seen := map[string]bool{}
	for range maxPages {
		address, err := k.list.at(a.address, values)
		if err != nil {
			return nil, err
		}
		answer, err := a.ask(ctx, request{Method: k.list.method, URL: address})
		var p *hub.Problem
		if errors.As(err, &p) && p.Code == hub.CodeNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		records, next, err := a.page(ctx, name, k, workstream, answer)
		if err != nil {
			return nil, err
		}
		out = append(out, records...)
		if next == "" {
			return out, nil
		}
		if len(out) > maxRecords || seen[next] {
			break
		}
		seen[next] = true
		values["page"] = next
	}
	return nil, fmt.Errorf("the hub's list of %ss has no end", name)
}

// Bounds of a list.
const (
	maxPages   = 2000
	maxRecords = 100_000
)

// Send carries out deliveries, one request after another.
func (a *Adapter) Send(ctx context.Context, workstream string, deliveries []hub.Delivery) ([]hub.Answer, error) {
	if err := hub.Fits(deliveries); err != nil {
		return nil, err
	}
	s := &sending{Adapter: a, workstream: workstream, lists: map[hub.Kind]map[string]record{}}
	answers := make([]hub.Answer, len(deliveries))
	for i, d := range deliveries {
		a.learn(d.ID, d.Ref)
		for id, ref := range d.Refs {
			a.learn(id, ref)
		}
		answer, err := s.deliver(ctx, d)
		var later *hub.Later
		var p *hub.Problem
		switch {
		case err == nil:
			answers[i] = answer
		case i == 0 && (errors.As(err, &later) || errors.As(err, &p) && p.Code == hub.CodeToken):
			return nil, err
		case errors.As(err, &p) && p.Code != hub.CodeToken:
			answers[i] = hub.Answer{Problem: p}
		case ctx.Err() != nil && i == 0:
			return nil, err
		default: // what came before is done; the rest is sent again
			for j := i; j < len(deliveries); j++ {
				answers[j] = hub.Answer{Problem: hub.Refuse(hub.CodeUnavailable, "%v", err)}
			}
			return answers, nil
		}
	}
	return answers, nil
}

// places are the values that a route's places may name, without a record.
func (a *Adapter) places(workstream string) map[string]any {
	out := map[string]any{"workstream": workstream, "state_hub_workstream_id": workstream}
	if ref := a.ref(workstream); ref != "" {
		out["workstream_ref"] = ref
	}
	return out
}

// unsupported are fields of a body that have no place.
func (k *kind) unsupported(body map[string]any) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if k == nil || !k.placed[name] && !k.placed[""] {
			out = append(out, name)
		}
	}
	return out
}
