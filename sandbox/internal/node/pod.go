package node

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
)

// pod runs the containers of one pod, from its binding to this node until it is gone.
type pod struct {
	node       *Node
	object     *corev1.Pod // as it came: what matters here of its spec cannot change
	number     int         // of the pods of this node, in their order
	dir        string      // working directory and logs of its containers
	ip         string      // the address that the cluster sees
	loopback   string      // the address that its programs can bind
	started    metav1.Time
	containers []*container // init containers first

	cancel  context.CancelFunc // asks the containers to end
	kill    func()             // ends those that did not
	killed  chan struct{}      // closed by kill
	done    chan struct{}      // closed when everything has ended and is reported
	changed chan struct{}      // holds a value when there is something to report
	ending  atomic.Bool        // it was told to end
	quiet   atomic.Bool        // the node itself is ending: nobody is left to report to
	expired atomic.Bool        // it ran longer than its activeDeadlineSeconds
	removal sync.Once
}

// newPod prepares a pod; the caller holds the node's lock.
func newPod(n *Node, object *corev1.Pod) *pod {
	n.created++
	p := &pod{
		node:     n,
		object:   object,
		number:   n.created,
		dir:      filepath.Join(n.config.Root, string(object.UID)),
		ip:       n.subnet.cluster(n.created),
		loopback: n.subnet.loopback(n.created),
		started:  metav1.Now(),
		killed:   make(chan struct{}),
		done:     make(chan struct{}),
		changed:  make(chan struct{}, 1),
	}
	p.kill = sync.OnceFunc(func() { close(p.killed) })
	for i := range object.Spec.InitContainers {
		p.containers = append(p.containers, newContainer(p, &object.Spec.InitContainers[i], true))
	}
	for i := range object.Spec.Containers {
		p.containers = append(p.containers, newContainer(p, &object.Spec.Containers[i], false))
	}
	return p
}

// run runs the pod to its end.
func (p *pod) run(ctx context.Context) {
	defer close(p.done)
	ended := make(chan struct{})
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		p.report(ended)
	}()
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		klog.ErrorS(err, "make the directory of a pod", "pod", klog.KObj(p.object))
	}
	if limit := p.object.Spec.ActiveDeadlineSeconds; limit != nil {
		deadline := time.AfterFunc(time.Duration(*limit)*time.Second, func() {
			p.expired.Store(true)
			p.terminate(p.grace())
		})
		defer deadline.Stop()
	}
	p.runContainers(ctx)
	p.cancel()
	close(ended)
	<-reported
}

// runContainers runs the init containers one after the other, then the containers side by side.
// A sidecar is an init container that starts in its turn and ends after the containers.
func (p *pod) runContainers(ctx context.Context) {
	sidecarContext, endSidecars := context.WithCancel(ctx)
	var sidecars, containers sync.WaitGroup
	defer sidecars.Wait()
	defer endSidecars()
	for _, c := range p.containers {
		switch {
		case c.init && podutil.IsRestartableInitContainer(c.spec):
			sidecars.Go(func() { c.run(sidecarContext) })
			if !c.waitStarted(ctx) {
				return
			}
		case c.init:
			if !c.run(ctx) {
				return
			}
		default:
			containers.Go(func() { c.run(ctx) })
		}
	}
	containers.Wait()
	time.AfterFunc(p.grace(), p.kill) // for the sidecars
}

// terminate asks the containers to end and kills them after the grace.
func (p *pod) terminate(grace time.Duration) {
	p.ending.Store(true)
	p.cancel()
	if grace <= 0 {
		p.kill()
		return
	}
	time.AfterFunc(grace, p.kill)
}

// delete ends the pod as its object asks and then removes the object; a later call can only shorten the grace.
func (p *pod) delete(ctx context.Context, object *corev1.Pod) {
	grace := p.grace()
	if s := object.DeletionGracePeriodSeconds; s != nil {
		grace = time.Duration(*s) * time.Second
	}
	p.terminate(grace)
	p.removal.Do(func() {
		go func() {
			<-p.done
			if p.quiet.Load() {
				return
			}
			now := int64(0)
			err := p.node.client.CoreV1().Pods(object.Namespace).Delete(ctx, object.Name, metav1.DeleteOptions{
				GracePeriodSeconds: &now,
				Preconditions:      &metav1.Preconditions{UID: &object.UID},
			})
			if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) && ctx.Err() == nil {
				klog.ErrorS(err, "remove a pod", "pod", klog.KObj(object))
			}
		}()
	})
}

func (p *pod) grace() time.Duration {
	if s := p.object.Spec.TerminationGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return 30 * time.Second
}
