package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// execArgs are the fields of an exec step.
type execArgs struct {
	PodRef
	Container string            `yaml:"container" doc:"the container; else the pod's default one, which is its only or its first"`
	Command   []check.Code      `yaml:"command" required:"true" doc:"the program and its arguments; for a shell: [sh, -c, 'a | b']"`
	Env       map[string]string `yaml:"env" doc:"environment variables, set by the program env of the container; here values of other steps may come in"`
	Stdin     string            `yaml:"stdin" doc:"what the command may read from its standard input"`
	Exit      int               `yaml:"exit" doc:"the exit code that is wanted"`
	Stdout    *Text             `yaml:"stdout" doc:"what its output must be"`
	Stderr    *Text             `yaml:"stderr" doc:"what its error output must be"`
	Output    string            `yaml:"output" enum:"text|json" doc:"json: its output is one JSON text, seen as self.json"`
}

// execs runs commands in pods.
type execs struct {
	cluster Cluster
	execer  Execer
}

// execKind runs a command in a container that is there anyway.
//
// A pod of a workload's newest revision is taken, one that is ready before one that is not. That there is no such
// pod, that its container does not run or has no such program was seen, and is a finding; a connection that goes away
// before the command's end is told, and rights that are missing, are unknown.
//
// In a container with a shell the command is watched over by one (sh, and head where there is stdin): it ends when the
// run ends, however the run ends. In a container without a shell that is up to its runtime.
func execKind(d Deps) check.Kind {
	e := execs{d.Cluster, d.Execer}
	return check.Define(check.Spec[execArgs]{
		Name:    "exec",
		Doc:     "Expect a command in a running pod to end with an exit code, and its output to be as wanted.",
		Example: `exec: {namespace: web, kind: Deployment, name: web, container: app, command: [python, manage.py, migrate, --check], exit: 0}`,
		Self:    shSelf{},
		Timeout: 10 * time.Minute,
		Caps:    []check.Capability{check.ClusterRead, check.ClusterWrite, check.RunsCode},
		Check:   execCheck,
		Target:  execArgs.target,
		Rules:   execRules,
		Look:    e.look,
	})
}

func (a execArgs) target() string {
	return firstLine(joinCode(a.Command)) + " in " + a.PodRef.String()
}

func joinCode(command []check.Code) string {
	words := make([]string, len(command))
	for i, c := range command {
		words[i] = string(c)
	}
	return strings.Join(words, " ")
}

func execCheck(a execArgs) []check.Problem {
	out := append(a.PodRef.check(), commandProblems(a.Command, "command")...)
	out = append(out, envProblems(a.Env)...)
	if a.Exit < 0 || a.Exit > 255 {
		out = append(out, problem("an exit code is a number from 0 to 255", "", "exit"))
	}
	return out
}

// maxCommand bounds a command's length: it travels in a URL.
const maxCommand = 64 << 10

// commandProblems tells of commands that no container could run.
func commandProblems(command []check.Code, path ...any) []check.Problem {
	size := 0
	for i, c := range command {
		size += len(c)
		if strings.Contains(string(c), "\x00") {
			return []check.Problem{problem("the command holds a NUL byte", "", append(path, i)...)}
		}
	}
	switch {
	case len(command) == 0 || strings.TrimSpace(string(command[0])) == "":
		return []check.Problem{problem("the command is empty", "the program and its arguments, such as [ls, /app]", path...)}
	case size > maxCommand:
		return []check.Problem{problem(fmt.Sprintf("the command is longer than %d KiB", maxCommand>>10), "give a script as stdin to [sh, -s]", path...)}
	case len(command) == 1 && strings.ContainsAny(string(command[0]), " \t\n"):
		return []check.Problem{problem(fmt.Sprintf("there is hardly a program %q", firstLine(string(command[0]))), "a list of the program and its arguments, or [sh, -c, 'the command']", path...)}
	}
	return nil
}

func execRules(a execArgs) []check.Rule {
	return append(a.PodRef.rules(), execRule(a.Namespace))
}

// execRule is the right to run commands: older servers ask for get where the connection is a WebSocket.
func execRule(namespace string) check.Rule {
	return check.Rule{Verbs: []string{"get", "create"}, APIVersion: "v1", Kind: "Pod", Subresource: "exec", Namespace: namespace}
}

func (e execs) look(ctx context.Context, at check.Site, a execArgs) (check.Result, error) {
	if e.execer == nil {
		return check.Result{}, errNoCluster
	}
	pod, err := a.PodRef.One(ctx, e.cluster, at)
	if errors.Is(err, errNoPods) {
		return e.nothing(at, a, nil, strings.TrimPrefix(err.Error(), errNoPods.Error()+": ")), nil
	}
	if err != nil {
		return check.Result{}, err
	}
	if missing := lacksContainer(pod, a.Container); missing != "" {
		return check.Result{Want: a.target(), Saw: missing, Self: shSelf{}}, nil
	}
	start := time.Now()
	r, err := guarded(ctx, e.execer, at, Command{
		Namespace: objString(pod, "metadata", "namespace"), Pod: objString(pod, "metadata", "name"), Container: cmp.Or(a.Container, defaultContainer(pod)),
		Args: withEnv(a.Command, a.Env),
	}, a.Stdin)
	switch {
	case errors.Is(err, ErrNotRunning):
		return e.nothing(at, a, pod, code(objName(pod))+" does not run "+orDefault(a.Container)), nil
	case errors.Is(err, ErrNoProgram):
		return check.Result{Want: a.target(), Saw: code(objName(pod)) + ": " + err.Error(), Self: shSelf{}}, nil
	case err != nil:
		return check.Result{}, execError(ctx, r, err)
	}
	return a.judge(r, time.Since(start))
}

// nothing is the result where no command could run, with why that is.
func (e execs) nothing(at check.Site, a execArgs, pod Object, saw string) check.Result {
	r := check.Result{Want: a.target(), Saw: saw, Self: shSelf{}}
	r.Explain = func(ctx context.Context) []string {
		q := &inquiry{k: k8s{e.cluster}, at: at}
		if pod != nil {
			q.object(ctx, pod)
			return q.lines
		}
		seen, err := e.cluster.Read(ctx, at.Cluster, a.PodRef.ref().query(at))
		switch {
		case err != nil:
		case len(seen.Objects) == 0:
			q.missing(ctx, a.PodRef.ref(), seen)
		default:
			q.object(ctx, seen.Objects[0])
		}
		return q.lines[:min(len(q.lines), maxWhy)]
	}
	return r
}

func (a execArgs) judge(r proc.Result, took time.Duration) (check.Result, error) {
	self := shSelf{
		Stdout: strings.ToValidUTF8(r.Stdout.Text, "�"), Stderr: strings.ToValidUTF8(r.Stderr.Text, "�"),
		Exit: r.Exit, Duration: took,
	}
	wanted := shArgs{Exit: a.Exit, Stdout: a.Stdout, Stderr: a.Stderr, Output: a.Output}
	ms, err := shJudge(wanted, r, &self)
	if err != nil {
		return check.Result{}, err
	}
	return netVerdict(fmt.Sprintf("exit %d", r.Exit), ms, shWhy(wanted, r), self), nil
}

// execError is the error of a command of which nothing can be said.
func execError(ctx context.Context, r proc.Result, err error) error {
	if ctx.Err() == nil {
		return err
	}
	said := ""
	if line := lastLine(r); line != "" {
		said = " (" + line + ")"
	}
	return fmt.Errorf("the command did not end in time%s: %w", said, err)
}

// withEnv lets the program env of the container set variables: there a value cannot become a part of the command.
func withEnv(command []check.Code, env map[string]string) []string {
	var out []string
	if len(env) > 0 {
		out = append(out, "env")
		for _, name := range slices.Sorted(maps.Keys(env)) {
			out = append(out, name+"="+env[name])
		}
	}
	for _, c := range command {
		out = append(out, string(c))
	}
	return out
}

// lacksContainer says which containers a pod has where it lacks the one that is wanted; else "".
func lacksContainer(pod Object, name string) string {
	if name == "" {
		return ""
	}
	names := containerNames(pod)
	if slices.Contains(names, name) {
		return ""
	}
	return fmt.Sprintf("%s has no container %s, but %s", code(objName(pod)), name, strings.Join(names, ", "))
}

// defaultContainer is the container that kubectl would take.
func defaultContainer(pod Object) string {
	if name := objString(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container"); name != "" {
		return name
	}
	if c := objList(pod, "spec", "containers"); len(c) > 0 {
		return objString(c[0], "name")
	}
	return ""
}

// containerNames are the names of a pod's containers, those that come first at its start included.
func containerNames(pod Object) []string {
	var out []string
	for _, list := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, c := range objList(pod, "spec", list) {
			out = append(out, objString(c, "name"))
		}
	}
	return out
}

func orDefault(container string) string {
	if container == "" {
		return "its container"
	}
	return "container " + container
}
