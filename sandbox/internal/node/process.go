package node

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// drainTime is how long output is still read from a pipe that a process outside the group holds open.
const drainTime = time.Second

// program is what a container, an exec or a probe runs.
type program struct {
	argv           []string
	env            []string
	dir            string
	stdin          io.Reader // nil: nothing to read
	stdout, stderr io.Writer // nil: thrown away; the same for both: one pipe, in order
}

// process is a running program with all that it starts in its process group.
type process struct {
	pid  int
	done chan struct{} // closed when the program has ended, its group is killed and its output is complete
	code int           // valid once done is closed: as a shell reports it, 128 and the signal for one that was killed
}

// start starts the program in a process group of its own, which ends with it.
func (p program) start() (*process, error) {
	path, err := p.lookPath()
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: path, Args: p.argv, Env: p.env, Dir: p.dir, SysProcAttr: groupAttributes()}
	ends := &pipes{}
	defer ends.closeChildEnds()
	// The pipes are our own: those of os/exec would keep Wait waiting for a grandchild that holds them.
	if cmd.Stdin, err = ends.input(p.stdin); err != nil {
		return nil, err
	}
	if cmd.Stdout, err = ends.output(p.stdout); err != nil {
		return nil, err
	}
	if cmd.Stderr = cmd.Stdout; p.stderr != p.stdout {
		if cmd.Stderr, err = ends.output(p.stderr); err != nil {
			return nil, err
		}
	}
	if err := cmd.Start(); err != nil {
		ends.closeOurEnds()
		return nil, err
	}
	running := &process{pid: cmd.Process.Pid, done: make(chan struct{})}
	ends.copy()
	go func() {
		defer close(running.done)
		state, err := running.reap(cmd.Process)
		ends.drain(drainTime)
		running.code = exitCode(state, err)
	}()
	return running, nil
}

// lookPath finds the program as a container runtime does: in the PATH of the container, not in that of the node.
func (p program) lookPath() (string, error) {
	name := p.argv[0]
	if strings.Contains(name, "/") {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.dir, name)
		}
		_, err := exec.LookPath(name)
		return name, err
	}
	search := ""
	for _, v := range p.env { // the last one counts
		if value, ok := strings.CutPrefix(v, "PATH="); ok {
			search = value
		}
	}
	for _, dir := range filepath.SplitList(search) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && filepath.IsAbs(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("exec: %q: executable file not found in $PATH", name)
}

func (p *process) signal(sig syscall.Signal) {
	_ = syscall.Kill(-p.pid, sig) // fails only when there is nobody left
}

// stop asks the group to end, kills it once kill is closed or it is late, and returns when it is gone.
func (p *process) stop(kill <-chan struct{}, late <-chan time.Time) {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-kill:
	case <-late:
	}
	p.end()
}

// end kills the group and returns when it is gone.
func (p *process) end() {
	select {
	case <-p.done: // its number may belong to another one by now
	default:
		p.signal(syscall.SIGKILL)
		<-p.done
	}
}

func exitCode(state *os.ProcessState, err error) int {
	if err != nil {
		return 255 // it ended, and nobody can say how
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
