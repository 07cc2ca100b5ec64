package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// InWorkstream is the part of an address that every record has. It and the other parts have large letters because
// the library reads no embedded struct without.
type InWorkstream struct {
	Workstream string `path:"workstream" pattern:"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" doc:"a UUID in small letters"`
}

// InRecord is the address of a record.
type InRecord struct {
	InWorkstream
	ID string `path:"id" pattern:"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" doc:"a UUID in small letters"`
}

// InKey is the name of a request that is carried out once.
type InKey struct {
	Key string `header:"Idempotency-Key" pattern:"^[!-~]{1,200}$" doc:"required: the same key and request get the same answer for 30 days"`
}

func (k InKey) missing() error {
	if k.Key == "" {
		return hub.Refuse(hub.CodeKeyMissing, "wanted the header Idempotency-Key: a new one for each request, the same one when the request is sent again")
	}
	return nil
}

// InFence is the lease that a request is sent under.
type InFence struct {
	Fence int64 `header:"Lease-Fence" minimum:"1" doc:"the number of the lease under which this is written: refused where it is no longer yours"`
}

// InPage is which part of a list is asked for.
type InPage struct {
	After string `query:"after" pattern:"^[0-9a-f-]{36}$" doc:"the last id of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"at most so many; of large records fewer come at once"`
}

// one is an answer of one record.
type one struct {
	Status int
	ETag   string `header:"ETag" doc:"the revision, for If-Match"`
	Body   hub.Record
}

func answer(r hub.Record, status int) *one {
	return &one{Status: status, ETag: strconv.Quote(strconv.FormatInt(r.Rev, 10)), Body: r}
}

// page is an answer of many.
type page struct {
	Body struct {
		Records []hub.Record `json:"records" nullable:"false"`
		After   string       `json:"after,omitempty" doc:"where there may be more: what to ask with next"`
	}
}

func pageOf(list store.Listed) *page {
	p := &page{}
	if p.Body.Records = list.Records; list.More {
		p.Body.After = list.Records[len(list.Records)-1].ID
	}
	return p
}

// plurals are the kinds that clients write within a workstream, as addresses name them.
var plurals = []struct {
	kind hub.Kind
	name string
}{
	{hub.KindTask, "tasks"},
	{hub.KindDecision, "decisions"},
	{hub.KindVerdict, "verdicts"},
	{hub.KindEvent, "events"},
	{hub.KindMessage, "messages"},
}

const base = "/v1/workstreams"

func (s *Server) routes() {
	s.workstreams()
	for _, p := range plurals {
		s.kind(p.kind, base+"/{workstream}/"+p.name)
	}
	s.leases(base + "/{workstream}/tasks/{id}/lease")
	s.receipts(base + "/{workstream}/messages/{id}/receipts")
	s.changes(base + "/{workstream}/changes")
	s.sync(base + "/{workstream}/sync")
	s.stream(base + "/{workstream}/stream")
	s.find()
	s.about()
}

// maxBody bounds a record's body, whichever way it comes.
const maxBody = 1 << 20

// operation describes a route; errors are the statuses that it may refuse with beside those of all routes.
func operation(id, method, path, summary string, errs ...int) huma.Operation {
	if method != http.MethodGet {
		errs = append(errs, http.StatusInsufficientStorage)
	}
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: maxBody,
		Errors: append([]int{400, 401, 403, 404, 422, 429, 500, 503}, errs...),
	}
}

// describe writes into the document what the library cannot know: the fields of bodies, and other good statuses.
func (s *Server) describe(op huma.Operation, request, response *huma.Schema, also ...string) {
	item := s.api.OpenAPI().Paths[op.Path]
	o := map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "POST": item.Post, "PATCH": item.Patch}[op.Method]
	if request != nil {
		o.RequestBody.Content["application/json"].Schema = request
		if op.Method == http.MethodPatch {
			o.RequestBody.Content["application/merge-patch+json"] = &huma.MediaType{Schema: request}
		}
	}
	good := o.Responses["200"]
	if good == nil {
		good = o.Responses["201"]
	}
	if response != nil {
		good.Content["application/json"].Schema = response
	}
	for _, status := range also {
		other := *good
		code, _ := strconv.Atoi(status) // written here
		other.Description = http.StatusText(code)
		o.Responses[status] = &other
	}
}

// apply carries out one operation of the one who asks.
func (s *Server) apply(ctx context.Context, workstream string, op hub.Operation) (*one, error) {
	results, err := s.Store.Apply(ctx, who(ctx), workstream, []hub.Operation{op})
	if err != nil {
		return nil, s.refusal(err)
	}
	if p := results[0].Problem; p != nil {
		return nil, s.refusal(p)
	}
	return answer(*results[0].Record, results[0].Status), nil
}

// put makes a record: the same request again finds what the first one made.
func (s *Server) put(ctx context.Context, workstream string, kind hub.Kind, id, condition string, fence int64, body []byte) (*one, error) {
	switch condition {
	case "*":
	case "":
		return nil, hub.Refuse(hub.CodePrecondition, "wanted the header If-None-Match: *, since PUT only makes what is not there; PATCH changes it")
	default:
		return nil, hub.Refuse(hub.CodeInvalid, "If-None-Match: wanted *")
	}
	if err := reaches(ctx, workstream); err != nil {
		return nil, err
	}
	if p := s.check(hub.Create, kind, body); p != nil {
		return nil, p
	}
	return s.apply(ctx, workstream, hub.Operation{Verb: hub.Create, Kind: kind, ID: id, Fence: fence, Body: body})
}

// patch changes fields of a record.
func (s *Server) patch(ctx context.Context, workstream string, kind hub.Kind, id string, key InKey, condition string, fence int64, body []byte) (*one, error) {
	if err := key.missing(); err != nil {
		return nil, err
	}
	rev, err := revision(condition)
	if err != nil {
		return nil, err
	}
	if err := reaches(ctx, workstream); err != nil {
		return nil, err
	}
	if p := s.check(hub.Update, kind, body); p != nil {
		return nil, p
	}
	return s.apply(ctx, workstream, hub.Operation{Verb: hub.Update, Kind: kind, ID: id, IfMatch: rev, Key: key.Key, Fence: fence, Body: body})
}

// revision reads an If-Match: one strong tag.
func revision(condition string) (int64, error) {
	if condition == "" {
		return 0, hub.Refuse(hub.CodePrecondition, "wanted the header If-Match with the ETag of the record that you have read")
	}
	text, err := strconv.Unquote(condition)
	if err == nil && condition[0] == '"' {
		if rev, err := strconv.ParseInt(text, 10, 64); err == nil && rev > 0 {
			return rev, nil
		}
	}
	return 0, hub.Refuse(hub.CodeInvalid, "If-Match: wanted one ETag such as \"3\"")
}

func (s *Server) workstreams() {
	list := operation("list-workstreams", http.MethodGet, base, "The workstreams that the token reaches, by id")
	huma.Register(s.api, list, func(ctx context.Context, in *InPage) (*page, error) {
		rows, err := s.Store.Workstreams(ctx, who(ctx), store.Page{After: in.After, Limit: in.Limit})
		if err != nil {
			return nil, s.refusal(err)
		}
		return pageOf(rows), nil
	})
	shape := s.bodies[hub.KindWorkstream]

	get := operation("get-workstream", http.MethodGet, base+"/{workstream}", "A workstream")
	huma.Register(s.api, get, func(ctx context.Context, in *InWorkstream) (*one, error) {
		return s.get(ctx, in.Workstream, hub.KindWorkstream, in.Workstream)
	})
	s.describe(get, nil, shape.record)

	put := operation("put-workstream", http.MethodPut, base+"/{workstream}", "Make a workstream", 408, 412, 413, 415, 428)
	put.DefaultStatus = http.StatusCreated
	huma.Register(s.api, put, func(ctx context.Context, in *struct {
		InWorkstream
		IfNoneMatch string `header:"If-None-Match" doc:"required: *"`
		Body        json.RawMessage
	},
	) (*one, error) {
		return s.put(ctx, in.Workstream, hub.KindWorkstream, in.Workstream, in.IfNoneMatch, 0, in.Body)
	})
	s.describe(put, shape.create, shape.record, "200")

	patch := operation("patch-workstream", http.MethodPatch, base+"/{workstream}", "Change fields of a workstream", 408, 409, 412, 413, 415, 428)
	huma.Register(s.api, patch, func(ctx context.Context, in *struct {
		InWorkstream
		InKey
		IfMatch string `header:"If-Match" doc:"required: the ETag that you have read"`
		Body    json.RawMessage
	},
	) (*one, error) {
		return s.patch(ctx, in.Workstream, hub.KindWorkstream, in.Workstream, in.InKey, in.IfMatch, 0, in.Body)
	})
	s.describe(patch, shape.update, shape.record)
}

func (s *Server) get(ctx context.Context, workstream string, kind hub.Kind, id string) (*one, error) {
	if err := reaches(ctx, workstream); err != nil {
		return nil, err
	}
	r, err := s.Store.Get(ctx, workstream, kind, id)
	if err != nil {
		return nil, s.refusal(err)
	}
	return answer(r, http.StatusOK), nil
}

// list is one page of a workstream's records of a kind.
func (s *Server) list(ctx context.Context, workstream string, kind hub.Kind, p store.Page) (*page, error) {
	if err := reaches(ctx, workstream); err != nil {
		return nil, err
	}
	rows, err := s.Store.List(ctx, workstream, kind, p)
	if err != nil {
		return nil, s.refusal(err)
	}
	return pageOf(rows), nil
}

// kind adds the routes of a kind.
func (s *Server) kind(kind hub.Kind, path string) {
	shape, name := s.bodies[kind], string(kind)
	list := operation("list-"+name+"s", http.MethodGet, path, "The "+name+"s of a workstream, by id")
	huma.Register(s.api, list, func(ctx context.Context, in *struct {
		InWorkstream
		InPage
		Task string `query:"task" pattern:"^[0-9a-f-]{36}$" doc:"only those of this task"`
	},
	) (*page, error) {
		return s.list(ctx, in.Workstream, kind, store.Page{Task: in.Task, After: in.After, Limit: in.Limit})
	})

	get := operation("get-"+name, http.MethodGet, path+"/{id}", "A "+name)
	huma.Register(s.api, get, func(ctx context.Context, in *InRecord) (*one, error) {
		return s.get(ctx, in.Workstream, kind, in.ID)
	})
	s.describe(get, nil, shape.record)

	put := operation("put-"+name, http.MethodPut, path+"/{id}", "Make a "+name, 408, 409, 412, 413, 415, 428)
	put.DefaultStatus = http.StatusCreated
	huma.Register(s.api, put, func(ctx context.Context, in *struct {
		InRecord
		InFence
		IfNoneMatch string `header:"If-None-Match" doc:"required: *"`
		Body        json.RawMessage
	},
	) (*one, error) {
		return s.put(ctx, in.Workstream, kind, in.ID, in.IfNoneMatch, in.Fence, in.Body)
	})
	s.describe(put, shape.create, shape.record, "200")
	if !kind.Mutable() {
		return
	}
	patch := operation("patch-"+name, http.MethodPatch, path+"/{id}", "Change fields of a "+name, 408, 409, 412, 413, 415, 428)
	huma.Register(s.api, patch, func(ctx context.Context, in *struct {
		InRecord
		InKey
		InFence
		IfMatch string `header:"If-Match" doc:"required: the ETag that you have read"`
		Body    json.RawMessage
	},
	) (*one, error) {
		return s.patch(ctx, in.Workstream, kind, in.ID, in.InKey, in.IfMatch, in.Fence, in.Body)
	})
	s.describe(patch, shape.update, shape.record)
}
