package cluster

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

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
	var answer ruling
	err = c.get(ctx, request{
		method: http.MethodPost, path: "/apis/authorization.k8s.io/v1/" + resource, body: body, contentType: "application/json",
		what: what{verb: "create", resource: resource + ".authorization.k8s.io"},
	}, &answer)
	s := answer.Status
	return steps.Ruling{Allowed: s.Allowed, Reason: oneLineOf(s.Reason), Error: oneLineOf(s.Error)}, err
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
	r := review{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"}
	resource = "selfsubjectaccessreviews"
	if q.User != "" || len(q.Groups) > 0 {
		r.Kind, resource = "SubjectAccessReview", "subjectaccessreviews"
		r.Spec.User, r.Spec.Groups = q.User, q.Groups
	}
	if q.Path != "" {
		r.Spec.Path = &reviewedPath{Path: q.Path, Verb: q.Verb}
	} else {
		r.Spec.Resource = &reviewedResource{
			Namespace: q.Namespace, Verb: q.Verb, Group: q.Group, Resource: q.Resource, Subresource: q.Subresource, Name: q.Name,
		}
	}
	body, err = json.Marshal(r)
	return resource, body, err
}

func oneLineOf(s string) string { return strings.Join(strings.Fields(s), " ") }
