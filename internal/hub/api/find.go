package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// found is a record that a plan's id names, with what is known of it beside.
type found struct {
	hub.Record
	Outcome    string     `json:"outcome,omitempty" enum:"passed,failed,unknown,waiting,unverified,blocked" doc:"of a task: what the newest verdict about it says"`
	ObservedAt *time.Time `json:"observed_at,omitempty" doc:"when that was seen"`
	Verified   bool       `json:"verified,omitempty" doc:"the task is done, and the newest verdict is that it passed, with the steps that it has now"`
}

// find looks up what plans call by their own ids: a need in another repository is known by nothing else.
func (s *Server) find() {
	op := operation("find", http.MethodGet, "/v1/find", "The workstreams, tasks and decisions that plans call by these ids, those that the token reaches")
	huma.Register(s.api, op, func(ctx context.Context, in *struct {
		IDs []string `query:"id,explode" required:"true" minItems:"1" maxItems:"100" nullable:"false" doc:"whole ids, such as APP-WP-0001-T03; in any case of letters"`
	},
	) (*struct {
		Body struct {
			Found []found `json:"found" nullable:"false"`
		}
	}, error,
	) {
		out := &struct {
			Body struct {
				Found []found `json:"found" nullable:"false"`
			}
		}{}
		out.Body.Found = []found{}
		cards, err := s.Store.ByKey(ctx, who(ctx), in.IDs)
		if err != nil {
			return nil, s.refusal(err)
		}
		told := map[string]bool{}
		for _, list := range cards {
			for _, c := range list {
				if name := c.Workstream + " " + c.ID; !told[name] {
					told[name] = true
					f := found{Record: c.Record, Outcome: c.Outcome, Verified: c.Verified}
					if c.Verdict != "" {
						f.ObservedAt = &c.ObservedAt
					}
					out.Body.Found = append(out.Body.Found, f)
				}
			}
		}
		return out, nil
	})
}
