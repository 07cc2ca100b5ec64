package node

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPausesBetweenRestarts(t *testing.T) {
	b := backoff{first: time.Second, max: 10 * time.Second}
	for i, want := range []time.Duration{0, 1, 2, 4, 8, 10, 10} {
		if got := b.next(0); got != want*time.Second {
			t.Errorf("restart %d: pause %s, want %ds", i+1, got, want)
		}
	}
	if got := b.next(time.Minute); got != 0 {
		t.Errorf("after a good run: pause %s, want none", got)
	}
	if got := b.next(0); got != time.Second {
		t.Errorf("and then: pause %s, want 1s", got)
	}
}

func TestLogLines(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	log := &logWriter{file: file}
	out, errOut := log.stream("stdout"), log.stream("stderr")
	long := strings.Repeat("x", maxLogLine+1)
	for _, text := range []string{"one\ntw", "o\n\n", long + "\n"} {
		if n, err := out.Write([]byte(text)); err != nil || n != len(text) {
			t.Fatalf("wrote %d of %d: %v", n, len(text), err)
		}
	}
	_, _ = errOut.Write([]byte("no end"))
	log.close()
	b, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`(?m)^\S+Z `).ReplaceAllString(string(b), "")
	want := "stdout F one\nstdout F two\nstdout F \nstdout P " + long[:maxLogLine] + "\nstdout F x\nstderr P no end\n"
	if got != want {
		t.Errorf("log:\n%.200q\nwant:\n%.200q", got, want)
	}
}

func TestProcessTakesItsGroupAlong(t *testing.T) {
	var out bytes.Buffer
	p, err := program{argv: []string{"sh", "-c", "sleep 1000 & echo $!; exit 6"}, env: []string{"PATH=" + os.Getenv("PATH")}, stdout: &out}.start()
	if err != nil {
		t.Fatal(err)
	}
	<-p.done // it would last 1000 s if the pipe waited for the child
	if p.code != 6 {
		t.Errorf("code %d", p.code)
	}
	// It is killed by now, and may still be on its way out. Z: only not reaped yet.
	deadline := time.Now().Add(10 * time.Second)
	for {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(out.String()) + "/stat")
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("its child is still there: %s", stat)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestProcessThatWillNotEndIsKilled(t *testing.T) {
	var out bytes.Buffer
	p, err := program{argv: []string{"sh", "-c", "trap '' TERM; while :; do sleep 0.01; done"}, env: []string{"PATH=" + os.Getenv("PATH")}, stdout: &out}.start()
	if err != nil {
		t.Fatal(err)
	}
	kill := make(chan struct{})
	close(kill)
	p.stop(kill, nil)
	if p.code != 128+int(syscall.SIGKILL) && p.code != 128+int(syscall.SIGTERM) {
		t.Errorf("code %d", p.code)
	}
}

func TestProgramsAreFoundInThePathOfTheContainer(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tool"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		GoCase string
		run    program
		want   string // nothing: not found
	}{
		{"in its PATH", program{argv: []string{"tool"}, env: []string{"PATH=/nowhere:" + dir}}, filepath.Join(dir, "tool")},
		{"the last PATH counts", program{argv: []string{"tool"}, env: []string{"PATH=" + dir, "PATH=/nowhere"}}, ""},
		{"not in ours", program{argv: []string{"sh"}, env: []string{"PATH=/nowhere"}}, ""},
		{"beside the working directory", program{argv: []string{"./tool"}, dir: dir}, filepath.Join(dir, "tool")},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			got, err := c.run.lookPath()
			if c.want == "" && err == nil || c.want != "" && got != c.want {
				t.Errorf("found %q, %v; want %q", got, err, c.want)
			}
		})
	}
}
