// Command bench measures wpctl as a user meets it, as whole processes, each in turn with its floor: the least Go
// program that does the same. A machine that is busy slows both, so what counts is the ratio.
// It is no test: nothing here fails by itself, and --check is for who wants it to.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// options are what the command line says.
type options struct {
	wpctl string
	n     int
	plans int
	full  bool
}

// bench is one call of this command.
type bench struct {
	options
	dir    string // of all that is written, and removed at the end
	launch *launcher
	rows   []Row
}

// subjects are what is measured, in the order of the table.
var subjects = []struct {
	name string
	run  func(*bench) error
}{
	{"start", (*bench).start},
	{"parse", (*bench).parse},
	{"lint", (*bench).lint},
	{"list", (*bench).list},
	{"sh", (*bench).sh},
	{"http", (*bench).http},
	{"image", (*bench).image},
	{"postgres", (*bench).postgres},
	{"k8s", (*bench).k8s},
	{"write", (*bench).write},
	{"hub", (*bench).hub},
	{"size", (*bench).size},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		os.Exit(1)
	}
}

func run() error {
	var o options
	flag.StringVar(&o.wpctl, "wpctl", "bin/wpctl", "the `program` to measure")
	flag.IntVar(&o.n, "n", 11, "how many `times` each program runs")
	flag.IntVar(&o.plans, "plans", 2000, "how many `plans` are linted")
	flag.BoolVar(&o.full, "full", false, "lint 10,000 plans")
	only := flag.String("only", "", "measure only these `subjects`, with commas: "+strings.Join(names(), ", "))
	output := flag.String("o", "text", "`text` or json")
	check := flag.Bool("check", false, "exit with 1 where a figure is over its bound")
	flag.Parse()
	if o.full {
		o.plans = 10_000
	}
	chosen := strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })
	for _, name := range chosen {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("no subject %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	b, err := open(o)
	if err != nil {
		return err
	}
	defer b.close()
	for _, s := range subjects {
		if len(chosen) > 0 && !slices.Contains(chosen, s.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s …\n", s.name)
		if err := s.run(b); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if err := show(os.Stdout, b.rows, *output); err != nil {
		return err
	}
	if over := slices.ContainsFunc(b.rows, func(r Row) bool { return r.Over }); over && *check {
		return errors.New("a figure is over its bound")
	}
	return nil
}

func names() []string {
	var out []string
	for _, s := range subjects {
		out = append(out, s.name)
	}
	return out
}

// open builds the floors and starts the launcher.
func open(o options) (*bench, error) {
	wpctl, err := filepath.Abs(o.wpctl)
	if err != nil {
		return nil, err
	}
	o.wpctl = wpctl
	dir, err := os.MkdirTemp("", "wpctl-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, dir: dir}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.path("bin")+"/", "./bench/launch", "./bench/floor/...", "./bench/floork8s")
	build.Stderr = os.Stderr
	if err = os.Mkdir(b.path("bin"), 0o755); err == nil {
		err = build.Run()
	}
	if err == nil {
		b.launch, err = startLauncher(b.floor("launch"), b.path("output"))
	}
	if err != nil {
		b.close()
		return nil, fmt.Errorf("build the floors: %w", err)
	}
	return b, nil
}

func (b *bench) close() {
	if b.launch != nil {
		b.launch.close()
	}
	_ = os.RemoveAll(b.dir)
}

func (b *bench) path(elem ...string) string {
	return filepath.Join(append([]string{b.dir}, elem...)...)
}

// floor returns the path of one of the programs beside this one.
func (b *bench) floor(name string) string { return b.path("bin", name) }
