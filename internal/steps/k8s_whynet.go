package steps

import (
	"context"
	"maps"
	"slices"
)

// service says whether anything stands behind a Service.
func (q *inquiry) service(ctx context.Context, o Object) {
	if objString(o, "spec", "type") == "ExternalName" {
		return
	}
	ns, name := objString(o, "metadata", "namespace"), objString(o, "metadata", "name")
	if q.endpoints(ctx, ns, name) > 0 {
		return
	}
	q.say("Service/%s has no ready endpoints", name)
	selector := labelSelector(map[string]any{"matchLabels": objAt(o, "spec", "selector")})
	if selector == "" {
		return
	}
	pods := q.read(ctx, k8sRef{APIVersion: "v1", Kind: "Pod", Namespace: ns, Selector: selector})
	if len(pods) == 0 {
		q.say("there is no pod with %s", selector)
	}
	q.pods(ctx, pods)
}

// endpoints counts the ready endpoints of a service.
func (q *inquiry) endpoints(ctx context.Context, ns, service string) int {
	n := 0
	slices := q.read(ctx, k8sRef{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice", Namespace: ns, Selector: "kubernetes.io/service-name=" + service})
	for _, s := range slices {
		for _, e := range objList(s, "endpoints") {
			if objAt(e, "conditions", "ready") != false {
				n += len(objList(e, "addresses"))
			}
		}
	}
	return n
}

// ingress says which of its services are not there, or have nothing behind them.
func (q *inquiry) ingress(ctx context.Context, o Object) {
	names := map[string]bool{}
	add := func(backend any) {
		if name := objString(backend, "service", "name"); name != "" {
			names[name] = true
		}
	}
	add(objAt(o, "spec", "defaultBackend"))
	for _, rule := range objList(o, "spec", "rules") {
		for _, path := range objList(rule, "http", "paths") {
			add(objAt(path, "backend"))
		}
	}
	ns := objString(o, "metadata", "namespace")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		seen, err := q.k.cluster.Read(ctx, q.at.Cluster, Query{APIVersion: "v1", Kind: "Service", Namespace: ns, Name: name})
		switch {
		case err != nil:
		case len(seen.Objects) == 0:
			q.say("its service %s is not there", name)
		default:
			q.service(ctx, seen.Objects[0])
		}
	}
}

// certificate follows a Certificate of cert-manager to its request, order and challenges.
// https://cert-manager.io/docs/troubleshooting/acme/
func (q *inquiry) certificate(ctx context.Context, o Object) {
	q.conditions(o)
	ns := objString(o, "metadata", "namespace")
	requests := owned(o, q.read(ctx, k8sRef{APIVersion: "cert-manager.io/v1", Kind: "CertificateRequest", Namespace: ns}))
	if len(requests) == 0 {
		return
	}
	request := slices.MaxFunc(requests, byRevision)
	q.link("CertificateRequest", request)
	for _, order := range owned(request, q.read(ctx, k8sRef{APIVersion: "acme.cert-manager.io/v1", Kind: "Order", Namespace: ns})) {
		q.link("Order", order)
		for _, c := range owned(order, q.read(ctx, k8sRef{APIVersion: "acme.cert-manager.io/v1", Kind: "Challenge", Namespace: ns})) {
			q.link("Challenge "+objString(c, "spec", "type")+" for "+objString(c, "spec", "dnsName"), c)
		}
	}
}

// link says the state of one object of a certificate's chain, where it is no good.
func (q *inquiry) link(what string, o Object) {
	text := objString(o, "status", "state")
	if reason := stableFor(o, objString(o, "status", "reason")); reason != "" && text != "" {
		text += ": " + reason
	}
	if c := findCondition(o, "Ready"); text == "" && c != nil {
		text = conditionText(c)
	}
	if text != "" && text != "valid" && text != "Ready=True" {
		q.say("%s: %s", what, text)
	}
}

// owned are those of all that belong to o.
func owned(o Object, all []Object) []Object {
	uid := objString(o, "metadata", "uid")
	return slices.DeleteFunc(all, func(c Object) bool {
		return !slices.ContainsFunc(objList(c, "metadata", "ownerReferences"), func(r any) bool { return objString(r, "uid") == uid })
	})
}

func byRevision(a, b Object) int {
	const revision = "cert-manager.io/certificate-revision"
	x, y := objString(a, "metadata", "annotations", revision), objString(b, "metadata", "annotations", revision)
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	if x < y {
		return -1
	}
	return 1
}
