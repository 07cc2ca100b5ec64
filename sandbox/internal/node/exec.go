package node

import (
	"context"
	"fmt"
	"io"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// notFoundCode is the exit code that a container runtime gives for a program that it cannot start.
const notFoundCode = 127

var _ remotecommand.Executor = (*container)(nil)

// ExecInContainer runs a program beside the container's own, with its environment.
// It is killed, with all that it started, when the client goes away or the container ends.
func (c *container) ExecInContainer(ctx context.Context, _, _, _ string, argv []string, in io.Reader, out, errOut io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	host, err := c.attempt(false)
	if err != nil || c.snapshot().State.Running == nil {
		return fmt.Errorf("container %q is not running", c.spec.Name)
	}
	run := c.joined(host, argv)
	// The interfaces must stay nil where there is no stream.
	if in != nil {
		run.stdin = in
	}
	if out != nil {
		run.stdout = out
	}
	if errOut != nil {
		run.stderr = errOut
	}
	main, err := run.start()
	if err != nil {
		if errOut != nil {
			fmt.Fprintf(errOut, "exec failed: unable to start container process: %v\n", err)
		}
		return utilexec.CodeExitError{Err: err, Code: notFoundCode}
	}
	select {
	case <-main.done:
	case <-ctx.Done():
		main.end()
	case <-host.over:
		main.end()
	}
	if main.code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("exit status %d", main.code), Code: main.code}
	}
	return nil
}

// joined returns a program that runs as if it were in the container.
func (c *container) joined(a *attempt, argv []string) program {
	dir := c.spec.WorkingDir
	if dir == "" {
		dir = c.pod.dir
	}
	return program{argv: argv, env: a.env, dir: dir}
}
