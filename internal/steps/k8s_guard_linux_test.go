package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// local runs commands on this machine as containerd does in a container: in a session of their own, and without
// ending them when their client goes away; only their input ends then.
type local struct {
	shell string // in place of sh
	lies  bool   // it says of every command that it ended well
}

func (l local) Exec(ctx context.Context, _ string, c Command) (int, error) {
	if l.lies {
		return 0, nil
	}
	args := c.Args
	if args[0] == "sh" {
		args = append(strings.Fields(l.shell), args[1:]...)
	}
	if len(args) == 0 || args[0] == "none" {
		return 0, fmt.Errorf("%w: %s", ErrNoProgram, c.Args[0])
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	if c.Stdin != nil {
		in, err := cmd.StdinPipe()
		if err != nil {
			return 0, err
		}
		go func() {
			_, _ = io.Copy(in, c.Stdin)
			in.Close()
		}()
		defer context.AfterFunc(ctx, func() { in.Close() })()
	}
	err := cmd.Run()
	var exited *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, &exited):
		return exited.ExitCode(), nil
	}
	return 0, err
}

func TestGuarded(t *testing.T) {
	for _, shell := range []string{"dash", "bash", "busybox sh", "none"} {
		program, _, _ := strings.Cut(shell, " ")
		if _, err := exec.LookPath(program); err != nil && shell != "none" {
			continue
		}
		for _, tt := range []struct {
			name, script, stdin, want string
		}{
			{"Exit0", "true", "", "0  "},
			{"Exit3", "exit 3", "", "3  "},
			{"Streams", "echo a; echo b >&2; exit 1", "", "1 a b"},
			{"Stdin", "cat; cat", "x\n\ny", "0 x||y "},
			{"StdinNotRead", "exit 2", strings.Repeat("x", 1<<17), "2  "},
			{"NoStdin", "cat; echo end", "", "0 end "},
			{"Signal", "kill -9 $$", "", "137  "},
			{"Quotes", `printf '%s' '$1 "$2" * \n'`, "", `0 $1 "$2" * \n `},
			{"Child", "sleep 50 >/dev/null 2>&1 & echo x", "", "0 x "},
		} {
			if tt.name == "Signal" && (shell == "none" || shell == "bash") {
				continue // Go gives another number, and bash says something in the error output
			}
			t.Run(program+tt.name, func(t *testing.T) {
				r, err := guarded(t.Context(), local{shell: shell}, check.Site{}, Command{Args: []string{"/bin/sh", "-c", tt.script}}, tt.stdin)
				line := func(s string) string { return strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "|") }
				got := fmt.Sprintf("%d %s %s", r.Exit, line(r.Stdout.Text), line(r.Stderr.Text))
				if err != nil || got != tt.want {
					t.Errorf("got %q, %v, want %q", got, err, tt.want)
				}
			})
		}
	}
}

func TestGuardedWithoutAnEnd(t *testing.T) {
	none := Command{Args: []string{"no-such-program"}}
	if _, err := guarded(t.Context(), local{shell: "sh"}, check.Site{}, none, ""); !errors.Is(err, ErrNoProgram) || !strings.HasSuffix(err.Error(), "no-such-program: not found in its PATH") {
		t.Error(err)
	}
	var passing *check.Transient
	if _, err := guarded(t.Context(), local{lies: true}, check.Site{}, none, ""); !errors.Is(err, ErrLost) || !errors.As(err, &passing) {
		t.Error("a success without a word:", err)
	}
}

// What a command started ends when its client goes away, also what does not listen to signals.
func TestGuardedEndsWithItsClient(t *testing.T) {
	for _, shell := range []string{"dash", "bash", "busybox sh"} {
		program, _, _ := strings.Cut(shell, " ")
		if _, err := exec.LookPath(program); err != nil {
			continue
		}
		t.Run(program, func(t *testing.T) {
			pid := filepath.Join(t.TempDir(), "pid")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				for range 2000 {
					if b, _ := os.ReadFile(pid); strings.HasSuffix(string(b), "\n") {
						break
					}
					time.Sleep(5 * time.Millisecond)
				}
				cancel()
			}()
			_, err := guarded(ctx, local{shell: shell}, check.Site{}, Command{Args: []string{"/bin/sh", "-c", "trap '' TERM HUP INT; sleep 100 & echo $! >" + pid + "; wait"}}, "")
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			b, err := os.ReadFile(pid)
			if err != nil {
				t.Fatal(err)
			}
			for range 1000 {
				stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(b)) + "/stat")
				if err != nil || strings.Contains(string(stat), ") Z ") {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
			t.Error("it runs on")
		})
	}
}
