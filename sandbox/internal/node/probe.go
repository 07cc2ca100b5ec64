package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/probe"
	grpcprobe "k8s.io/kubernetes/pkg/probe/grpc"
	httpprobe "k8s.io/kubernetes/pkg/probe/http"
	tcpprobe "k8s.io/kubernetes/pkg/probe/tcp"
	"k8s.io/utils/ptr"
)

// maxProbeOutput is how much of a probe's output goes into an event.
const maxProbeOutput = 10 << 10

var errNoProbe = errors.New("this node does not know this kind of probe")

// The probers are those of the kubelet.
var (
	httpProber = httpprobe.New(false)
	tcpProber  = tcpprobe.New()
	grpcProber = grpcprobe.New()
)

// look probes the container once.
func (c *container) look(ctx context.Context, p *corev1.Probe) (probe.Result, string, error) {
	timeout := time.Duration(max(p.TimeoutSeconds, 1)) * time.Second
	switch {
	case p.Exec != nil:
		return c.lookExec(ctx, p.Exec.Command, timeout)
	case p.HTTPGet != nil:
		port, err := probe.ResolveContainerPort(p.HTTPGet.Port, c.spec)
		if err != nil {
			return probe.Unknown, "", err
		}
		request, err := httpprobe.NewRequestForHTTPGetAction(p.HTTPGet, c.spec, c.pod.host(ctx, port), "probe")
		if err != nil {
			return probe.Unknown, "", err
		}
		return httpProber.Probe(request, timeout)
	case p.TCPSocket != nil:
		port, err := probe.ResolveContainerPort(p.TCPSocket.Port, c.spec)
		if err != nil {
			return probe.Unknown, "", err
		}
		host := p.TCPSocket.Host
		if host == "" {
			host = c.pod.host(ctx, port)
		}
		return tcpProber.Probe(host, port, timeout)
	case p.GRPC != nil:
		port := int(p.GRPC.Port)
		return grpcProber.Probe(c.pod.host(ctx, port), ptr.Deref(p.GRPC.Service, ""), port, timeout)
	}
	return probe.Unknown, "", errNoProbe
}

// lookExec runs a probe's command in the environment of the container.
func (c *container) lookExec(ctx context.Context, argv []string, timeout time.Duration) (probe.Result, string, error) {
	var output bytes.Buffer
	host, err := c.attempt(false)
	if err != nil {
		return probe.Unknown, "", err
	}
	run := c.joined(host, argv)
	run.stdout, run.stderr = &output, &output
	main, err := run.start()
	if err != nil {
		return probe.Failure, err.Error(), nil
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-main.done:
	case <-timer.C:
		main.end()
		return probe.Failure, fmt.Sprintf("command timed out: %q timed out after %s", argv, timeout), nil
	case <-ctx.Done():
		main.end()
		return probe.Unknown, "", ctx.Err()
	}
	text := output.String()
	if main.code != 0 {
		return probe.Failure, text[:min(len(text), maxProbeOutput)], nil
	}
	return probe.Success, text, nil
}

// passes probes once and records an event of what is wrong.
func (c *container) passes(ctx context.Context, kind string, p *corev1.Probe) bool {
	result, output, err := c.look(ctx, p)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		c.warning(events.ContainerUnhealthy, "%s probe errored and resulted in %s state: %s", kind, result, err)
	case result == probe.Failure:
		c.warning(events.ContainerUnhealthy, "%s probe failed: %s", kind, output)
	case result == probe.Warning:
		c.warning(events.ContainerProbeWarning, "%s probe warning: %s", kind, output)
		return true
	}
	return err == nil && result == probe.Success
}
