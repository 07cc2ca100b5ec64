package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// logsArgs are the fields of a logs step.
type logsArgs struct {
	PodRef
	Container string        `yaml:"container" doc:"only this container; else all of them, init containers included"`
	Since     time.Duration `yaml:"since" doc:"only lines of that time, such as 10m; else all that the node keeps"`
	Previous  bool          `yaml:"previous" doc:"the log of the container before its last restart; those that never restarted are passed over"`
	Contains  []Regexp      `yaml:"contains" doc:"each must match somewhere in the lines"`
	Lacks     []Regexp      `yaml:"lacks" doc:"none may match in any line"`
	Only      []Regexp      `yaml:"only" doc:"every line that is not empty must match one of these"`
}

// logsSelf is what a logs step saw.
type logsSelf struct {
	Lines []string `json:"lines" doc:"the lines, container after container"`
	Pods  int      `json:"pods" doc:"how many pods were looked at"`
}

const (
	maxLogOf    = 4 << 20 // bytes of one container
	maxLogs     = 32 << 20
	maxLogPods  = 50
	logsAtOnce  = 8
	noLinesText = "no line at all"
)

// logged is the log of one container.
type logged struct {
	pod       Object
	container string
	lines     []string
	cut       bool // there is more than is read of one
}

type logs struct{ cluster Cluster }

// logsKind reads what containers have written.
//
// No line at all proves nothing, neither good nor bad: it is unknown. That there is no such pod is a finding.
func logsKind(d Deps) check.Kind {
	l := logs{d.Cluster}
	return check.Define(check.Spec[logsArgs]{
		Name:    "logs",
		Doc:     "Expect lines in the logs of pods, or none of a sort.",
		Example: `logs: {namespace: web, selector: app=web, since: 10m, lacks: ["(?i)traceback", "ERROR"], contains: ["Listening at"]}`,
		Self:    logsSelf{},
		Caps:    []check.Capability{check.ClusterRead},
		Check:   func(a logsArgs) []check.Problem { return a.PodRef.check() },
		Target:  func(a logsArgs) string { return a.PodRef.String() },
		Rules: func(a logsArgs) []check.Rule {
			return append(a.PodRef.rules(), check.Rule{Verbs: []string{"get"}, APIVersion: "v1", Kind: "Pod", Subresource: "log", Namespace: a.Namespace})
		},
		Open: func(a logsArgs) bool { return len(a.Contains) == 0 && len(a.Lacks) == 0 && len(a.Only) == 0 },
		Look: l.look,
	})
}

func (l logs) look(ctx context.Context, at check.Site, a logsArgs) (check.Result, error) {
	pods, err := a.PodRef.Find(ctx, l.cluster, at)
	if err != nil {
		return check.Result{}, err
	}
	if len(pods.List) == 0 {
		return check.Result{Want: "a log of " + a.PodRef.String(), Saw: a.PodRef.missing(pods), Empty: a.Name == "", Self: logsSelf{Lines: []string{}}}, nil
	}
	if len(pods.List) > maxLogPods {
		return check.Result{}, fmt.Errorf("more than %d pods: narrow them by a selector", maxLogPods)
	}
	all, err := l.read(ctx, at, a, pods.List)
	if err != nil {
		return check.Result{}, err
	}
	if len(all) == 0 {
		if a.Previous {
			return check.Result{}, errors.New("no container has restarted: there is no earlier log")
		}
		return check.Result{Want: "container " + a.Container, Saw: lacksContainer(pods.List[0], a.Container), Self: logsSelf{Lines: []string{}, Pods: len(pods.List)}}, nil
	}
	return a.judge(all, len(pods.List))
}

// read fetches the logs, a few at once; they come in the order of pods and containers.
func (l logs) read(ctx context.Context, at check.Site, a logsArgs, pods []Object) ([]logged, error) {
	var all []logged
	for _, p := range pods {
		for _, name := range containerNames(p) {
			if (a.Container == "" || a.Container == name) && (!a.Previous || restarts(p, name) > 0) {
				all = append(all, logged{pod: p, container: name})
			}
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(logsAtOnce)
	for i := range all {
		g.Go(func() error { return l.one(ctx, at, a, &all[i]) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	size := 0
	for _, o := range all {
		for _, line := range o.lines {
			size += len(line)
		}
	}
	if size > maxLogs {
		return nil, fmt.Errorf("the logs are larger than %d MiB: narrow them by since, a container or a selector", maxLogs>>20)
	}
	return all, nil
}

func (l logs) one(ctx context.Context, at check.Site, a logsArgs, o *logged) error {
	lines, err := l.cluster.Logs(ctx, at.Cluster, LogQuery{
		Namespace: objString(o.pod, "metadata", "namespace"), Pod: objString(o.pod, "metadata", "name"), Container: o.container,
		Previous: a.Previous, Since: a.Since, Limit: maxLogOf,
	})
	if err != nil {
		return fmt.Errorf("log of container %s: %w", o.container, err)
	}
	size := 0
	for i, line := range lines {
		size += len(line) + 1
		lines[i] = strings.ToValidUTF8(line, "�")
	}
	o.lines, o.cut = lines, size >= maxLogOf
	return nil
}

// restarts tells how often a container of a pod was started again.
func restarts(p Object, container string) int64 {
	for _, list := range []string{"containerStatuses", "initContainerStatuses"} {
		for _, c := range objList(p, "status", list) {
			if objString(c, "name") == container {
				n, _ := objInt(c, "restartCount")
				return n
			}
		}
	}
	return 0
}

// noneRuns says why the first pod has written nothing, where it does not run.
func noneRuns(all []logged) string {
	for _, o := range all {
		if text := idle(o.pod); text != "" {
			return fmt.Sprintf("; %s: %s", code(objName(o.pod)), text)
		}
	}
	return ""
}

// judge compares the lines with what is wanted.
func (a logsArgs) judge(all []logged, pods int) (check.Result, error) {
	self := logsSelf{Lines: []string{}, Pods: pods}
	cut := ""
	for _, o := range all {
		self.Lines = append(self.Lines, o.lines...)
		if o.cut {
			cut = o.container
		}
	}
	if !slices.ContainsFunc(self.Lines, func(s string) bool { return strings.TrimSpace(s) != "" }) {
		return check.Result{}, fmt.Errorf("%s in the log of `%s`: that proves nothing%s", a.noLines(), a.PodRef, noneRuns(all))
	}
	ms := a.broken(all)
	if cut != "" && len(ms) == 0 && (len(a.Lacks) > 0 || len(a.Only) > 0) {
		return check.Result{}, fmt.Errorf("the log of container %s is larger than %d MiB, and what is wanted of it may be there: narrow it by since", cut, maxLogOf>>20)
	}
	text := strings.Join(self.Lines, "\n")
	for _, r := range a.Contains {
		if r.MatchString(text) {
			continue
		}
		if cut != "" && len(ms) == 0 {
			return check.Result{}, fmt.Errorf("the log of container %s is larger than %d MiB, and %q may be there: narrow it by since", cut, maxLogOf>>20, r.Src)
		}
		ms = append(ms, Mismatch{fmt.Sprintf("contains %q", r.Src), "no such line"})
	}
	return netVerdict(a.saw(len(ms) == 0), ms, nil, self), nil
}

func (a logsArgs) noLines() string {
	if a.Since > 0 {
		return noLinesText + " of the last " + a.Since.String()
	}
	return noLinesText
}

// saw is what holds, where all does.
func (a logsArgs) saw(ok bool) string {
	if !ok {
		return ""
	}
	var parts []string
	for _, r := range a.Contains {
		parts = append(parts, fmt.Sprintf("contains %q", r.Src))
	}
	for _, r := range a.Lacks {
		parts = append(parts, fmt.Sprintf("lacks %q", r.Src))
	}
	if len(a.Only) > 0 {
		parts = append(parts, "has only lines like "+sources(a.Only))
	}
	return "the log of `" + a.PodRef.String() + "` " + boundedBy(", ", parts)
}

// broken finds the lines that must not be there, each sort once.
func (a logsArgs) broken(all []logged) (ms []Mismatch) {
	for _, o := range all {
		for _, line := range o.lines {
			for _, r := range a.Lacks {
				if r.MatchString(line) {
					ms = addMismatch(ms, Mismatch{fmt.Sprintf("lacks %q", r.Src), o.quote(line)})
				}
			}
			if len(a.Only) > 0 && strings.TrimSpace(line) != "" && !matchAny(a.Only, line) {
				ms = addMismatch(ms, Mismatch{"has only lines like " + sources(a.Only), o.quote(line)})
			}
			if len(ms) >= maxFaults {
				return ms
			}
		}
	}
	return ms
}

func addMismatch(ms []Mismatch, m Mismatch) []Mismatch {
	if slices.Contains(ms, m) {
		return ms
	}
	return append(ms, m)
}

// quote quotes a line without what changes from one run to the next.
func (o logged) quote(line string) string {
	if len(line) > 4096 {
		line = strings.ToValidUTF8(line[:4096], "")
	}
	return Quote(stableFor(o.pod, line))
}
