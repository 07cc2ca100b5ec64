package relay

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// NoTool is the error of a container in which no program connects.
type NoTool struct {
	Shell bool // it has a shell, at least
}

func (e *NoTool) Error() string {
	var names []string
	for _, t := range tools {
		if t.name != "busybox nc" {
			names = append(names, t.name)
		}
	}
	list := strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
	list = strings.Replace(list, "nc", "nc of busybox", 1)
	if e.Shell {
		return "it has none of the programs that can connect: wanted " + list
	}
	return "it has no shell and none of the programs that can connect: wanted " + list
}

var answer = regexp.MustCompile(`(?m)^wpctl: (.+)$`)

// find runs the probe, or, without a shell, tries what needs none.
func find(ctx context.Context, exec Exec) (*tool, error) {
	var out, errs head
	exit, err := exec(ctx, Command{Args: []string{"sh", "-c", probe}, Stdout: &out, Stderr: &errs})
	switch {
	case errors.Is(err, ErrNoProgram):
		return findDirect(ctx, exec)
	case err != nil:
		return nil, &Fault{err}
	}
	m := answer.FindSubmatch(out.text)
	if m == nil {
		return nil, &Fault{fmt.Errorf("look for a program that connects: sh ends with exit code %d: %s", exit, orNothing(oneLine(errs.text)))}
	}
	for _, t := range tools {
		if t.name == string(m[1]) {
			return t.tool, nil
		}
	}
	return nil, &NoTool{Shell: true}
}

func findDirect(ctx context.Context, exec Exec) (*tool, error) {
	for _, d := range direct {
		var out, errs head
		exit, err := exec(ctx, Command{Args: d.test, Stdout: &out, Stderr: &errs})
		switch {
		case err == nil && exit == 0:
			return d.tool, nil
		case err != nil && !errors.Is(err, ErrNoProgram):
			return nil, &Fault{err}
		}
	}
	return nil, &NoTool{}
}
