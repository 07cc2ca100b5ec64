//go:build linux && amd64

// Command torture breaks wpctl on purpose and counts what is lost.
//
// It runs the program as it is built, and stops it at each of its calls of the file system (package trace). What is
// right is judged from the bytes that are there, by code that wpctl has no part in.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	wpctl string
	dir   string
	seed  uint64
	kills int
	jobs  int
	parts []string
	match string
	from  int
	until time.Time // no trial begins later; zero: no end
	ctx   context.Context
}

// a part tries one kind of thing.
type part struct {
	name string
	run  func(options) (rows []row, wrong []string, err error)
}

var parts = []part{
	{"kills", kills},
	{"failures", failures},
	{"meetings", meetings},
	{"hub", hubKills},
	{"runs", runs},
}

func main() {
	var o options
	var only string
	flag.StringVar(&o.wpctl, "wpctl", "bin/wpctl", "the `program`")
	flag.StringVar(&o.dir, "dir", "", "a `folder` for what is made (default: a new one in the folder for temporary files)")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "what the choice of trials begins with")
	flag.IntVar(&o.kills, "trials", 300, "how many trials of each kind; 0: all that there are")
	flag.IntVar(&o.jobs, "jobs", 2, "how many at once")
	flag.StringVar(&only, "only", "", "these parts only: kills,failures,meetings,hub,runs")
	flag.StringVar(&o.match, "match", "", "these trials only, by a part of their description")
	flag.IntVar(&o.from, "from", 0, "leave out so many trials of each kind, which were made before with the same seed")
	limit := flag.Duration("for", 0, "begin no trial later than that; 0: no end")
	flag.Parse()
	if *limit > 0 {
		o.until = time.Now().Add(*limit)
	}
	if only != "" {
		o.parts = strings.Split(only, ",")
	}
	var stop func()
	o.ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt) // it tells what was tried until then
	defer stop()
	if err := torture(o); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

func torture(o options) error {
	var err error
	if o.wpctl, err = filepath.Abs(o.wpctl); err != nil {
		return err
	}
	for _, name := range o.parts {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return fmt.Errorf("--only: no part %q", name)
		}
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "wpctl-torture"); err != nil {
			return err
		}
		defer os.RemoveAll(o.dir)
	}
	fmt.Printf("seed %d\n\n", o.seed)
	var rows []row
	damage := 0
	for _, p := range parts {
		if len(o.parts) > 0 && !slices.Contains(o.parts, p.name) {
			continue
		}
		more, wrong, err := p.run(o)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		rows = append(rows, more...)
		for _, w := range wrong[:min(len(wrong), 20)] {
			fmt.Printf("DAMAGE %s\n\n", w)
		}
		damage += len(wrong)
	}
	printRows(rows)
	switch {
	case damage > 0:
		return fmt.Errorf("%d trials did damage", damage)
	case !slices.ContainsFunc(rows, func(r row) bool { return r.tried > 0 }):
		return errors.New("nothing was tried")
	}
	return nil
}

// row is a line of the table of what was tried.
type row struct {
	what   string
	tried  int
	struck int // trials in which the blow fell
	left   int // that left something aside, which the next write cleared away
	wrong  int
	took   time.Duration
}

func printRows(rows []row) {
	fmt.Println("| what | trials | struck | left something aside | damage | time |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, r := range rows {
		fmt.Printf("| %s | %d | %d | %d | %d | %s |\n", r.what, r.tried, r.struck, r.left, r.wrong, r.took.Round(time.Second))
	}
}

// choose takes n of all trials, by the seed; all where n is 0.
func choose[T fmt.Stringer](all []T, o options) []T {
	if o.match != "" {
		all = slices.DeleteFunc(all, func(t T) bool { return !strings.Contains(t.String(), o.match) })
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if o.kills > 0 && len(all) > o.kills {
		all = all[:o.kills]
	}
	return all[min(o.from, len(all)):]
}

// bases works out what each verb does undisturbed.
func bases(o options) (map[*verb]*base, error) {
	dir, err := os.MkdirTemp(o.dir, "base")
	if err != nil {
		return nil, err
	}
	w, err := newWorld(o.wpctl, dir)
	if err != nil {
		return nil, err
	}
	out := map[*verb]*base{}
	for i := range verbs {
		b, err := w.base(&verbs[i])
		if err != nil {
			return nil, err
		}
		out[&verbs[i]] = &b
	}
	return out, nil
}
