package cast

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Program is a program that runs beside us.
type Program struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// StartProgram starts a program until ctx ends, with more environment, and its output in a file.
func StartProgram(ctx context.Context, log string, env []string, name string, args ...string) (*Program, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &Program{cmd: exec.CommandContext(ctx, name, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = f, f
	endsWithUs(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // what it had to say is in the log
	}()
	return p, nil
}

// wait returns when the program has ended; there may be none.
func (p *Program) wait() {
	if p != nil {
		<-p.done
	}
}

// Stop ends the program, and returns when it has ended.
func (p *Program) Stop() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// patience is how long something is waited for that always comes: as long as on a very busy machine.
const patience = 5 * time.Minute

// Until tries something until it succeeds; after a long time it returns the last error.
func Until(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %s: %w", patience, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
