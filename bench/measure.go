package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"
)

// Measure is what a program took, as the median over its runs.
type Measure struct {
	Wall time.Duration `json:"wallNanoseconds"`
	CPU  time.Duration `json:"cpuNanoseconds"` // its children's included
	RSS  int64         `json:"maxRSSBytes"`
}

// program is a command line that is measured.
type program struct {
	args  []string
	env   []string     // besides the plain one
	dir   string       // where it runs; "" is the benchmark's own folder
	exits []int        // the exit codes that are expected; none: 0
	ready func() error // called before each run, outside of the time; nil: nothing to do
}

// turns runs programs one after the other, n times round and once before that to warm up, and returns the medians.
func (b *bench) turns(n int, programs ...program) ([]Measure, error) {
	took := make([][]Measure, len(programs))
	for i := range n + 1 {
		for k, p := range programs {
			m, err := b.once(p)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				took[k] = append(took[k], m)
			}
		}
	}
	out := make([]Measure, len(programs))
	for k, ms := range took {
		out[k] = medians(ms)
	}
	return out, nil
}

func medians(ms []Measure) Measure {
	return Measure{
		Wall: median(ms, func(m Measure) time.Duration { return m.Wall }),
		CPU:  median(ms, func(m Measure) time.Duration { return m.CPU }),
		RSS:  median(ms, func(m Measure) int64 { return m.RSS }),
	}
}

func median[T any, V cmp.Ordered](of []T, value func(T) V) V {
	vs := make([]V, len(of))
	for i, m := range of {
		vs[i] = value(m)
	}
	slices.Sort(vs)
	return vs[len(vs)/2]
}

// once runs a program.
func (b *bench) once(p program) (Measure, error) {
	if p.ready != nil {
		if err := p.ready(); err != nil {
			return Measure{}, err
		}
	}
	if p.dir == "" {
		p.dir = b.dir
	}
	if p.exits == nil {
		p.exits = []int{0}
	}
	m, exit, err := b.launch.run(p.args, append(b.plainEnv(), p.env...), p.dir)
	if err == nil && !slices.Contains(p.exits, exit) {
		out, _ := os.ReadFile(b.launch.out)
		err = fmt.Errorf("exit code %d\n%s", exit, out[:min(len(out), 2000)])
	}
	if err != nil {
		return m, fmt.Errorf("run %q: %w", p.args, err)
	}
	return m, nil
}

// plainEnv keeps programs away from the settings and the state of who runs this.
func (b *bench) plainEnv() []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.path("home"),
		"WPCTL_STATE_DIR=" + b.path("state"), "WPCTL_CACHE_DIR=" + b.path("cache"), "WPCTL_CONFIG_DIR=" + b.path("config"),
	}
	for _, name := range []string{"GOMAXPROCS", "GOGC", "GODEBUG"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// launcher is the small process that starts the programs, see bench/launch.
type launcher struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	in    *json.Encoder
	took  *json.Decoder
	out   string
}

func startLauncher(path, out string) (*launcher, error) {
	cmd := exec.Command(path)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l := &launcher{cmd: cmd, stdin: stdin, in: json.NewEncoder(stdin), took: json.NewDecoder(stdout), out: out}
	return l, cmd.Start()
}

func (l *launcher) run(args, env []string, dir string) (Measure, int, error) {
	if err := l.in.Encode(map[string]any{"Args": args, "Env": env, "Dir": dir, "Out": l.out}); err != nil {
		return Measure{}, 0, err
	}
	var t struct {
		Wall, CPU time.Duration
		RSS       int64
		Exit      int
	}
	err := l.took.Decode(&t)
	return Measure{Wall: t.Wall, CPU: t.CPU, RSS: t.RSS}, t.Exit, err
}

func (l *launcher) close() {
	_ = l.stdin.Close()
	_ = l.cmd.Wait()
}
