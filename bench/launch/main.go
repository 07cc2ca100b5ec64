// Command launch runs programs, one after the other, and tells what each took.
//
// It is a program of its own because it is small: Linux counts the memory of the process that starts another as the
// other's own, up to the moment in which the new program begins, and the benchmark itself would drown what it measures.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"
)

type job struct {
	Args []string
	Env  []string
	Dir  string
	Out  string // the file that both outputs go to
}

type taken struct {
	Wall, CPU time.Duration
	RSS       int64 // bytes, the most of any of its processes
	Exit      int
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var j job
		if in.Decode(&j) != nil {
			return
		}
		t, err := run(j)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if out.Encode(t) != nil {
			return
		}
	}
}

func run(j job) (taken, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return taken{}, err
	}
	defer null.Close()
	out, err := os.Create(j.Out)
	if err != nil {
		return taken{}, err
	}
	defer out.Close()
	start := time.Now()
	p, err := os.StartProcess(j.Args[0], j.Args, &os.ProcAttr{Dir: j.Dir, Env: j.Env, Files: []*os.File{null, out, out}})
	if err != nil {
		return taken{}, err
	}
	state, err := p.Wait()
	if err != nil {
		return taken{}, err
	}
	return taken{
		Wall: time.Since(start), CPU: state.UserTime() + state.SystemTime(),
		RSS: state.SysUsage().(*syscall.Rusage).Maxrss << 10, Exit: state.ExitCode(),
	}, nil
}
