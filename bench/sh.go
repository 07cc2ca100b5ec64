package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// layers are tasks of `true` in layers, each of which needs some of the layer before.
type layers struct{ tasks, layer, needs int }

func (l layers) needed(i int) []int {
	var out []int
	for k := range l.needs {
		if i >= l.layer {
			out = append(out, (i/l.layer-1)*l.layer+(i+k)%l.layer)
		}
	}
	return out
}

// sh measures commands that do nothing: what is left is what wpctl itself takes for each.
func (b *bench) sh() error {
	limit := bound{times: 1.15, plus: 30 * time.Millisecond}
	if _, err := b.shell("200 × sh: true, -j2", layers{200, 200, 0}, 2*b.n, limit); err != nil {
		return err
	}
	thousand, err := b.shell("1,000 × true, 10 layers, 3 needs, -j2", layers{1000, 100, 3}, b.n, limit)
	if err != nil {
		return err
	}
	ten, err := b.shell("10,000 × true, 100 layers, 3 needs, -j2", layers{10_000, 100, 3}, max(3, b.n/3), bound{})
	if err != nil {
		return err
	}
	b.addFigure("  10,000 beside 1,000, CPU", "times", ten[0].CPU.Seconds()/thousand[0].CPU.Seconds(), 11)
	return nil
}

// shell measures one graph in turn with the floor, make and ninja.
func (b *bench) shell(name string, l layers, n int, limit bound) ([]Measure, error) {
	dir := fmt.Sprintf("sh%d", l.tasks)
	path, err := b.file(dir, "plan.md", l.plan())
	if err != nil {
		return nil, err
	}
	programs := []program{
		{args: []string{b.wpctl, "run", path, "--no-write", "--trust=all", "--quiet", "--parallelism", "2"}, dir: b.path(dir)},
		{args: []string{b.floor("shell"), strconv.Itoa(l.tasks), strconv.Itoa(l.layer), strconv.Itoa(l.needs), "2"}},
	}
	beside := []string{}
	for _, tool := range []string{"make", "ninja"} {
		if found, err := exec.LookPath(tool); err == nil {
			beside = append(beside, tool)
			programs = append(programs, program{args: []string{found, "-j2"}, dir: b.path(dir)})
		}
	}
	if _, err := b.file(dir, "Makefile", l.makefile()); err != nil {
		return nil, err
	}
	if _, err := b.file(dir, "build.ninja", l.ninja()); err != nil {
		return nil, err
	}
	m, err := b.turns(n, programs...)
	if err != nil {
		return nil, err
	}
	b.add(name, m[0], &m[1], limit)
	for i, tool := range beside {
		b.add("  "+tool+" -j2", m[2+i], &m[1], bound{})
	}
	return m, nil
}

func (l layers) plan() []byte {
	needs := func(i int) string {
		var out []string
		for _, n := range l.needed(i) {
			out = append(out, short(n))
		}
		if out == nil {
			return "[]"
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	return shortPlan("independent", l.tasks, needs, func(int) string { return "- sh: \"true\"\n" })
}

// makefile needs a shell for each task, which make leaves out where it sees that it can: hence the semicolon.
func (l layers) makefile() []byte { return l.rules("all:%[2]s\n", "%s:%s\n\t@true;\n") }

func (l layers) ninja() []byte {
	return append([]byte("rule sh\n  command = true\n  description = x\n"), l.rules("build all: phony%[2]s\ndefault all\n", "build %s: sh%s\n")...)
}

func (l layers) rules(all, one string) []byte {
	var b, names strings.Builder
	for i := range l.tasks {
		names.WriteString(" " + short(i))
	}
	fmt.Fprintf(&b, all, "all", names.String())
	for i := range l.tasks {
		needs := ""
		for _, n := range l.needed(i) {
			needs += " " + short(n)
		}
		fmt.Fprintf(&b, one, short(i), needs)
	}
	return []byte(b.String())
}
