package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/utils/ptr"
)

// container runs one container of a pod, as often as its restart policy asks.
type container struct {
	pod  *pod
	spec *corev1.Container
	init bool

	mu       sync.Mutex
	status   corev1.ContainerStatus
	attempts []*attempt
}

// attempt is one run of a container.
type attempt struct {
	log  string // file
	env  []string
	over chan struct{} // closed when it has ended
}

func newContainer(p *pod, spec *corev1.Container, init bool) *container {
	c := &container{pod: p, spec: spec, init: init}
	reason := "ContainerCreating"
	if len(p.object.Spec.InitContainers) > 0 {
		reason = "PodInitializing"
	}
	c.status = corev1.ContainerStatus{
		Name:    spec.Name,
		Image:   spec.Image,
		Started: ptr.To(false),
		State:   corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}},
	}
	return c
}

// run runs the container until its restart policy or ctx says that it is enough, and tells whether it succeeded.
func (c *container) run(ctx context.Context) bool {
	pause := backoff{first: c.pod.node.config.Backoff, max: c.pod.node.config.BackoffMax}
	for {
		began := time.Now()
		code, ended := c.once(ctx)
		if !ended || ctx.Err() != nil || !podutil.ContainerShouldRestart(*c.spec, c.pod.object.Spec, int32(code)) {
			return ended && code == 0
		}
		if !c.backOff(ctx, pause.next(time.Since(began))) {
			return false
		}
	}
}

// once runs the container one time; it has not ended if ctx ended before it could start.
func (c *container) once(ctx context.Context) (code int, ended bool) {
	run, ok := c.prepare(ctx)
	if !ok {
		return 0, false
	}
	now := c.addAttempt(run.env)
	defer now.end()
	log, err := os.OpenFile(now.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return c.startFailed(err), true
	}
	lines := &logWriter{file: log}
	run.stdout, run.stderr = lines.stream("stdout"), lines.stream("stderr")
	defer lines.close()

	c.normal(events.CreatedContainer, "Container created")
	main, err := run.start()
	if err != nil {
		return c.startFailed(err), true
	}
	c.set(c.began)
	c.normal(events.StartedContainer, "Container started")
	c.supervise(ctx, main)
	c.set(func(s *corev1.ContainerStatus) { c.ended(s, main.code) })
	return main.code, true
}

// supervise returns when the main process has ended, by itself or because ctx, a hook or a probe said so.
func (c *container) supervise(ctx context.Context, main *process) {
	probes, stopProbes := context.WithCancel(ctx)
	unhealthy := make(chan string, 1)
	var watching sync.WaitGroup
	watching.Go(func() {
		if !c.postStart(probes) {
			unhealthy <- "PostStartHook"
			return
		}
		c.watchHealth(probes, unhealthy)
	})
	defer watching.Wait()
	defer stopProbes()
	select {
	case <-main.done:
	case <-ctx.Done():
		c.normal(events.KillingContainer, "Stopping container %s", c.spec.Name)
		c.preStop(main)
		main.stop(c.pod.killed, nil)
	case kind := <-unhealthy:
		c.normal(events.KillingContainer, "Container %s failed %s, will be restarted", c.spec.Name, kind)
		late := time.NewTimer(c.pod.grace())
		defer late.Stop()
		c.preStop(main)
		main.stop(c.pod.killed, late.C)
	}
}

func (c *container) addAttempt(env []string) *attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	file := filepath.Join(c.pod.dir, fmt.Sprintf("%s.%d.log", c.spec.Name, len(c.attempts)))
	a := &attempt{log: file, env: env, over: make(chan struct{})}
	c.attempts = append(c.attempts, a)
	return a
}

// waitStarted returns true once the container has started, its startup probe included.
func (c *container) waitStarted(ctx context.Context) bool {
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		if s := c.snapshot(); s.Started != nil && *s.Started {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-poll.C:
		}
	}
}
