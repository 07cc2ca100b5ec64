package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	transportspdy "k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

var _ steps.Forwarder = (*Clusters)(nil)

// Forward connects to a port of a Service through the API server, as kubectl port-forward does, over WebSocket, or
// SPDY where a server or a proxy knows no better. See steps.Forwarder.
func (cs *Clusters) Forward(ctx context.Context, cluster string, s steps.ServiceRef) (net.Conn, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return nil, err
	}
	b, err := cs.backend(ctx, cluster, s)
	if err != nil {
		return nil, err
	}
	if err := segments(s.Namespace, b.pod); err != nil {
		return nil, err
	}
	return c.forward(ctx, s, b)
}

// forward opens a connection of its own: closing it ends all that belongs to it.
func (c *client) forward(ctx context.Context, s steps.ServiceRef, b backend) (net.Conn, error) {
	dialer, err := c.forwardDialer(s.Namespace, b.pod)
	if err != nil {
		return nil, err
	}
	type dialed struct {
		conn httpstream.Connection
		err  error
	}
	done := make(chan dialed, 1)
	go func() {
		conn, protocol, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
		if err == nil && protocol != portforward.PortForwardProtocolV1Name {
			_ = conn.Close()
			err = fmt.Errorf("the server speaks %q, not %q", protocol, portforward.PortForwardProtocolV1Name)
		}
		done <- dialed{conn, err}
	}()
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, errSilent)
	defer cancel()
	select {
	case d := <-done:
		if d.err != nil {
			return nil, c.forwardFault(s, b, d.err)
		}
		return openForwarded(d.conn, b.port)
	case <-ctx.Done():
		go func() { // nobody waits for it any more
			if d := <-done; d.err == nil {
				_ = d.conn.Close()
			}
		}()
		return nil, c.forwardFault(s, b, context.Cause(ctx))
	}
}

func (c *client) forwardDialer(namespace, pod string) (httpstream.Dialer, error) {
	cfg := rest.CopyConfig(c.config)
	u := *c.base
	u.Path = joinPath(u.Path, "/api/v1/namespaces/"+namespace+"/pods/"+pod+"/portforward")
	modern, err := portforward.NewSPDYOverWebsocketDialerForStreaming(&u, cfg)
	if err != nil {
		return nil, err
	}
	old, err := spdyDialer(cfg, &u)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(modern, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

func spdyDialer(cfg *rest.Config, u *url.URL) (httpstream.Dialer, error) {
	transport, upgrader, err := spdyTransport(cfg)
	if err != nil {
		return nil, err
	}
	return transportspdy.NewDialerForStreaming(transportspdy.NewUpgraderForStreaming(upgrader), &http.Client{Transport: transport}, http.MethodPost, u), nil
}

// forwardFault words why there is no connection to a pod.
func (c *client) forwardFault(s steps.ServiceRef, b backend, err error) error {
	w := what{verb: "create", resource: "pods/portforward", name: b.pod, namespace: s.Namespace}
	var refused *refusal
	var status *apierrors.StatusError
	if !errors.As(err, &refused) && errors.As(err, &status) {
		refused = &refusal{code: int(status.ErrStatus.Code), status: status.ErrStatus}
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case refused != nil && (refused.code == http.StatusNotFound || refused.code == http.StatusBadRequest):
		return &check.Transient{Err: fmt.Errorf("%s: the pod %s behind Service/%s went away: %w", c.place, b.pod, s.Name, refused)}
	case refused != nil:
		return c.refusedFor(w, refused)
	}
	return c.fault(w, err, true)
}

// openForwarded opens the two streams of a forwarded connection: data, and what went wrong.
func openForwarded(conn httpstream.Connection, port int) (net.Conn, error) {
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	stream := func(kind string) (httpstream.Stream, error) {
		h := headers.Clone()
		h.Set(corev1.StreamType, kind)
		return conn.CreateStream(h)
	}
	faults, err := stream(corev1.StreamTypeError)
	if err == nil {
		faults.Close() // nothing is written to it
		var data httpstream.Stream
		if data, err = stream(corev1.StreamTypeData); err == nil {
			return newForwarded(conn, data, faults), nil
		}
	}
	_ = conn.Close()
	return nil, &check.Transient{Err: fmt.Errorf("open a stream to port %d: %w", port, err)}
}
