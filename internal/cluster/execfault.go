package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// The words of runtimes for a program that they cannot start, in lower case: runc, crun, and the shells between.
// They come in place of an exit code, or with one of 126 and 127 in the error output.
var (
	startWords = []string{"oci runtime", "unable to start container process", "exec failed", "failed to start exec"}
	noWords    = []string{"executable file", "no such file or directory", "permission denied", "exec format error", "not a directory", "is a directory", "command not found"}
	downWords  = []string{"container not found", "is not running", "not in running state", "container_exited", "container_created", "no running task found", "task not found", "process has already finished", "stopped container"}
)

func anyOf(words []string, text string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// unstarted tells whether an exit code is that of the runtime, which says in the error output why it started nothing.
func unstarted(code int, stderr string) bool {
	return (code == 126 || code == 127) && anyOf(startWords, stderr) && anyOf(noWords, stderr)
}

func noProgram(x steps.Command, text string) error {
	reason := "it is not there, or cannot be run"
	for _, w := range noWords {
		if anyOf([]string{w}, text) {
			reason = w
			break
		}
	}
	if reason == "executable file" {
		reason = "not found in its PATH"
	}
	return fmt.Errorf("%w: %s: %s", steps.ErrNoProgram, x.Args[0], reason)
}

// execFault words why a command has no exit code.
func (c *client) execFault(x steps.Command, err error) error {
	w := what{verb: "create", resource: "pods/exec", name: x.Pod, namespace: x.Namespace}
	var status *apierrors.StatusError
	var refused *refusal
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &refused):
		return c.execRefused(w, x, refused)
	case errors.As(err, &status):
		return c.execRefused(w, x, &refusal{code: int(status.ErrStatus.Code), status: status.ErrStatus})
	case anyOf(startWords, err.Error()) && anyOf(noWords, err.Error()):
		return noProgram(x, err.Error())
	case anyOf(downWords, err.Error()):
		return fmt.Errorf("%w: %s", steps.ErrNotRunning, oneLine(err))
	case strings.Contains(err.Error(), "getting credentials: "):
		return c.fault(w, err, true)
	}
	text, how := c.lost(err)
	err = fmt.Errorf("%w: %s: %s", steps.ErrLost, c.place, strings.TrimPrefix(text, "error reading from error stream: next reader: "))
	if how == lasts {
		return &check.Lasting{Err: err}
	}
	return &check.Transient{Err: err}
}

// execRefused words an answer in place of a connection. The API server answers 400 where a pod or a container
// cannot be exec'd into, and 500 with the words of the runtime.
func (c *client) execRefused(w what, x steps.Command, r *refusal) error {
	text := oneLine(r)
	switch {
	case r.code == http.StatusNotFound:
		return fmt.Errorf("%w: there is no pod %q in namespace %q", steps.ErrNotRunning, x.Pod, x.Namespace)
	case r.code == http.StatusBadRequest, anyOf(downWords, text):
		return fmt.Errorf("%w: %s", steps.ErrNotRunning, strings.TrimPrefix(text, "400 Bad Request: "))
	case anyOf(startWords, text) && anyOf(noWords, text):
		return noProgram(x, text)
	}
	return c.refusedFor(w, r)
}
