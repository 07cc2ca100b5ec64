package node

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"
)

// newRecorder writes events in the name of the kubelet; stop ends it.
func newRecorder(client kubernetes.Interface, node string) (recorder record.EventRecorder, stop func()) {
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	return broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "kubelet", Host: node}), broadcaster.Shutdown
}

// normal and warning record an event of the container with a reason and a text as a kubelet writes them.
func (c *container) normal(reason, format string, args ...any) {
	c.event(corev1.EventTypeNormal, reason, format, args...)
}

func (c *container) warning(reason, format string, args ...any) {
	c.event(corev1.EventTypeWarning, reason, format, args...)
}

func (c *container) event(kind, reason, format string, args ...any) {
	list := "containers"
	if c.init {
		list = "initContainers"
	}
	object := c.pod.object
	c.pod.node.recorder.Eventf(&corev1.ObjectReference{
		APIVersion:      "v1",
		Kind:            "Pod",
		Namespace:       object.Namespace,
		Name:            object.Name,
		UID:             object.UID,
		ResourceVersion: object.ResourceVersion,
		FieldPath:       fmt.Sprintf("spec.%s{%s}", list, c.spec.Name),
	}, kind, reason, format, args...)
}
