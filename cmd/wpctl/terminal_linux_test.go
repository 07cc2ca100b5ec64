package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo terminal with a program on it, and somebody who types.
type terminal struct {
	*testing.T
	keys *os.File
	cmd  *exec.Cmd

	mu    sync.Mutex
	shown strings.Builder
	read  int // how much of it was waited for
	gone  chan struct{}
}

// onTerminal starts a program in dir on a terminal of 80 by 24, with a home of its own and no configuration of git.
func onTerminal(t *testing.T, dir string, command ...string) *terminal {
	t.Helper()
	keys, screen := pty(t)
	home := t.TempDir()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, screen
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TERM=xterm", "LANG=C.UTF-8", "NO_COLOR=1", "PS1=$ ", "GIT_CONFIG_NOSYSTEM=1", "GORACE=" + os.Getenv("GORACE")}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close()
	s := &terminal{T: t, keys: keys, cmd: cmd, gone: make(chan struct{})}
	go s.reading()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-s.gone
		keys.Close()
	})
	return s
}

// pty returns the two ends of a new pseudo terminal.
func pty(t *testing.T) (keys, screen *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	fd := int(keys.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	}
	if err == nil {
		screen, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys, screen
}

func (s *terminal) reading() {
	defer close(s.gone)
	buf := make([]byte, 4096)
	for {
		n, err := s.keys.Read(buf) // an error when the last program has left
		s.mu.Lock()
		s.shown.Write(buf[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *terminal) types(keys string) {
	s.Helper()
	if _, err := s.keys.WriteString(keys); err != nil {
		s.Fatal(err)
	}
}

// until waits for a text that matches, behind all that was waited for before, and returns what came up to its end.
func (s *terminal) until(pattern string) string {
	s.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		rest := s.shown.String()[s.read:]
		s.mu.Unlock()
		if at := re.FindStringIndex(rest); at != nil {
			s.read += at[1]
			return rest[:at[1]]
		}
		if time.Now().After(end) {
			s.Fatalf("no %q in %q", pattern, rest)
		}
	}
}

// said is all that came up on the terminal.
func (s *terminal) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// ended waits for the program's end, and returns its exit code.
func (s *terminal) ended() int {
	s.Helper()
	select {
	case <-s.gone:
	case <-time.After(time.Minute):
		s.Fatal("it has not ended")
	}
	_ = s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

const (
	ctrlC, ctrlD, ctrlZ    = "\x03", "\x04", "\x1a"
	hideCursor, showCursor = "\x1b[?25l", "\x1b[?25h"
)

// TestJobControl stops a run that draws, looks at the terminal, and lets it go on, in the background and before it.
func TestJobControl(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plan.md"), "---\nid: SHOP-WP-0001\ntype: workplan\nstatus: active\n---\n# T01 — Wait for the go\n\n```task\nid: T01\nverify:\n  - sh: until test -e go; do sleep 0.05; done\n```\n")
	s := onTerminal(t, dir, "bash", "--norc", "--noprofile", "-i")
	s.until(`\$ `)
	s.types("wpctl run plan.md --trust=all\n")
	drawn := s.until(`1 running`)
	s.types(ctrlZ)
	drawn += s.until(`Stopped[^\n]*\n`)
	if strings.LastIndex(drawn, showCursor) < strings.LastIndex(drawn, hideCursor) {
		t.Errorf("the cursor is still hidden: %q", drawn)
	}
	if rest := drawn[strings.LastIndex(drawn, showCursor):]; strings.Contains(rest, "running") {
		t.Errorf("the drawing is still there: %q", rest)
	}
	s.types("bg\n")
	s.until(`&\r\n`)
	s.types("sleep 0.5; echo $((6*7))th\n")
	if got := s.until(`42th`); strings.Contains(got, "running") {
		t.Errorf("it draws in the background: %q", got)
	}
	s.types("fg\n")
	s.until(`1 running`)
	s.types(ctrlZ)
	s.until(`Stopped`)
	s.types("touch go; fg\n")
	end := s.until(`1 passed in [^\n]*\n`)
	if strings.LastIndex(end, showCursor) < strings.LastIndex(end, hideCursor) {
		t.Errorf("the cursor is still hidden: %q", end)
	}
}

// TestJobControlWithoutAShell types Ctrl-Z where nobody could make the program go on: it goes on by itself.
func TestJobControlWithoutAShell(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plan.md"), "---\nid: SHOP-WP-0001\ntype: workplan\nstatus: active\n---\n# T01 — Wait for the go\n\n```task\nid: T01\nverify:\n  - sh: until test -e go; do sleep 0.05; done\n```\n")
	s := onTerminal(t, dir, "wpctl", "run", "plan.md", "--trust=all")
	s.until(`1 running`)
	s.types(ctrlZ)
	s.until(regexp.QuoteMeta(showCursor))
	s.until(`1 running`)
	write(t, filepath.Join(dir, "go"), "")
	s.until(`1 passed in`)
	if code := s.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
