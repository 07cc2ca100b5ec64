package node

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	cri "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-client/pkg/logs"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/utils/ptr"
)

// serveLogs answers like a kubelet; reading and cutting the files is done by its own code.
func (n *Node) serveLogs(w http.ResponseWriter, r *http.Request) {
	var options corev1.PodLogOptions
	if err := legacyscheme.ParameterCodec.DecodeParameters(r.URL.Query(), corev1.SchemeGroupVersion, &options); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c, err := n.find(r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	a, err := c.attempt(options.Previous)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := flushed{w}
	stdout, stderr := io.Writer(out), io.Writer(out)
	switch ptr.Deref(options.Stream, corev1.LogStreamAll) {
	case corev1.LogStreamStdout:
		stderr = nil
	case corev1.LogStreamStderr:
		stdout = nil
	}
	// An error in the middle of a log cannot be told any more: the answer just ends.
	_ = logs.ReadLogs(r.Context(), a.log, "", criOptions(options), logState{attempt: a}, stdout, stderr)
}

func criOptions(o corev1.PodLogOptions) *logs.LogOptions {
	cri := &logs.LogOptions{TailLines: o.TailLines, LimitBytes: o.LimitBytes, Follow: o.Follow && !o.Previous, Timestamp: o.Timestamps}
	if o.SinceTime != nil {
		cri.Since = o.SinceTime.Time
	}
	if o.SinceSeconds != nil {
		cri.Since = time.Now().Add(-time.Duration(*o.SinceSeconds) * time.Second)
	}
	return cri
}

// attempt returns the newest attempt, or the one before.
func (c *container) attempt(previous bool) (*attempt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	newest := len(c.attempts) - 1
	pod := c.pod.object.Name
	if previous {
		// While it waits for a restart, the newest attempt is the previous one already.
		if c.status.State.Waiting == nil {
			newest--
		}
		if newest < 0 {
			return nil, fmt.Errorf("previous terminated container %q in pod %q not found", c.spec.Name, pod)
		}
	}
	if newest < 0 {
		reason := "ContainerCreating"
		if c.status.State.Waiting != nil {
			reason = c.status.State.Waiting.Reason
		}
		return nil, fmt.Errorf("container %q in pod %q is waiting to start: %s", c.spec.Name, pod, reason)
	}
	return c.attempts[newest], nil
}

// logState tells a reader who follows a log whether more is to come.
type logState struct {
	cri.RuntimeService // nil: only the status is asked for
	attempt            *attempt
}

func (s logState) ContainerStatus(context.Context, string, bool) (*runtimeapi.ContainerStatusResponse, error) {
	state := runtimeapi.ContainerState_CONTAINER_RUNNING
	select {
	case <-s.attempt.over:
		state = runtimeapi.ContainerState_CONTAINER_EXITED
	default:
	}
	return &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{State: state}}, nil
}

// end tells those who follow the log that nothing more comes: any change of the file makes them look.
func (a *attempt) end() {
	close(a.over)
	_ = os.Chmod(a.log, 0o600) // without it they look a second later
}

// flushed sends every line at once.
type flushed struct{ w http.ResponseWriter }

func (f flushed) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	if flusher, ok := f.w.(http.Flusher); ok {
		flusher.Flush()
	}
	return n, err
}
