package adapter

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Tried is a request of a probe. The token is in none of it.
type Tried struct {
	Kind    hub.Kind          `json:"kind" doc:"the kind of record"`
	Route   string            `json:"route" doc:"list, read, create or update"`
	Method  string            `json:"method" doc:"the request's method"`
	URL     string            `json:"url" doc:"the request's address"`
	Headers map[string]string `json:"headers,omitempty" doc:"its headers, without the token"`
	Body    json.RawMessage   `json:"body,omitempty" doc:"what is sent, or would be"`
	Sent    bool              `json:"sent" doc:"it was sent, and not only shown"`
	Records int               `json:"records" doc:"sent: how many the hub has"`
	Error   string            `json:"error,omitempty" doc:"what went wrong"`
}

// Probed is what became of a probe.
type Probed struct {
	Requests []Tried  `json:"requests" doc:"an example of each request"`
	Missing  []string `json:"missing" doc:"what the hub does not keep, or does not tell"`
	Warnings []string `json:"warnings" doc:"what is worth knowing of the routes"`
}

// Probe makes an example of each request. With send it asks the lists about a workstream, and nothing else; the error
// is that of a hub which does not answer them.
func (a *Adapter) Probe(ctx context.Context, workstream string, send bool) (Probed, error) {
	out := Probed{Requests: []Tried{}, Missing: []string{}, Warnings: []string{}}
	var first error
	for _, name := range kinds {
		k := a.kinds[name]
		out.Missing = append(out.Missing, k.missing(name)...)
		if k == nil {
			continue
		}
		if k.list != nil {
			t := a.example(ctx, name, k, "list", k.list, hub.Update)
			if send {
				t.Sent = true
				records, err := a.list(ctx, name, k, workstream)
				if err != nil {
					t.Error = err.Error()
					if first == nil {
						first = err
					}
				}
				for _, r := range records {
					if name == hub.KindWorkstream && r.item.ID != workstream {
						continue
					}
					t.Records++
					a.learn(r.item.ID, r.item.Ref)
					out.Warnings = append(out.Warnings, r.warnings...)
				}
			}
			out.Requests = append(out.Requests, t)
		}
		for _, one := range []struct {
			name string
			to   *route
			verb hub.Verb
		}{{"read", k.read, hub.Update}, {"create", k.create, hub.Create}, {"update", k.update, hub.Update}} {
			if one.to != nil {
				out.Requests = append(out.Requests, a.example(ctx, name, k, one.name, one.to, one.verb))
			}
		}
	}
	return out, first
}

// example is a request with something in every place.
func (a *Adapter) example(ctx context.Context, name hub.Kind, k *kind, what string, to *route, verb hub.Verb) Tried {
	t := Tried{Kind: name, Route: what, Method: to.method}
	body := exampleBody(name, verb)
	if word, ok := k.words.out(k.words.first()); ok && body["status"] != nil {
		body["status"] = word
	}
	d := hub.Delivery{Verb: verb, Kind: name, ID: "ID", Key: "DELIVERY", Version: "1"}
	self := a.self("WORKSTREAM", d, body, nil)
	for _, place := range []string{"ref", "workstream_ref", "task_ref", "page"} {
		self[place] = "1"
	}
	var err error
	if to.method == "GET" {
		if t.URL, err = to.at(a.address, self); err != nil {
			t.Error = err.Error()
		}
		return t
	}
	if verb == hub.Create {
		delete(self, "version")
	}
	req, err := a.request(ctx, k, to, d, body, self)
	if err != nil {
		t.Error = err.Error()
	}
	t.URL, t.Headers, t.Body = req.URL, req.Headers, req.Body
	return t
}

func exampleBody(name hub.Kind, verb hub.Verb) map[string]any {
	out := map[string]any{}
	for f := range shapeOf(name).Fields() {
		field, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if verb == hub.Update && hub.Fixed(name, field) {
			continue
		}
		switch f.Type.Kind() {
		case reflect.String:
			out[field] = strings.ToUpper(field)
		case reflect.Slice:
			out[field] = []any{strings.ToUpper(field)}
		case reflect.Map:
			out[field] = map[string]any{}
		case reflect.Int:
			out[field] = int64(1)
		case reflect.Bool:
			out[field] = true
		default:
			out[field] = "2026-01-01T00:00:00Z"
		}
	}
	return out
}

func (w words) first() string {
	for _, k := range w.known {
		if _, ok := w.out(k); ok {
			return k
		}
	}
	return ""
}

// missing says what of a kind the hub does not keep, and what it does not tell.
func (k *kind) missing(name hub.Kind) []string {
	if k == nil {
		return []string{fmt.Sprintf("%s: no route: kept in the ledger", name)}
	}
	body := exampleBody(name, hub.Create)
	delete(body, "said")
	for _, readOnly := range []string{"asked_by", "resolved_by", "resolved_at"} {
		delete(body, readOnly)
	}
	var out []string
	if none := k.unsupported(body); len(none) > 0 {
		out = append(out, fmt.Sprintf("%s: no place in body: %s", name, strings.Join(none, ", ")))
	}
	if none := k.words.lacking(); len(none) > 0 {
		out = append(out, fmt.Sprintf("%s: no word in status_map: %s", name, strings.Join(none, ", ")))
	}
	for _, there := range slices.Sorted(maps.Keys(k.words.here)) {
		if k.words.here[there] == "" {
			out = append(out, fmt.Sprintf("%s: %s stands for several statuses, and is not read back", name, there))
		}
	}
	if k.list == nil && name.Mutable() {
		out = append(out, fmt.Sprintf("%s: no list: what others change is not read", name))
	}
	return out
}
