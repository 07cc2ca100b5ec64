package node

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/probe"
)

// hookTime is the longest that a hook may take, if nothing else ends it.
const hookTime = time.Hour

// postStart runs the hook of a container that has just started; false means that it failed.
func (c *container) postStart(ctx context.Context) bool {
	if c.spec.Lifecycle == nil || c.spec.Lifecycle.PostStart == nil {
		return true
	}
	err := c.hook(ctx, c.spec.Lifecycle.PostStart)
	if err == nil || ctx.Err() != nil {
		return true
	}
	c.warning(events.FailedPostStartHook, "PostStartHook failed: %v", err)
	return false
}

// preStop runs the hook of a container that is about to be asked to end, for as long as it is not to be killed.
func (c *container) preStop(main *process) {
	if c.spec.Lifecycle == nil || c.spec.Lifecycle.PreStop == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.pod.grace())
	defer cancel()
	go func() {
		select {
		case <-main.done:
		case <-c.pod.killed:
		case <-ctx.Done():
		}
		cancel()
	}()
	if err := c.hook(ctx, c.spec.Lifecycle.PreStop); err != nil {
		c.warning(events.FailedPreStopHook, "PreStopHook failed: %v", err)
	}
}

// hook does what a hook asks for, and is done with it.
func (c *container) hook(ctx context.Context, h *corev1.LifecycleHandler) error {
	if h.Sleep != nil {
		sleep(ctx, time.Duration(h.Sleep.Seconds)*time.Second)
		return nil
	}
	// The rest is what probes do too.
	handler := corev1.ProbeHandler{Exec: h.Exec, HTTPGet: h.HTTPGet}
	result, output, err := c.look(ctx, &corev1.Probe{ProbeHandler: handler, TimeoutSeconds: int32(hookTime.Seconds())})
	switch {
	case err != nil:
		return err
	case result != probe.Success:
		return errors.New(output)
	}
	return nil
}
