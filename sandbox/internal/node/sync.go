package node

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

// watch starts to follow the pods that are bound to the node.
func (n *Node) watch(ctx context.Context) {
	factory := informers.NewSharedInformerFactoryWithOptions(n.client, 0, informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", n.config.Name).String()
	}))
	// The only error is of an informer that has ended.
	_, _ = factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { n.sync(ctx, o.(*corev1.Pod)) },
		UpdateFunc: func(_, o any) { n.sync(ctx, o.(*corev1.Pod)) },
		DeleteFunc: func(o any) {
			if tombstone, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = tombstone.Obj
			}
			n.forget(o.(*corev1.Pod))
		},
	})
	factory.Start(ctx.Done())
}

// sync starts a pod that is new and stops one that is being deleted.
func (n *Node) sync(ctx context.Context, object *corev1.Pod) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.pods[object.UID]
	if p == nil {
		if object.DeletionTimestamp == nil && object.Status.Phase != corev1.PodPending {
			return // it has ended before this node knew it
		}
		p = newPod(n, object)
		n.pods[object.UID] = p
		podContext, cancel := context.WithCancel(context.WithoutCancel(ctx))
		p.cancel = cancel
		defer func() { go p.run(podContext) }() // one that is being deleted already starts nothing
	}
	if object.DeletionTimestamp != nil {
		p.delete(ctx, object)
	}
}

// forget ends what is left of a pod that is gone and removes its files.
func (n *Node) forget(object *corev1.Pod) {
	n.mu.Lock()
	p := n.pods[object.UID]
	delete(n.pods, object.UID)
	n.mu.Unlock()
	if p == nil {
		return
	}
	p.terminate(0)
	go func() {
		<-p.done
		_ = os.RemoveAll(p.dir) // the node's directory goes with the cluster in any case
	}()
}

// find returns the container of a pod that runs here.
func (n *Node) find(namespace, name, container string) (*container, error) {
	p, err := n.findPod(namespace, name)
	if err != nil {
		return nil, err
	}
	for _, c := range p.containers {
		if c.spec.Name == container {
			return c, nil
		}
	}
	return nil, fmt.Errorf("container %q not found in pod %s/%s", container, namespace, name)
}

// findPod returns the newest pod of that name: an older one may still be ending.
func (n *Node) findPod(namespace, name string) (*pod, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var found *pod
	for _, p := range n.pods {
		if p.object.Namespace == namespace && p.object.Name == name && (found == nil || found.number < p.number) {
			found = p
		}
	}
	if found == nil {
		return nil, fmt.Errorf("pod %s/%s not found", namespace, name)
	}
	return found, nil
}
