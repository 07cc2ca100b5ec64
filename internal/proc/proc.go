// Package proc runs a program and leaves nothing of it behind: the program and all that it started end together,
// in bounded time and with bounded memory, whatever they do with their output.
// It knows nothing of shells or steps.
//
// On Unix a program has its own process group, which is ended with it. On Linux what left the group (setsid, daemons)
// is found again and killed: this process becomes the "subreaper" of its descendants, and knows them by a mark in
// their environment. When this process is killed itself, the kernel kills its programs, and a shell that waited for
// that kills all who have the mark. What this cannot find: a process that left the group and cleared its environment;
// and, when this process is killed, one that stayed in the group and did.
// Elsewhere those that leave the group stay; on Windows only the program itself is ended.
package proc

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
)

// Command is a program to run.
type Command struct {
	Path  string // required, absolute
	Args  []string
	Dir   string
	Env   []string      // NAME=value; nothing is added from this process's environment but a mark
	Stdin string        // "": /dev/null
	Keep  int           // how many bytes of each output stream are kept; 0: 1 MiB
	Grace time.Duration // between asking the program to end and killing it; 0: half a second
	Files []*os.File    // what it has open beside its streams, from descriptor 3 on
}

// Result is how a program ended.
type Result struct {
	Stdout, Stderr Output
	Exit           int    // as a shell tells it: 128+n where signal n ended the program
	Signal         string // the signal that ended it; "" for none
	Left           bool   // it left processes behind, and they were ended
}

const (
	defaultKeep  = 1 << 20
	defaultGrace = 500 * time.Millisecond
	linger       = 250 * time.Millisecond // for what is still writing when the program has ended
	lastRead     = 100 * time.Millisecond // for the pipes to empty when all has been killed
)

// Run runs the program until it ends or ctx does; then it and its descendants have ended too.
// A program that failed is a Result; an error is that it could not be started, or that ctx ended, and that
// comes with what was written until then.
func Run(ctx context.Context, c Command) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if c.Keep == 0 {
		c.Keep = defaultKeep
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	s, err := openStreams(c)
	if err != nil {
		return Result{}, err
	}
	defer s.close()

	appoint()
	mark := newMark()
	c.Env = append(c.Env[:len(c.Env):len(c.Env)], mark)
	// The kernel kills the program when the thread that started it ends, so this goroutine keeps its thread.
	runtime.LockOSThread()
	p, pidfd, err := start(c, s)
	if err != nil {
		runtime.UnlockOSThread()
		return Result{}, fmt.Errorf("start %s: %w", c.Path, err)
	}
	stop := endWith(ctx, p, c.Grace)
	s.feed()
	if pidfd >= 0 {
		s.poll(pidfd, -1)
		closeFd(pidfd)
	} else {
		s.follow()
	}
	state, err := p.Wait()
	runtime.UnlockOSThread()
	forget(p.Pid)
	cut := stop()
	if !cut && err == nil {
		s.drain(linger)
	}
	left := endGroup(p, c.Grace, cut)
	left = endOrphans(mark) || left
	s.drain(lastRead)

	r := Result{Left: left}
	r.Stdout, r.Stderr = s.outputs()
	if cut {
		return r, ctx.Err()
	}
	if err != nil {
		return r, fmt.Errorf("wait for %s: %w", c.Path, err)
	}
	r.Exit, r.Signal = exitOf(state)
	return r, nil
}

// start starts the program and remembers it as a child that is ours.
// The pidfd is negative where there is none.
func start(c Command, s *streams) (p *os.Process, pidfd int, err error) {
	startMu.RLock()
	defer startMu.RUnlock()
	pidfd = -1
	p, err = os.StartProcess(c.Path, c.Args, &os.ProcAttr{
		Dir: c.Dir, Env: c.Env, Files: append(s.child[:], c.Files...), Sys: attributes(&pidfd),
	})
	s.closeChild()
	if err != nil {
		return nil, -1, err
	}
	remember(p.Pid)
	return p, pidfd, nil
}

// endWith asks the program's group to end when ctx does, and kills it after grace.
// The function that it returns is called when the program itself has ended, and tells whether it had come to that.
func endWith(ctx context.Context, p *os.Process, grace time.Duration) func() bool {
	ended, done := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		askGroup(p)
		select {
		case <-time.After(grace):
			killGroup(p)
		case <-ended:
		}
	})
	return func() bool {
		if stop() {
			return false
		}
		close(ended)
		<-done
		return true
	}
}
