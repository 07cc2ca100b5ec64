package node

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/events"
)

// backoff paces the restarts of a container: the first comes at once, the next ones after pauses that double.
type backoff struct {
	first, max time.Duration
	pause      time.Duration
	restarted  bool
}

// next returns the pause before the next restart of a container that ran for that long; one that ran well starts afresh.
func (b *backoff) next(ran time.Duration) time.Duration {
	if !b.restarted || ran > 2*b.max {
		b.restarted, b.pause = true, 0
		return 0
	}
	b.pause = min(max(b.first, 2*b.pause), b.max)
	return b.pause
}

// backOff waits before a restart, in a state of CrashLoopBackOff; it returns false if ctx ends first.
func (c *container) backOff(ctx context.Context, pause time.Duration) bool {
	if pause == 0 {
		return ctx.Err() == nil
	}
	object := c.pod.object
	name := fmt.Sprintf("%s_%s(%s)", object.Name, object.Namespace, object.UID)
	c.warning(events.BackOffStartContainer, "Back-off restarting failed container %s in pod %s", c.spec.Name, name)
	var before corev1.ContainerStatus
	c.set(func(s *corev1.ContainerStatus) {
		before = *s
		s.LastTerminationState = s.State
		s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
			Reason:  "CrashLoopBackOff",
			Message: fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", pause, c.spec.Name, name),
		}}
	})
	if sleep(ctx, pause) {
		return true
	}
	// The pod ends: what counts is how the container ended.
	c.set(func(s *corev1.ContainerStatus) {
		s.State, s.LastTerminationState = before.State, before.LastTerminationState
	})
	return false
}
