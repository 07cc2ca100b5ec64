package node

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/status"
	utilpod "k8s.io/kubernetes/pkg/util/pod"
)

// report writes the pod's status whenever it has changed, and a last time when everything has ended.
// It is the only writer, so that no report overtakes another.
func (p *pod) report(ended <-chan struct{}) {
	for last := false; !last; {
		select {
		case <-p.changed:
		case <-ended:
			last = true
		}
		for try := 0; try < 5 && !p.quiet.Load(); try++ {
			err := p.writeStatus()
			if err == nil {
				break
			}
			klog.ErrorS(err, "report a pod", "pod", klog.KObj(p.object))
			time.Sleep(100 * time.Millisecond << try)
		}
	}
}

// writeStatus patches the status, as others own parts of it too. A pod that is gone needs no report.
func (p *pod) writeStatus() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	namespace, name := p.object.Namespace, p.object.Name
	now, err := p.node.client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && now.UID != p.object.UID {
		return nil
	}
	if err != nil {
		return err
	}
	_, _, _, err = utilpod.PatchPodStatus(ctx, p.node.client, namespace, name, p.object.UID, now.Status, p.status(now))
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// status computes the status of the pod from those of its containers.
func (p *pod) status(object *corev1.Pod) corev1.PodStatus {
	s := *object.Status.DeepCopy()
	s.InitContainerStatuses, s.ContainerStatuses = nil, nil
	var all []corev1.ContainerStatus
	for _, c := range p.containers {
		one := c.snapshot()
		all = append(all, one)
		if c.init {
			s.InitContainerStatuses = append(s.InitContainerStatuses, one)
		} else {
			s.ContainerStatuses = append(s.ContainerStatuses, one)
		}
	}
	s.StartTime = &p.started
	s.HostIP, s.HostIPs = "127.0.0.1", []corev1.HostIP{{IP: "127.0.0.1"}}
	s.PodIP, s.PodIPs = p.ip, []corev1.PodIP{{IP: p.ip}}
	s.ObservedGeneration = object.Generation
	s.Phase = p.phase(s)
	if p.expired.Load() {
		s.Phase, s.Reason, s.Message = corev1.PodFailed, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
	}

	old := &object.Status
	containersReady := status.GenerateContainersReadyCondition(object, old, all, s.Phase)
	for _, condition := range []corev1.PodCondition{
		{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue, ObservedGeneration: object.Generation},
		status.GeneratePodInitializedCondition(object, old, all, s.Phase),
		containersReady,
		status.GeneratePodReadyCondition(object, old, append(s.Conditions, containersReady), all, s.Phase),
	} {
		s.Conditions = withCondition(s.Conditions, condition)
	}
	return s
}

// withCondition replaces a condition; the time of its transition stays if its status does.
func withCondition(conditions []corev1.PodCondition, condition corev1.PodCondition) []corev1.PodCondition {
	condition.LastTransitionTime = metav1.Now()
	if _, old := podutil.GetPodConditionFromList(conditions, condition.Type); old != nil && old.Status == condition.Status {
		condition.LastTransitionTime = old.LastTransitionTime
	}
	return utilpod.ReplaceOrAppendPodCondition(conditions, &condition)
}
