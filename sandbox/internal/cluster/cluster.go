// Package cluster runs a Kubernetes control plane and its nodes as child processes, in a directory of their own.
//
// Without a real node it needs no root and nothing but loopback. What it starts does not outlive it.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

// ownerTime is how long the owner of a cluster may take to end it.
const ownerTime = 10 * time.Second

// nodeTime is how long the node may take to end its containers.
const nodeTime = 3 * time.Second

// Config says what to run; every field is required.
type Config struct {
	Name     string
	Dir      Dir // empty or not there yet
	Programs Programs
}

// Programs are files.
type Programs struct {
	ControlPlane string // with the process node
	RealNode     string // "" for a cluster without one; else the process is one that box.Isolate prepared
	Hello        string // the program of the smallest images, for a real node
}

// Cluster is a running cluster. It belongs to the process that started it.
type Cluster struct {
	config   Config
	state    State
	port     *port
	programs []*child
	ended    chan *child
}

// child is a program that was started, and that is being waited for.
type child struct {
	Program
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Start starts a cluster and returns when it is ready for pods; if that fails, nothing of it runs any more.
// It must be called from the main goroutine of a process that locked it to its thread:
// the kernel ends the programs when the thread that started them ends.
func Start(ctx context.Context, config Config) (*Cluster, error) {
	c := &Cluster{config: config, ended: make(chan *child, 16)}
	c.state = State{Name: config.Name, Started: time.Now().UTC(), Owner: processOf(os.Getpid())}
	err := c.start(ctx)
	if err != nil {
		c.Stop()
		c.state.Error = err.Error()
		return nil, errors.Join(err, c.state.write(config.Dir))
	}
	c.state.Ready = true
	return c, c.state.write(config.Dir)
}

func (c *Cluster) start(ctx context.Context) error {
	for _, dir := range []string{c.config.Dir.join("pki"), c.config.Dir.Logs()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	var err error
	if c.config.Programs.RealNode != "" {
		if err := c.isolate(); err != nil {
			return err
		}
	}
	if c.port, err = reservePort(); err != nil {
		return fmt.Errorf("reserve a port: %w", err)
	}
	c.state.Server = fmt.Sprintf("https://127.0.0.1:%d", c.port.number)
	access, err := newAccess(c.config, c.state.Server)
	if err != nil {
		return err
	}
	if err := c.launch(etcd, apiServer(c.port.number, c.state.Node != nil)); err != nil {
		return err
	}
	if err := c.await(ctx, "the API server", access.apiReady); err != nil {
		return err
	}
	if err := c.launch(controllerManager, scheduler, node); err != nil {
		return err
	}
	if err := c.await(ctx, "the default service account", access.accountReady); err != nil {
		return err
	}
	nodes := []string{processNode}
	if c.state.Node != nil {
		if err := c.startRealNode(ctx, access); err != nil {
			return err
		}
		nodes = append(nodes, realNode)
	}
	for _, name := range nodes {
		ready := func(ctx context.Context) error { return access.nodeReady(ctx, name) }
		if err := c.await(ctx, "node "+name, ready); err != nil {
			return err
		}
	}
	c.state.Version, err = access.version(ctx)
	return err
}

// launch starts programs of the control plane.
func (c *Cluster) launch(lines ...commandLine) error {
	for _, line := range lines {
		if err := c.launchOne(line[0], c.config.Programs.ControlPlane, line, attributes(line[0] == node[0])); err != nil {
			return err
		}
	}
	return nil
}

// launchOne starts a program with a log of its own.
func (c *Cluster) launchOne(name, binary string, line commandLine, attr *syscall.SysProcAttr) error {
	log, err := os.Create(c.config.Dir.Log(name))
	if err != nil {
		return err
	}
	cmd := exec.Command(binary, line...)
	cmd.Dir, cmd.Env = string(c.config.Dir), Environment(c.config.Dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attr
	err = cmd.Start()
	_ = log.Close() // the program has its own
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	started := &child{Program: Program{Name: name, Process: processOf(cmd.Process.Pid)}, cmd: cmd, done: make(chan struct{})}
	c.programs = append(c.programs, started)
	c.state.Programs = append(c.state.Programs, started.Program)
	go func() {
		_ = cmd.Wait() // how it ended is in its ProcessState
		close(started.done)
		c.ended <- started
	}()
	return c.state.write(c.config.Dir)
}

// Wait returns nil when ctx ends, and an error when a program ended by itself; the state then tells which.
func (c *Cluster) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case p := <-c.ended:
		c.state.Ended = p.Name
		return errors.Join(c.endError(p), c.state.write(c.config.Dir))
	}
}

func (c *Cluster) endError(p *child) error {
	return fmt.Errorf("%s ended (%s), see %s", p.Name, p.cmd.ProcessState, c.config.Dir.Log(p.Name))
}

// Stop ends all programs and whatever their containers started, and waits until they are gone. The directory stays.
func (c *Cluster) Stop() {
	var ending sync.WaitGroup
	for _, p := range c.programs {
		ending.Go(func() {
			if p.Name == node[0] { // it ends its containers; what the others know is thrown away
				_ = p.cmd.Process.Signal(syscall.SIGTERM)
				select {
				case <-p.done:
				case <-time.After(nodeTime):
				}
			}
			_ = p.cmd.Process.Kill()
			<-p.done
		})
	}
	ending.Wait()
	_ = Sweep(c.config.Dir) // what cannot be killed cannot be helped; down would tell
	_ = box.RemoveGroup(string(c.config.Dir))
	c.port.release()
}

// Kubeconfig returns the path of the file with the address and the credentials of an administrator.
func (c *Cluster) Kubeconfig() string { return c.config.Dir.Kubeconfig() }
