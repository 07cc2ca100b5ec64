package node

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/utils/ptr"
)

// startErrorCode is the exit code of a program that could not be started.
const startErrorCode = 128

// set changes the status and has it reported.
func (c *container) set(change func(s *corev1.ContainerStatus)) {
	c.mu.Lock()
	change(&c.status)
	c.mu.Unlock()
	select {
	case c.pod.changed <- struct{}{}:
	default: // a report is due already, and will tell this too
	}
}

func (c *container) snapshot() corev1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.status.DeepCopy()
}

// began makes the status that of an attempt that has just begun.
func (c *container) began(s *corev1.ContainerStatus) {
	if s.State.Terminated != nil {
		s.LastTerminationState = s.State
	}
	if s.LastTerminationState.Terminated != nil {
		s.RestartCount++
	}
	s.ContainerID = fmt.Sprintf("process://%s-%s-%d", c.pod.object.UID, c.spec.Name, s.RestartCount)
	s.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
	s.Started = ptr.To(c.spec.StartupProbe == nil)
	s.Ready = c.spec.StartupProbe == nil && c.spec.ReadinessProbe == nil
}

// ended makes the status that of an attempt that has ended with that code.
func (c *container) ended(s *corev1.ContainerStatus, code int) {
	end := &corev1.ContainerStateTerminated{ExitCode: int32(code), Reason: "Completed", FinishedAt: metav1.Now(), ContainerID: s.ContainerID}
	if code != 0 {
		end.Reason = "Error"
	}
	if s.State.Running != nil {
		end.StartedAt = s.State.Running.StartedAt
	}
	s.State = corev1.ContainerState{Terminated: end}
	s.Started = ptr.To(false)
	s.Ready = c.init && code == 0
}

// startFailed reports a program that could not be started as a container runtime does, and returns its exit code.
func (c *container) startFailed(err error) int {
	c.warning(events.FailedToStartContainer, "Error: failed to start container %q: %v", c.spec.Name, err)
	c.set(func(s *corev1.ContainerStatus) {
		c.began(s)
		c.ended(s, startErrorCode)
		s.State.Terminated.Reason = "StartError"
		s.State.Terminated.Message = "failed to start container process: " + err.Error()
	})
	return startErrorCode
}
