//go:build linux && amd64

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// terminals are lost in the middle of runs, which end as by SIGHUP, leave no child, and write what was proven or nothing.
// A run that ignores SIGHUP goes on without its terminal, to its end.
func terminals(w *world, o options) (int, []string, error) {
	n := o.scale(100)
	random := rand.New(rand.NewPCG(o.seed, 3))
	var wrong []string
	for i := range n {
		token := 500000 + random.IntN(200000)
		stays := random.IntN(3) == 0 // as with nohup
		plan := planHead + terminalPlan(token, stays)
		proven, err := w.proven(plan)
		if err != nil {
			return i, wrong, err
		}
		if err := w.reset(texts{"data.txt": "a: 1\n", planOne: plan}); err != nil {
			return i, wrong, err
		}
		cmd := w.command("run", planOne, "--trust=all")
		if stays {
			cmd = w.ignoringHangup(cmd)
		}
		reads := random.IntN(2) == 0 // else what is shown fills the terminal, and wpctl stands still
		end, err := onTerminal(cmd, reads, time.Duration(random.IntN(600))*time.Millisecond)
		if err != nil {
			return i, wrong, err
		}
		what := fmt.Sprintf("it ignores SIGHUP: %v, somebody reads: %v", stays, reads)
		code := cmd.ProcessState.ExitCode()
		switch {
		case !end:
			wrong = append(wrong, what+": it did not end")
		case stays && code != 0, !stays && code != 129 && code != -1: // killed by the signal where it came first of all
			wrong = append(wrong, fmt.Sprintf("%s: exit code %d", what, code))
		}
		if left := waitGone(fmt.Sprint(token)); left != "" {
			wrong = append(wrong, fmt.Sprintf("%s: left %s", what, left))
		}
		now, err := w.look()
		if err != nil {
			return i, wrong, err
		}
		if now[planOne] != proven && (stays || now[planOne] != plan) {
			wrong = append(wrong, fmt.Sprintf("%s: the plan is\n%s", what, bounded(now[planOne])))
		}
	}
	return n, wrong, nil
}

// terminalPlan has a task that is proven at once, and such that never end, or end soon.
func terminalPlan(token int, soon bool) string {
	var b strings.Builder
	planTask(&b, 1, "", "- file: {path: data.txt}\n")
	for i, s := range stayers {
		run := fmt.Sprintf(s, token)
		if soon {
			run = "sleep 0.8"
		}
		planTask(&b, i+2, "", fmt.Sprintf("- sh: %q\n  timeout: 60s\n", run))
	}
	return b.String()
}

// proven is the plan as it is when all has come to an end that does.
func (w *world) proven(plan string) (string, error) {
	if err := w.reset(texts{"data.txt": "a: 1\n", planOne: plan}); err != nil {
		return "", err
	}
	args := []string{"run", planOne, "--trust=all"}
	if strings.Contains(plan, "timeout: 60s") && !strings.Contains(plan, "sleep 0.8") {
		args = append(args, "--task", "T1")
	}
	if exit, said, err := w.call(args...); err != nil || exit != 0 {
		return "", fmt.Errorf("exit %d, %w: %s", exit, err, said)
	}
	now, err := w.look()
	return now[planOne], err
}

// ignoringHangup is a command that ignores SIGHUP from its beginning.
func (w *world) ignoringHangup(cmd *exec.Cmd) *exec.Cmd {
	out := exec.Command("sh", append([]string{"-c", `trap "" HUP; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)...)
	out.Dir, out.Env = cmd.Dir, cmd.Env
	return out
}

// onTerminal runs a command on a terminal of its own, which is lost after a while, and tells whether it ended then.
func onTerminal(cmd *exec.Cmd, reads bool, after time.Duration) (end bool, err error) {
	screen, keys, err := openTerminal()
	if err != nil {
		return false, fmt.Errorf("open a terminal: %w", err)
	}
	cmd.Env = append(cmd.Env, "TERM=xterm-256color")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = keys, keys, keys
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	keys.Close()
	if err != nil {
		screen.Close()
		return false, err
	}
	if reads {
		go io.Copy(io.Discard, screen) //nolint:errcheck // it ends with the terminal
	}
	time.Sleep(after)
	screen.Close()
	late := time.AfterFunc(10*time.Minute, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	cmd.Wait()                                                            //nolint:errcheck // the exit code says it
	return late.Stop(), nil
}

// openTerminal returns the two ends of a new terminal.
func openTerminal() (screen, keys *os.File, err error) {
	if screen, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	raw, err := screen.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	var number int
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
		if failed == nil {
			failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
		}
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		keys, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		screen.Close()
	}
	return screen, keys, err
}
