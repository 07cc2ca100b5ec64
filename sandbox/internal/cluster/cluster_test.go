package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestProcessIsNotOnlyItsNumber(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := processOf(cmd.Process.Pid)
	other := Process{PID: p.PID, Birth: "1"}
	if !p.Alive() || other.Alive() {
		t.Errorf("alive: %v, and one born at another time: %v", p.Alive(), other.Alive())
	}
	other.End(0) // must not harm the one that has its number
	if !p.Alive() {
		t.Fatal("it was ended in the place of another one")
	}
	p.End(time.Minute)
	if p.Alive() {
		t.Error("it did not end")
	}
	_ = cmd.Wait()
}

func TestSweepFindsWhatHides(t *testing.T) {
	dir := Dir(filepath.Join(t.TempDir(), "cluster"))
	cmd := exec.Command("setsid", "sh", "-c", "sleep 1000 & echo; wait")
	cmd.Env = append(os.Environ(), clusterVariable+"="+string(dir))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil { // now it has its child
		t.Fatal(err)
	}
	neighbour := exec.Command("sleep", "1000")
	neighbour.Env = append(os.Environ(), clusterVariable+"="+string(dir)+"2")
	if err := neighbour.Start(); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(dir); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if birth(neighbour.Process.Pid) == "" {
		t.Error("a process of a cluster with a longer name was swept too")
	}
	_ = neighbour.Process.Kill()
	_ = neighbour.Wait()
}

func TestLockOfADirectoryThatIsRemoved(t *testing.T) {
	dir := Dir(filepath.Join(t.TempDir(), "home", "name"))
	unlock, err := dir.Lock()
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan error, 1)
	go func() {
		unlock, err := dir.Lock()
		if err == nil {
			defer unlock()
			_, err = os.Stat(string(dir)) // the lock is of the directory that is there
		}
		second <- err
	}()
	if err := dir.Remove(); err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := <-second; err != nil {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{"default": true, "a-1": true, "": false, "..": false, "a/b": false, "A": false, "-a": false, "a-": false} {
		if err := CheckName(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}
