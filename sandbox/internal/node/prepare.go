package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/events"
)

// pauseImage is the only image that runs without a command: it does nothing until it is told to end.
const pauseImage = "sandbox/pause"

// pauseCommand does nothing for 68 years.
var pauseCommand = []string{"sleep", "2147483647"}

// tokenPath is where every pod gets a service account's token unasked, which most never read.
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// retryTime is the pause before a container that misses something is looked at again.
const retryTime = time.Second

// errCreate marks what no change of a ConfigMap or a Secret will mend.
var errCreate = errors.New("create container")

// prepare returns the container's program, without its output, as soon as all that it refers to exists.
// Until then the container waits with the reason that a kubelet gives; false means that ctx ended first.
func (c *container) prepare(ctx context.Context) (program, bool) {
	last := ""
	for {
		run, err := c.program(ctx)
		if ctx.Err() != nil {
			return program{}, false
		}
		if err == nil {
			return run, true
		}
		reason := "CreateContainerConfigError"
		if errors.Is(err, errCreate) {
			reason = "CreateContainerError"
		}
		if last != err.Error() {
			last = err.Error()
			c.warning(events.FailedToCreateContainer, "Error: %v", err)
			c.set(func(s *corev1.ContainerStatus) {
				s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: last}}
			})
		}
		if !sleep(ctx, retryTime) {
			return program{}, false
		}
	}
}

func (c *container) program(ctx context.Context) (program, error) {
	command, dir := c.spec.Command, c.spec.WorkingDir
	if len(command) == 0 {
		image, _, _ := strings.Cut(c.spec.Image, ":")
		if image != pauseImage {
			return program{}, fmt.Errorf("%w: this node has no images: %q can run only with a command", errCreate, c.spec.Image)
		}
		command = pauseCommand
	}
	if dir == "" {
		dir = c.pod.dir
	}
	for _, m := range c.spec.VolumeMounts {
		if m.MountPath != tokenPath {
			return program{}, fmt.Errorf("%w: this node has no volumes: cannot mount %q at %q", errCreate, m.Name, m.MountPath)
		}
	}
	vars, err := c.environment(ctx)
	if err != nil {
		return program{}, err
	}
	return program{argv: vars.expand(slices.Concat(command, c.spec.Args)), env: vars.list(), dir: dir}, nil
}

// sleep returns false if ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
