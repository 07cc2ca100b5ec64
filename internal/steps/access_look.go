package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

func (k access) look(ctx context.Context, at check.Site, a accessArgs) (check.Result, error) {
	if k.rights == nil || k.cluster == nil {
		return check.Result{}, errNoCluster
	}
	reviews, err := k.reviews(ctx, at, a)
	if err != nil {
		return check.Result{}, err
	}
	self := accessSelf{User: a.As, Groups: a.groups(), Answers: []accessAnswer{}}
	if missing, err := k.nobody(ctx, at, a, reviews); missing != "" || err != nil {
		return check.Result{Want: a.target(), Saw: missing, Self: self}, err
	}
	var wrong, right, why []string
	for _, q := range reviews {
		r, err := k.ask(ctx, at, a, q)
		if err != nil {
			return check.Result{}, err
		}
		self.Answers = append(self.Answers, accessAnswer{q.Verb, q.what(), q.Namespace, r.Allowed, r.Reason})
		if r.Allowed == a.Allowed {
			right = append(right, q.String())
			continue
		}
		wrong = append(wrong, q.String())
		if r.Reason != "" && !slices.Contains(why, r.Reason) {
			why = append(why, r.Reason)
		}
	}
	if len(wrong) > 0 {
		return check.Result{Want: a.target(), Saw: a.who() + " " + may(!a.Allowed) + " " + bounded(wrong), Why: why[:min(len(why), maxFaults)], Self: self}, nil
	}
	return check.Result{OK: true, Saw: a.who() + " " + may(a.Allowed) + " " + bounded(right), Self: self}, nil
}

// ask returns a definite answer. A no that rests on what could not be evaluated is none.
func (k access) ask(ctx context.Context, at check.Site, a accessArgs, q Review) (Ruling, error) {
	r, err := k.rights.Review(ctx, at.Cluster, q)
	if err == nil && !r.Allowed && r.Error != "" {
		err = fmt.Errorf("the server could not evaluate whether %s may %s: %s", a.who(), q, r.Error)
	}
	return r, err
}

// reviews are the questions, one for each verb and resource.
func (k access) reviews(ctx context.Context, at check.Site, a accessArgs) (out []Review, err error) {
	one := Review{User: a.As, Groups: a.groups(), Name: a.Name, Path: a.Path}
	if a.Path != "" {
		for _, one.Verb = range a.Verb {
			out = append(out, one)
		}
		return out, nil
	}
	for _, name := range a.Resource {
		r := APIResource{Plural: "*", Group: "*", Namespaced: true}
		if name != "*" {
			if r, err = k.rights.Resource(ctx, at.Cluster, name); err != nil {
				return nil, err
			}
		}
		one.Group, one.Resource, one.Subresource = r.Group, r.Plural, r.Subresource
		if one.Namespace, err = k.namespace(at, a, name, r); err != nil {
			return nil, err
		}
		for _, one.Verb = range a.Verb {
			if slices.Contains(commonVerbs, one.Verb) && len(r.Verbs) > 0 && !slices.Contains(r.Verbs, one.Verb) {
				known := slices.Compact(slices.Sorted(slices.Values(r.Verbs)))
				return nil, &check.Lasting{Err: fmt.Errorf("nobody can %s %s: the server knows of it only %s", one.Verb, name, strings.Join(known, ", "))}
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// namespace is where a review is about.
func (k access) namespace(at check.Site, a accessArgs, name string, r APIResource) (string, error) {
	switch {
	case !r.Namespaced && a.Namespace != "":
		return "", &check.Lasting{Err: fmt.Errorf("%s live in no namespace: leave out namespace: %s", name, a.Namespace)}
	case !r.Namespaced, a.AllNamespaces:
		return "", nil
	case a.Namespace != "":
		return a.Namespace, nil
	case at.Namespace != "":
		return at.Namespace, nil
	}
	ns, err := k.rights.ContextNamespace(at.Cluster)
	return cmp.Or(ns, "default"), err
}

// nobody says what is not there where nothing is to be allowed: then a no would prove nothing.
func (k access) nobody(ctx context.Context, at check.Site, a accessArgs, reviews []Review) (missing string, err error) {
	if a.Allowed {
		return "", nil
	}
	if ns, name, ok := a.serviceAccount(); ok {
		seen, err := k.cluster.Read(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "ServiceAccount", Namespace: ns, Name: name})
		if err != nil || len(seen.Objects) == 0 {
			return "there is no " + code("ServiceAccount/"+name) + " in " + ns, err
		}
	}
	i := slices.IndexFunc(reviews, func(q Review) bool { return q.Namespace != "" })
	if i < 0 {
		return "", nil
	}
	ns := reviews[i].Namespace // the same for all
	seen, err := k.cluster.Read(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "Namespace", Name: ns})
	var denied *NotAllowed
	switch {
	case errors.As(err, &denied) && a.As == "" && len(a.Groups) == 0:
		warn(at, "it could not be seen whether there is a namespace %s", ns)
	case err != nil || len(seen.Objects) == 0:
		return "there is no namespace " + ns, err
	}
	return "", nil
}

// what is the resource, or the path.
func (q Review) what() string {
	if q.Path != "" {
		return q.Path
	}
	s := q.Resource
	if q.Group != "" && q.Group != "*" {
		s += "." + q.Group
	}
	if q.Subresource != "" {
		s += "/" + q.Subresource
	}
	return s
}

// String is what is asked: get secrets in databases.
func (q Review) String() string {
	s := q.Verb + " " + q.what()
	if q.Name != "" {
		s += " " + q.Name
	}
	if q.Namespace != "" {
		s += " in " + q.Namespace
	}
	return s
}
