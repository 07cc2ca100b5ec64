package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

// supervisor is the process that owns a cluster, as the command sees it that started it.
type supervisor struct {
	config cluster.Config
	cmd    *exec.Cmd
	ended  chan struct{} // closed when it has
}

// startSupervisor starts it in a session of its own, so that no terminal ends it.
func startSupervisor(config cluster.Config, wait time.Duration, change ...func(*syscall.SysProcAttr)) (*supervisor, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(config.Dir.Logs(), 0o700); err != nil {
		return nil, err
	}
	log, err := os.Create(config.Dir.Log("supervisor"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(self, supervise.name, "-name", config.Name, "-dir", string(config.Dir), "-wait", wait.String(),
		"-control-plane", config.Programs.ControlPlane, "-real-node", config.Programs.RealNode, "-hello", config.Programs.Hello)
	cmd.Dir, cmd.Env = string(config.Dir), cluster.Environment(config.Dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if config.Programs.RealNode != "" {
		box.Isolate(cmd.SysProcAttr)
	}
	for _, f := range change {
		f(cmd.SysProcAttr)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	s := &supervisor{config: config, cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // what it has to say is in the state and in its log
		close(s.ended)
	}()
	return s, nil
}

// ready waits for the supervisor's word that the cluster is ready for pods.
func (s *supervisor) ready() (cluster.State, error) {
	for {
		state, err := cluster.Read(s.config.Dir)
		if err == nil && state.Ready {
			return state, nil
		}
		select {
		case <-s.ended:
			return state, s.endError()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// endError says why the supervisor ended by itself.
func (s *supervisor) endError() error {
	state, err := cluster.Read(s.config.Dir)
	switch {
	case err == nil && state.Error != "":
		return errors.New(state.Error)
	case err == nil && state.Ended != "":
		return fmt.Errorf("%s ended, see %s", state.Ended, s.config.Dir.Log(state.Ended))
	default:
		return fmt.Errorf("the supervisor of %s ended, see %s", s.config.Name, s.config.Dir.Log("supervisor"))
	}
}

// stop has it end the cluster, and waits.
func (s *supervisor) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
	<-s.ended
}
