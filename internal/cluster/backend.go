package cluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// backend is a pod behind a Service, and the port that it serves.
type backend struct {
	pod  string
	port int
}

// backend finds a pod that a Service leads to, by its EndpointSlices: they know named ports and readiness.
func (cs *Clusters) backend(ctx context.Context, cluster string, s steps.ServiceRef) (backend, error) {
	none := func(format string, args ...any) (backend, error) {
		return backend{}, &steps.NoBackend{Service: s, Reason: fmt.Sprintf(format, args...)}
	}
	seen, err := cs.Read(ctx, cluster, steps.Query{APIVersion: "v1", Kind: "Service", Namespace: s.Namespace, Name: s.Name})
	if err != nil {
		return backend{}, err
	}
	if len(seen.Objects) == 0 {
		return none("there is no such Service in %s", s.Namespace)
	}
	var service corev1.Service
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(seen.Objects[0], &service); err != nil {
		return backend{}, fmt.Errorf("read Service/%s: %w", s.Name, err)
	}
	port, err := servicePort(service.Spec.Ports, s)
	if err != nil {
		return backend{}, err
	}
	seen, err = cs.Read(ctx, cluster, steps.Query{
		APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice", Namespace: s.Namespace,
		Selector: discoveryv1.LabelServiceName + "=" + s.Name,
	})
	if err != nil {
		return backend{}, err
	}
	all := 0
	for _, o := range seen.Objects {
		var slice discoveryv1.EndpointSlice
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o, &slice); err != nil {
			return backend{}, fmt.Errorf("read the EndpointSlices of Service/%s: %w", s.Name, err)
		}
		all += len(slice.Endpoints)
		if b, ok := readyBackend(slice, port); ok {
			return b, nil
		}
	}
	if all == 0 {
		return none("there is no pod behind it")
	}
	return none("none of the pods behind it is ready")
}

// servicePort returns the name of the port that is meant.
func servicePort(ports []corev1.ServicePort, s steps.ServiceRef) (string, error) {
	var have []string
	for _, p := range ports {
		number := strconv.Itoa(int(p.Port))
		if s.Port == number || s.Port != "" && s.Port == p.Name || s.Port == "" && len(ports) == 1 {
			return p.Name, nil
		}
		have = append(have, strings.TrimPrefix(p.Name+":"+number, ":"))
	}
	if s.Port == "" {
		return "", fmt.Errorf("say which port of Service/%s: it has %s", s.Name, strings.Join(have, ", "))
	}
	return "", &steps.NoBackend{Service: s, Reason: fmt.Sprintf("it has no port %s; it has %s", s.Port, strings.Join(have, ", "))}
}

// readyBackend returns the first pod, by name, of those that are ready.
func readyBackend(slice discoveryv1.EndpointSlice, port string) (backend, bool) {
	at := slices.IndexFunc(slice.Ports, func(p discoveryv1.EndpointPort) bool { return p.Port != nil && (p.Name == nil || *p.Name == port) })
	if at < 0 {
		return backend{}, false
	}
	best := backend{port: int(*slice.Ports[at].Port)}
	for _, e := range slice.Endpoints {
		ready := e.Conditions.Ready == nil || *e.Conditions.Ready
		if ready && e.TargetRef != nil && e.TargetRef.Kind == "Pod" && (best.pod == "" || e.TargetRef.Name < best.pod) {
			best.pod = e.TargetRef.Name
		}
	}
	return best, best.pod != ""
}
