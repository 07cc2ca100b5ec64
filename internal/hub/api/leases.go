package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// leases adds the routes of a task's lease.
func (s *Server) leases(path string) {
	record := s.bodies[hub.KindLease].record
	get := operation("get-lease", http.MethodGet, path, "Who has claimed a task")
	huma.Register(s.api, get, func(ctx context.Context, in *InRecord) (*one, error) {
		if err := reaches(ctx, in.Workstream); err != nil {
			return nil, err
		}
		r, err := s.Store.Lease(ctx, in.Workstream, in.ID)
		if err != nil {
			return nil, s.refusal(err)
		}
		return answer(r, http.StatusOK), nil
	})
	s.describe(get, nil, record)

	claim := operation("claim-task", http.MethodPost, path, "Claim a task", 408, 409, 413, 415)
	claim.DefaultStatus = http.StatusCreated
	huma.Register(s.api, claim, func(ctx context.Context, in *struct {
		InRecord
		InKey
		Body struct {
			TTL int64 `json:"ttl_seconds" minimum:"1" maximum:"86400" doc:"after so long without renewal somebody else may claim the task"`
		}
	},
	) (*one, error) {
		if err := in.missing(); err != nil {
			return nil, err
		}
		return s.apply(ctx, in.Workstream, hub.Operation{Verb: hub.Claim, Kind: hub.KindLease, ID: in.ID, Key: in.Key, TTL: time.Duration(in.Body.TTL) * time.Second})
	})
	s.describe(claim, nil, record, "200")
	s.renewals(path)

	list := operation("list-leases", http.MethodGet, base+"/{workstream}/leases", "Who has claimed what, also where it is over or given back")
	huma.Register(s.api, list, func(ctx context.Context, in *struct {
		InWorkstream
		InPage
	},
	) (*page, error) {
		return s.list(ctx, in.Workstream, hub.KindLease, store.Page{After: in.After, Limit: in.Limit})
	})
}

// renewals adds the routes that renew a lease and end it.
func (s *Server) renewals(path string) {
	record := s.bodies[hub.KindLease].record
	renew := operation("renew-lease", http.MethodPost, path+"/renew", "Renew the lease of a task", 408, 409, 413, 415)
	huma.Register(s.api, renew, func(ctx context.Context, in *struct {
		InRecord
		InKey
		Body struct {
			Fence int64 `json:"fence" minimum:"1"`
			TTL   int64 `json:"ttl_seconds" minimum:"1" maximum:"86400"`
		}
	},
	) (*one, error) {
		if err := in.missing(); err != nil {
			return nil, err
		}
		return s.apply(ctx, in.Workstream, hub.Operation{Verb: hub.Renew, Kind: hub.KindLease, ID: in.ID, Key: in.Key, Fence: in.Body.Fence, TTL: time.Duration(in.Body.TTL) * time.Second})
	})
	s.describe(renew, nil, record)

	release := operation("release-lease", http.MethodPost, path+"/release", "Give a task back; an admin may give back that of others", 408, 409, 413, 415)
	huma.Register(s.api, release, func(ctx context.Context, in *struct {
		InRecord
		InKey
		Body struct {
			Fence int64 `json:"fence" minimum:"1"`
		}
	},
	) (*one, error) {
		if err := in.missing(); err != nil {
			return nil, err
		}
		return s.apply(ctx, in.Workstream, hub.Operation{Verb: hub.Release, Kind: hub.KindLease, ID: in.ID, Key: in.Key, Fence: in.Body.Fence})
	})
	s.describe(release, nil, record)
}

// receipts adds the routes of a message's receipts.
func (s *Server) receipts(path string) {
	post := operation("receive-message", http.MethodPost, path, "Say that you have read a message; once a name", 409)
	post.DefaultStatus = http.StatusCreated
	huma.Register(s.api, post, func(ctx context.Context, in *struct {
		InRecord
		InKey
	},
	) (*one, error) {
		if err := in.missing(); err != nil {
			return nil, err
		}
		return s.apply(ctx, in.Workstream, hub.Operation{Verb: hub.Receive, Kind: hub.KindReceipt, ID: in.ID, Key: in.Key})
	})
	s.describe(post, nil, s.bodies[hub.KindReceipt].record, "200")

	list := operation("list-receipts", http.MethodGet, path, "Who has read a message")
	huma.Register(s.api, list, func(ctx context.Context, in *struct {
		InRecord
		InPage
	},
	) (*page, error) {
		if err := reaches(ctx, in.Workstream); err != nil {
			return nil, err
		}
		if _, err := s.Store.Get(ctx, in.Workstream, hub.KindMessage, in.ID); err != nil {
			return nil, s.refusal(err)
		}
		rows, err := s.Store.Receipts(ctx, in.Workstream, in.ID, store.Page{After: in.After, Limit: in.Limit})
		if err != nil {
			return nil, s.refusal(err)
		}
		return pageOf(rows), nil
	})
	all := operation("list-all-receipts", http.MethodGet, base+"/{workstream}/receipts", "Who has read which message of a workstream")
	huma.Register(s.api, all, func(ctx context.Context, in *struct {
		InWorkstream
		InPage
	},
	) (*page, error) {
		return s.list(ctx, in.Workstream, hub.KindReceipt, store.Page{After: in.After, Limit: in.Limit})
	})
}
