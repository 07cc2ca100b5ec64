package cluster

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	authorization "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// Review asks whether somebody may do something. See steps.Reviewer.
func (cs *Clusters) Review(ctx context.Context, cluster string, q steps.Review) (steps.Ruling, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return steps.Ruling{}, err
	}
	resource, body, err := reviewOf(q)
	if err != nil {
		return steps.Ruling{}, err
	}
	var answer struct {
		Status authorization.SubjectAccessReviewStatus `json:"status"`
	}
	err = c.get(ctx, request{
		method: http.MethodPost, path: "/apis/authorization.k8s.io/v1/" + resource, body: body, contentType: "application/json",
		what: what{verb: "create", resource: resource + ".authorization.k8s.io"},
	}, &answer)
	s := answer.Status
	return steps.Ruling{Allowed: s.Allowed, Reason: oneLineOf(s.Reason), Error: oneLineOf(s.EvaluationError)}, err
}

// ContextNamespace is the namespace of those that say none. See steps.Reviewer.
func (cs *Clusters) ContextNamespace(cluster string) (string, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return "", err
	}
	return c.place.Namespace, nil
}

// reviewOf writes a question as the API takes it: about whoever asks, or about a user.
func reviewOf(q steps.Review) (resource string, body []byte, err error) {
	var about *authorization.ResourceAttributes
	var path *authorization.NonResourceAttributes
	if q.Path != "" {
		path = &authorization.NonResourceAttributes{Path: q.Path, Verb: q.Verb}
	} else {
		about = &authorization.ResourceAttributes{
			Namespace: q.Namespace, Verb: q.Verb, Group: q.Group, Resource: q.Resource, Subresource: q.Subresource, Name: q.Name,
		}
	}
	kind := metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"}
	if q.User == "" && len(q.Groups) == 0 {
		body, err = json.Marshal(authorization.SelfSubjectAccessReview{
			TypeMeta: kind, Spec: authorization.SelfSubjectAccessReviewSpec{ResourceAttributes: about, NonResourceAttributes: path},
		})
		return "selfsubjectaccessreviews", body, err
	}
	kind.Kind = "SubjectAccessReview"
	body, err = json.Marshal(authorization.SubjectAccessReview{
		TypeMeta: kind, Spec: authorization.SubjectAccessReviewSpec{
			ResourceAttributes: about, NonResourceAttributes: path, User: q.User, Groups: q.Groups,
		},
	})
	return "subjectaccessreviews", body, err
}

func oneLineOf(s string) string { return strings.Join(strings.Fields(s), " ") }
