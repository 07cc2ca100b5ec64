package node

import (
	corev1 "k8s.io/api/core/v1"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
)

// phase sums up the states of the containers as a kubelet does.
func (p *pod) phase(s corev1.PodStatus) corev1.PodPhase {
	spec := p.object.Spec
	for i, init := range s.InitContainerStatuses {
		if podutil.IsRestartableInitContainer(&spec.InitContainers[i]) {
			if init.State.Waiting != nil && init.LastTerminationState.Terminated == nil {
				return corev1.PodPending
			}
			continue
		}
		end := lastEnd(init)
		switch {
		case end == nil:
			return corev1.PodPending
		case end.ExitCode == 0:
		case podutil.ContainerShouldRestart(spec.InitContainers[i], spec, end.ExitCode) && !p.ending.Load():
			return corev1.PodPending
		default:
			return corev1.PodFailed
		}
	}
	return p.mainPhase(s.ContainerStatuses)
}

func (p *pod) mainPhase(statuses []corev1.ContainerStatus) corev1.PodPhase {
	spec := p.object.Spec
	running, restarting, failed := false, false, false
	for i, c := range statuses {
		end := lastEnd(c)
		switch {
		case end == nil && c.State.Running == nil:
			return corev1.PodPending
		case end == nil:
			running = true
		case podutil.ContainerShouldRestart(spec.Containers[i], spec, end.ExitCode) && !p.ending.Load():
			restarting = true
		}
		failed = failed || end != nil && end.ExitCode != 0
	}
	switch {
	case running || restarting:
		return corev1.PodRunning
	case failed:
		return corev1.PodFailed
	default:
		return corev1.PodSucceeded
	}
}

// lastEnd returns how the container ended, nil for one that runs or never ran.
func lastEnd(c corev1.ContainerStatus) *corev1.ContainerStateTerminated {
	if c.State.Waiting != nil {
		return c.LastTerminationState.Terminated
	}
	return c.State.Terminated
}
