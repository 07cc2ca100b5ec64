package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// feed is an answer of changes.
type feed struct {
	Body struct {
		Records []hub.Record `json:"records" nullable:"false" doc:"what changed, each as it is now, in the order of its last change"`
		Next    int64        `json:"next" doc:"since= of the next question"`
		More    bool         `json:"more" doc:"there are more now"`
		Epoch   string       `json:"epoch" doc:"the history that the numbers belong to: send it along"`
	}
}

func (s *Server) changes(path string) {
	op := operation("list-changes", http.MethodGet, path, "What changed in a workstream since a number", 410)
	huma.Register(s.api, op, func(ctx context.Context, in *struct {
		InWorkstream
		Since int64  `query:"since" minimum:"0" doc:"0 for all"`
		Epoch string `query:"epoch" maxLength:"100"`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"500"`
	},
	) (*feed, error) {
		if err := reaches(ctx, in.Workstream); err != nil {
			return nil, err
		}
		c, err := s.Store.Changes(ctx, in.Workstream, in.Since, in.Limit)
		if err != nil {
			return nil, s.refusal(err)
		}
		if err := sameEpoch(in.Epoch, c.Epoch); err != nil {
			return nil, err
		}
		f := &feed{}
		f.Body.Records, f.Body.Next, f.Body.More, f.Body.Epoch = c.Records, c.Next, c.More, c.Epoch
		return f, nil
	})
}

func sameEpoch(read, now string) error {
	if read != "" && read != now {
		return hub.Refuse(hub.CodeResync, "this is another history than the one that you have read: read from 0 again")
	}
	return nil
}

// syncOperation is one operation of a sync.
type syncOperation struct {
	Op      string          `json:"op" enum:"create,update"`
	Kind    string          `json:"kind" enum:"workstream,task,decision,verdict,event,message"`
	ID      string          `json:"id" pattern:"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"`
	Key     string          `json:"key" pattern:"^[!-~]{1,200}$" doc:"as Idempotency-Key, for this operation"`
	IfMatch int64           `json:"if_match,omitempty" minimum:"1" doc:"update: the revision that you have read"`
	Fence   int64           `json:"fence,omitempty" minimum:"1" doc:"as Lease-Fence"`
	Body    json.RawMessage `json:"body" doc:"create: the body of the kind; update: the fields that change"`
}

// syncAnswer are the results of a sync, one for each operation, in their order.
type syncAnswer struct {
	Body struct {
		Results []hub.Result `json:"results" nullable:"false"`
	}
}

// sync carries out many operations at once: all that are accepted are on disk when it answers.
func (s *Server) sync(path string) {
	op := operation("sync", http.MethodPost, path, "Up to 500 operations beside those on the workstream itself, each with a key and a result of its own", 408, 409, 413, 415)
	op.MaxBodyBytes = 8 << 20
	op.BodyReadTimeout = 20 * time.Second
	huma.Register(s.api, op, func(ctx context.Context, in *struct {
		InWorkstream
		Body struct {
			Operations []syncOperation `json:"operations" minItems:"1" maxItems:"600" nullable:"false"`
		}
	},
	) (*syncAnswer, error) {
		if n := counted(in.Body.Operations); n > hub.MaxBatch {
			return nil, hub.Refuse(hub.CodeInvalid, "operations: wanted at most %d beside those on the workstream itself, found %d", hub.MaxBatch, n)
		}
		if err := reaches(ctx, in.Workstream); err != nil {
			return nil, err
		}
		out := &syncAnswer{}
		out.Body.Results = make([]hub.Result, len(in.Body.Operations))
		var ops []hub.Operation
		var places []int
		for i, o := range in.Body.Operations {
			op := hub.Operation{Verb: hub.Verb(o.Op), Kind: hub.Kind(o.Kind), ID: o.ID, Key: o.Key, IfMatch: o.IfMatch, Fence: o.Fence, Body: o.Body}
			if p := s.checkSync(op); p != nil {
				s.Store.Refused(ctx, who(ctx), hub.Entry{Action: o.Op, Kind: op.Kind, Workstream: in.Workstream, Record: o.ID, Outcome: string(p.Code)})
				out.Body.Results[i] = hub.Result{Status: p.Status, Problem: p}
				continue
			}
			ops, places = append(ops, op), append(places, i)
		}
		results, err := s.Store.Apply(ctx, who(ctx), in.Workstream, ops)
		if err != nil {
			return nil, s.refusal(err)
		}
		for i, r := range results {
			out.Body.Results[places[i]] = r
		}
		return out, nil
	})
}

// counted is how many operations are on something else than the workstream: it goes along with the first of its tasks.
func counted(ops []syncOperation) (n int) {
	for _, o := range ops {
		if hub.Kind(o.Kind) != hub.KindWorkstream {
			n++
		}
	}
	return n
}

func (s *Server) checkSync(op hub.Operation) *hub.Problem {
	if op.Verb == hub.Update && op.IfMatch == 0 {
		return hub.Refuse(hub.CodePrecondition, "if_match: wanted the revision that you have read")
	}
	if len(op.Body) > maxBody {
		return hub.Refuse(hub.CodeTooLarge, "the body: wanted at most 1 MiB")
	}
	return s.check(op.Verb, op.Kind, op.Body)
}

// heartbeat keeps streams open through what ends silent connections, and finds those whose reader has gone.
const heartbeat = 15 * time.Second

// feedBatch is how many changes a stream reads at once.
const feedBatch = 500

// stream sends what changes as server-sent events: the kind as the event, the sequence number as its id.
func (s *Server) stream(path string) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		if err := s.follow(w, r); err != nil {
			var p *hub.Problem
			if !errors.As(s.refusal(err), &p) {
				p = hub.Refuse(hub.CodeUnavailable, "the database does not answer")
			}
			write(w, p)
		}
	})
	o := operation("stream-changes", http.MethodGet, path, "What changes in a workstream, as server-sent events", 410)
	document := &o
	document.Parameters = []*huma.Param{
		{Name: "workstream", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}},
		{Name: "since", In: "query", Schema: &huma.Schema{Type: "integer"}},
		{Name: "epoch", In: "query", Schema: &huma.Schema{Type: "string"}},
		{Name: "Last-Event-ID", In: "header", Schema: &huma.Schema{Type: "string"}, Description: "counts before since"},
	}
	problem := s.api.OpenAPI().Paths[base].Get.Responses["401"].Content
	document.Responses = map[string]*huma.Response{"200": {
		Description: "each event has the record's kind as its name, its seq as its id, and the record as its data",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}},
	}}
	for _, status := range []int{401, 403, 404, 410, 422, 429, 503} {
		document.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: problem}
	}
	s.api.OpenAPI().AddOperation(document)
}

// follow sends changes until the reader goes or the server ends. An error comes before the first byte.
func (s *Server) follow(w http.ResponseWriter, r *http.Request) error {
	workstream := r.PathValue("workstream")
	if !hubid.Is(workstream) {
		return hub.Refuse(hub.CodeInvalid, "path.workstream: wanted a UUID in small letters")
	}
	if err := reaches(r.Context(), workstream); err != nil {
		return err
	}
	since, err := sinceOf(r)
	if err != nil {
		return err
	}
	me := who(r.Context())
	ctx, give, err := s.Stream(r.Context(), me.ID)
	if err != nil {
		return err
	}
	defer give()
	c, err := s.Store.Changes(ctx, workstream, since, feedBatch)
	if err != nil {
		return err
	}
	if err := sameEpoch(r.URL.Query().Get("epoch"), c.Epoch); err != nil {
		return err
	}
	epoch := c.Epoch
	w.Header().Set("Content-Type", "text/event-stream")
	out := &events{w: w, c: http.NewResponseController(w)}
	if err := out.send(": %s\n\n", epoch); err != nil {
		return nil
	}
	for ctx.Err() == nil && c.Epoch == epoch && s.stillValid(ctx, me) {
		for _, record := range c.Records {
			if err := out.record(record); err != nil {
				return nil
			}
		}
		since = c.Next
		if !c.More {
			wait, stop := context.WithTimeout(ctx, heartbeat)
			s.Store.Wait(wait, workstream, since)
			stop()
		}
		if c, err = s.Store.Changes(ctx, workstream, since, feedBatch); err != nil {
			return nil // the reader comes again and is told
		}
		if len(c.Records) == 0 {
			if err := out.send(":\n\n"); err != nil {
				return nil
			}
		}
	}
	return nil
}

// stillValid ends streams of tokens that were revoked or have expired.
func (s *Server) stillValid(ctx context.Context, t hub.Token) bool {
	now, err := s.Store.Token(ctx, t.ID)
	return err == nil && now.Valid(s.Store.Now())
}

func sinceOf(r *http.Request) (int64, error) {
	text := r.Header.Get("Last-Event-Id")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	if text == "" {
		return 0, nil
	}
	since, err := strconv.ParseInt(text, 10, 64)
	if err != nil || since < 0 {
		return 0, hub.Refuse(hub.CodeInvalid, "since: wanted the number of a change")
	}
	return since, nil
}

// events writes server-sent events, each within a time: a reader that takes nothing is left.
type events struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (e *events) record(r hub.Record) error {
	data, err := json.Marshal(r) // one line
	if err != nil {
		return err
	}
	return e.send("event: %s\nid: %d\ndata: %s\n\n", r.Kind, r.Seq, data)
}

func (e *events) send(format string, args ...any) error {
	if err := e.c.SetWriteDeadline(time.Now().Add(heartbeat)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(e.w, format, args...); err != nil {
		return err
	}
	return e.c.Flush()
}
