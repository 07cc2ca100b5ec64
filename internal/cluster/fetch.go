package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

const (
	listFrom   = 4      // names from which a list is cheaper than one request each
	getCost    = 4      // what a request for one object costs, in objects of a list
	fewCost    = 50     // the same where all of them are known to fit on one page
	pageSize   = 500    // objects
	maxObjects = 25_000 // of one set
)

// page is an answer to a list.
type page struct {
	Metadata struct {
		Continue           string `json:"continue"`
		RemainingItemCount *int64 `json:"remainingItemCount"`
		ResourceVersion    string `json:"resourceVersion"`
	} `json:"metadata"`
	Items []steps.Object `json:"items"`
}

// fetch asks the server for a set, or for the objects of those names.
func (c *client) fetch(ctx context.Context, q query, names []string) (objects, error) {
	ctx, warned := withWarnings(ctx)
	var out objects
	var err error
	if q.set {
		out.set, err = c.list(ctx, q)
	} else {
		out, err = c.named(ctx, q, names)
	}
	out.warnings, out.time = warned.list(), warned.time()
	return out, err
}

// list returns a whole set, page by page.
func (c *client) list(ctx context.Context, q query) ([]steps.Object, error) {
	all, limit := []steps.Object{}, pageSize
	for next := ""; ; {
		p, err := c.page(ctx, q, limit, next)
		if errors.Is(err, errExpired) && limit > 0 { // the server forgot where we were: begin anew, in one page
			all, next, limit = all[:0], "", 0
			continue
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, p.Items...); len(all) > maxObjects {
			return nil, fmt.Errorf("more than %d %s: narrow them by a namespace or a selector", maxObjects, q.Plural)
		}
		if next = p.Metadata.Continue; next == "" {
			slices.SortStableFunc(all, byNamespaceAndName)
			return all, nil
		}
	}
}

// page returns a part of a list, all of it where limit is 0. Its items get the kind that the server leaves out.
func (c *client) page(ctx context.Context, q query, limit int, next string) (page, error) {
	params := url.Values{}
	if limit > 0 {
		params.Set("limit", strconv.Itoa(limit))
	}
	for key, value := range map[string]string{"labelSelector": q.labels, "fieldSelector": q.fields, "continue": next} {
		if value != "" {
			params.Set(key, value)
		}
	}
	var p page
	accept := ""
	if q.bare {
		accept = onlyMetaList
	}
	err := c.get(ctx, request{path: q.path(""), params: params, accept: accept, what: q.what("list", "")}, &p)
	for _, o := range p.Items {
		q.tidy(o)
	}
	return p, err
}

// tidy says what the object is, and drops what nobody asserts.
func (q query) tidy(o steps.Object) {
	o["apiVersion"], o["kind"] = q.APIVersion(), q.Kind
	if m, ok := o["metadata"].(map[string]any); ok {
		delete(m, "managedFields")
	}
}
