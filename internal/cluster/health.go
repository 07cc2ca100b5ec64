package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	authentication "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Health is what an API server says of itself and of whoever asks.
type Health struct {
	Version string // of Kubernetes, such as v1.36.3
	User    string // whom it takes us for; "" where it does not tell
	Timed   bool   // it told the time
	Ahead   time.Duration
}

// Health asks a cluster which version it has, whom it takes us for, and what time it is. Nothing is stored by that.
//
// Ahead is the least difference between its clock and now that explains what it told: the time travels for a while,
// and it is told in whole seconds.
func (cs *Clusters) Health(ctx context.Context, cluster string, now func() time.Time) (Health, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return Health{}, err
	}
	if _, err := c.version(ctx); err != nil { // the connection is made, and its time does not count below
		return Health{}, err
	}
	timed, said := withWarnings(ctx)
	before := now()
	version, err := c.version(timed)
	after := now()
	if err != nil {
		return Health{}, err
	}
	h := Health{Version: oneLineOf(version)}
	if date := said.time(); !date.IsZero() {
		h.Timed, h.Ahead = true, ahead(date, before, after)
	}
	h.User, err = c.user(ctx)
	return h, err
}

// ahead is how far a clock that says date, cut to a second, is at least ahead of one by which it was asked between two
// times. It is less than 0 for a clock that is behind.
func ahead(date, before, after time.Time) time.Duration {
	if d := date.Sub(after); d > 0 {
		return d
	}
	if d := date.Add(time.Second).Sub(before); d < 0 {
		return d
	}
	return 0
}

func (c *client) version(ctx context.Context) (string, error) {
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	err := c.get(ctx, request{path: "/version", what: what{verb: "get", resource: "/version"}}, &v)
	if err == nil && v.GitVersion == "" {
		err = errors.New(c.place.String() + " is no Kubernetes API: it tells no version")
	}
	return v.GitVersion, err
}

// user asks whom the server takes us for; servers before 1.28 do not say.
func (c *client) user(ctx context.Context) (string, error) {
	body, err := json.Marshal(authentication.SelfSubjectReview{TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "SelfSubjectReview"}})
	if err != nil {
		return "", err
	}
	var answer authentication.SelfSubjectReview
	err = c.get(ctx, request{
		method: http.MethodPost, path: "/apis/authentication.k8s.io/v1/selfsubjectreviews", body: body,
		what: what{verb: "create", resource: "selfsubjectreviews.authentication.k8s.io"},
	}, &answer)
	if errors.Is(err, errUnserved) || errors.Is(err, errAbsent) {
		return "", nil
	}
	return oneLineOf(answer.Status.UserInfo.Username), err
}
