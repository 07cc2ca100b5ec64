package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

var _ steps.Changer = (*Clusters)(nil)

// Create makes an object. See steps.Changer.
func (cs *Clusters) Create(ctx context.Context, cluster string, o steps.Object) (steps.Object, error) {
	c, s, err := cs.placeOf(ctx, cluster, o)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var made steps.Object
	err = c.get(ctx, request{
		method: http.MethodPost, path: s.path(""), params: url.Values{"fieldValidation": {"Strict"}, "fieldManager": {"wpctl"}},
		body: body, what: s.what("create", ""),
	}, &made)
	if err != nil {
		return nil, unwanted(err)
	}
	query{scope: s}.tidy(made)
	return made, nil
}

// unwanted tells what the server does not want from what it could not do: there the object is at fault.
// That a user may not create it is told in other words.
func unwanted(err error) error {
	var r *refusal
	switch {
	case errors.Is(err, errAbsent): // the namespace is what is not there
		return &steps.NotAdmitted{Text: "there is no such namespace"}
	case !errors.As(err, &r):
		return err
	case r.code == http.StatusForbidden && userOf(r.status.Message) == "", r.code == http.StatusUnprocessableEntity, r.code == http.StatusBadRequest:
		return &steps.NotAdmitted{Text: strings.TrimPrefix(oneLine(r), fmt.Sprintf("%d %s: ", r.code, http.StatusText(r.code)))}
	}
	return err
}

// Delete deletes an object. See steps.Changer.
func (cs *Clusters) Delete(ctx context.Context, cluster string, o steps.Object, atOnce bool) error {
	c, s, err := cs.placeOf(ctx, cluster, o)
	if err != nil {
		return err
	}
	options := map[string]any{"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
	if uid := meta(o, "uid"); uid != "" {
		options["preconditions"] = map[string]any{"uid": uid}
	}
	if atOnce {
		options["gracePeriodSeconds"] = 0
	}
	body, err := json.Marshal(options)
	if err != nil {
		return err
	}
	var gone struct{}
	name := meta(o, "name")
	err = c.get(ctx, request{method: http.MethodDelete, path: s.path(name), body: body, what: s.what("delete", name)}, &gone)
	var r *refusal
	if errors.Is(err, errAbsent) || errors.As(err, &r) && r.code == http.StatusConflict { // another one of its name
		return nil
	}
	return err
}

// placeOf returns where an object belongs.
func (cs *Clusters) placeOf(ctx context.Context, cluster string, o steps.Object) (*client, scope, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return nil, scope{}, err
	}
	apiVersion, _ := o["apiVersion"].(string)
	kind, _ := o["kind"].(string)
	r, err := c.kinds.find(ctx, apiVersion, kind)
	if err != nil {
		return nil, scope{}, err
	}
	ns, err := c.namespace(r, steps.Query{Namespace: meta(o, "namespace")})
	if err != nil {
		return nil, scope{}, err
	}
	return c, scope{r, ns}, segments(meta(o, "name"), ns)
}
