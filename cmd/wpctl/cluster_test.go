package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// process is a run of wpctl in a folder of its own.
type process struct {
	dir string
	env []string
}

func newProcess(t *testing.T, kubeconfig string) *process {
	t.Helper()
	dir := t.TempDir()
	env := []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "KUBECONFIG=" + kubeconfig, "GORACE=" + os.Getenv("GORACE")}
	for _, name := range []string{"STATE", "CACHE", "CONFIG"} {
		env = append(env, fmt.Sprintf("WPCTL_%s_DIR=%s", name, filepath.Join(dir, "."+name)))
	}
	return &process{dir, env}
}

// file writes a file beside the plan.
func (p *process) file(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// wpctl runs it to its end, and returns what it said on stdout and stderr.
func (p *process) wpctl(t *testing.T, args ...string) (said string, exit int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = append([]string{"wpctl"}, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("it hangs: %v\n%s", args, out.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// aPlan is a plan of tasks that need nothing of each other; each has its steps in YAML.
func aPlan(tasks ...string) string {
	var b strings.Builder
	b.WriteString("---\nid: APP-WP-0001\ntype: workplan\nstatus: active\norder: independent\n---\n\n")
	for i, steps := range tasks {
		fmt.Fprintf(&b, "### T%03d — Task %[1]d\n\n```task\nid: APP-WP-0001-T%03[1]d\nstatus: todo\n```\n\n```verify\n%[2]s\n```\n\n", i+1, steps)
	}
	return b.String()
}

func settings(ns, name string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {namespace: %s, name: %s, labels: {app: shop}}}", ns, name)
}

// subtests runs subtests beside each other, more of them than there are processors: they wait most of the time.
func subtests(t *testing.T) (run func(name string, f func(*testing.T)), wait func()) {
	var g errgroup.Group
	g.SetLimit(12)
	run = func(name string, f func(*testing.T)) {
		g.Go(func() error { t.Run(name, f); return nil })
	}
	return run, func() { _ = g.Wait() }
}

// looks are the three ways to look at a cluster, each at the same ConfigMap.
var looks = map[string]string{
	"Get":  "- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %s, name: shop}\n  timeout: %s",
	"List": "- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %s, selector: app=shop, count: 1}\n  timeout: %s",
	"Wait": "- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %s, name: shop}\n  timeout: %s\n  within: 30s",
}

// TestFaults puts each fault before each way to look. A fault that passes changes no verdict; one that lasts is told
// as what could not be found out.
func TestFaults(t *testing.T) {
	clustertest.Kubeconfig(t)
	beside, wait := subtests(t)
	defer wait()
	for _, tt := range []struct {
		name  string
		fault clustertest.Fault
		want  string // what is told where it lasts
		exit  int    // where it lasts; 0: it does no harm
		final bool   // it does not pass by waiting
	}{
		{name: "Delay", fault: clustertest.Delay(200 * time.Millisecond)},
		{name: "Late", fault: clustertest.Late(200 * time.Millisecond)},
		{name: "Silence", fault: clustertest.Silence, want: "no answer within ", exit: 3},
		{name: "Mute", fault: clustertest.Mute, want: "no answer within ", exit: 3},
		{name: "Cut", fault: clustertest.Cut, want: "the connection was lost", exit: 3},
		{name: "Reset", fault: clustertest.Reset, want: "the connection was lost", exit: 3},
		{name: "TooMany", fault: clustertest.Busy(429, 1), want: "429 Too Many Requests", exit: 3},
		{name: "Unavailable", fault: clustertest.Status(503), want: "503 Service Unavailable", exit: 3},
		{name: "UnavailableForASecond", fault: clustertest.Busy(503, 1), want: "503 Service Unavailable", exit: 3},
		{name: "InternalError", fault: clustertest.Status(500), want: "500 Internal Server Error", exit: 3},
		{name: "GatewayPage", fault: clustertest.Page(502), want: "502 Bad Gateway: <html>", exit: 3},
		{name: "PageInstead", fault: clustertest.Page(200), want: "the answer is not one of a Kubernetes API", exit: 3},
		{name: "NotFoundPage", fault: clustertest.Page(404), want: "404 Not Found: <html>", exit: 3, final: true},
		{name: "Expired", fault: clustertest.Status(410), want: "the resource version is too old", exit: 3, final: true},
		{name: "Unauthorized", fault: clustertest.Status(401), want: "does not accept the credentials", exit: 4, final: true},
		{name: "Forbidden", fault: clustertest.Status(403), want: "not allowed to ", exit: 3, final: true},
	} {
		request, long := "20s", "8s" // the machine may be slow
		if strings.HasPrefix(tt.want, "no answer") {
			request, long = "3s", "4s"
		}
		for look, steps := range looks {
			if !tt.final {
				beside(tt.name+"/"+look+"/Passes", func(t *testing.T) {
					said, exit := underFault(t, steps, "1m", request, tt.fault, 2)
					if exit != 0 || !strings.Contains(said, "✓ T001") {
						t.Errorf("exit code %d:\n%s", exit, said)
					}
				})
			}
			beside(tt.name+"/"+look+"/Lasts", func(t *testing.T) {
				steps := strings.ReplaceAll(steps, "within: 30s", "within: "+long)
				said, exit := underFault(t, steps, long, request, tt.fault, 1<<30)
				if exit != tt.exit || !strings.Contains(said, cmp.Or(tt.want, "✓ T001")) || exit != 0 && !strings.Contains(said, "? T001") {
					t.Errorf("exit code %d:\n%s", exit, said)
				}
			})
		}
	}
}

// underFault runs a plan of one task against an API server whose answers about ConfigMaps are faulty so many times.
// What a waiting step waits for comes half a second after it first asked.
func underFault(t *testing.T, steps, timeout, request string, fault clustertest.Fault, times int32) (said string, exit int) {
	t.Helper()
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	var left atomic.Int32
	left.Store(times)
	asked := make(chan struct{}, 1)
	p.Break(func(r *http.Request) clustertest.Fault {
		if !strings.Contains(r.URL.Path, "/configmaps") {
			return nil
		}
		select {
		case asked <- struct{}{}:
		default:
		}
		if left.Add(-1) >= 0 {
			return fault
		}
		return nil
	})
	w := newProcess(t, p.Kubeconfig)
	w.file(t, "plan.md", aPlan(fmt.Sprintf(steps, ns, timeout)))
	if strings.Contains(steps, "within") {
		defer makeAfter(t, ns, asked)()
	} else {
		clustertest.Apply(t, ns, settings(ns, "shop"))
	}
	return w.wpctl(t, "run", "plan.md", "--no-write", "-q", "--request-timeout", request)
}

// makeAfter makes what a waiting step waits for, half a second after begun receives. The function that it returns
// ends that.
func makeAfter(t *testing.T, ns string, begun <-chan struct{}) (stop func()) {
	var wg sync.WaitGroup
	end := make(chan struct{})
	wg.Go(func() {
		select {
		case <-begun:
			time.Sleep(500 * time.Millisecond)
			clustertest.Apply(t, ns, settings(ns, "shop"))
		case <-end:
		}
	})
	return func() {
		close(end)
		wg.Wait()
	}
}

// TestFaultsOfWatches puts faults before watches only: no waiter is lost, whatever becomes of the watch.
func TestFaultsOfWatches(t *testing.T) {
	clustertest.Kubeconfig(t)
	beside, wait := subtests(t)
	defer wait()
	for _, tt := range []struct {
		name  string
		fault clustertest.Fault
	}{
		{"Slow", clustertest.Delay(600 * time.Millisecond)},
		{"Late", clustertest.Late(400 * time.Millisecond)},
		{"Silence", clustertest.Silence},
		{"Mute", clustertest.Mute},
		{"EndsAtOnce", clustertest.End},
		{"Reset", clustertest.Reset},
		{"TooOld", clustertest.Status(410)},
		{"TooOldWithin", clustertest.Expire},
		{"TooMany", clustertest.Busy(429, 1)},
		{"Unavailable", clustertest.Status(503)},
		{"Forbidden", clustertest.Status(403)},
		{"Page", clustertest.Page(200)},
	} {
		for times, how := range map[int]string{1: "Once", 1 << 30: "Always"} {
			beside(tt.name+how, func(t *testing.T) {
				p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
				left := times
				watched := make(chan struct{}, 1)
				p.Break(func(r *http.Request) clustertest.Fault {
					if r.URL.Query().Get("watch") == "" {
						return nil
					}
					select {
					case watched <- struct{}{}:
					default:
					}
					if left--; left >= 0 {
						return tt.fault
					}
					return nil
				})
				defer makeAfter(t, ns, watched)()
				w := newProcess(t, p.Kubeconfig)
				w.file(t, "plan.md", aPlan(fmt.Sprintf(strings.ReplaceAll(looks["Wait"], "30s", "1m"), ns, "20s")))
				said, exit := w.wpctl(t, "run", "plan.md", "--no-write", "-q", "--request-timeout", "3s")
				if exit != 0 {
					t.Errorf("exit code %d:\n%s", exit, said)
				}
			})
		}
	}
}

// TestFirstWordLost loses the first connections, before the server has said anything.
func TestFirstWordLost(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	clustertest.Apply(t, ns, settings(ns, "shop"))
	left := 3
	p.Break(func(*http.Request) clustertest.Fault {
		if left--; left >= 0 {
			return clustertest.Reset
		}
		return nil
	})
	w := newProcess(t, p.Kubeconfig)
	w.file(t, "plan.md", aPlan(fmt.Sprintf(looks["Get"], ns, "20s"), fmt.Sprintf(looks["List"], ns, "20s")))
	if said, exit := w.wpctl(t, "run", "plan.md", "--no-write", "-q"); exit != 0 {
		t.Errorf("exit code %d:\n%s", exit, said)
	}
}

// TestNoRoute runs in a network that leads nowhere: a server that cannot be reached is told once, and at once.
func TestNoRoute(t *testing.T) {
	unshare := []string{"unshare", "--user", "--map-root-user", "--net"}
	if exec.Command(unshare[0], append(unshare[1:], "true")...).Run() != nil {
		t.Skip("no network of its own can be made here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := newProcess(t, clustertest.WriteKubeconfig(t, "far", "https://192.0.2.1:6443", "{}"))
	w.file(t, "plan.md", aPlan(fmt.Sprintf(looks["Get"], "default", "20s"), fmt.Sprintf(looks["List"], "default", "20s")))
	w.file(t, "run", "#!/bin/bash\nexec -a wpctl "+self+" run plan.md -q\n") // it asks by which name it was called
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, unshare[0], append(unshare[1:], "bash", "run")...)
	cmd.Dir, cmd.Env = w.dir, w.env
	said, _ := cmd.CombinedOutput()
	const want = `https://192.0.2.1:6443 (context "far"): no route to host`
	if cmd.ProcessState.ExitCode() != 3 || strings.Count(string(said), want) != 1 {
		t.Errorf("exit code %d, wanted once %s:\n%s", cmd.ProcessState.ExitCode(), want, said)
	}
}

// TestManyTasksAreFewRequests runs 200 tasks with a look each, ten at a time.
func TestManyTasksAreFewRequests(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	var tasks []string
	for i := range 200 {
		clustertest.Apply(t, ns, settings(ns, fmt.Sprintf("shop-%d", i)))
		tasks = append(tasks, fmt.Sprintf("- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %s, name: shop-%d}", ns, i))
	}
	w := newProcess(t, p.Kubeconfig)
	w.file(t, "plan.md", aPlan(tasks...))
	said, exit := w.wpctl(t, "run", "plan.md", "--no-write", "-q")
	if exit != 0 {
		t.Fatalf("exit code %d:\n%s", exit, said)
	}
	if asked := p.Requests(); len(asked) > 10 {
		t.Errorf("%d requests:\n%s", len(asked), strings.Join(asked, "\n"))
	}
}

// TestLooksSeeWhatCameBeforeThem makes objects by steps that run code, in many tasks beside each other: the look
// after each of them sees it, and what a look before it read for others is not taken for it.
func TestLooksSeeWhatCameBeforeThem(t *testing.T) {
	p, ns := clustertest.NewProxy(t), clustertest.Namespace(t)
	var tasks []string
	for i := range 60 {
		look := fmt.Sprintf("- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %s, name: shop-%d", ns, i)
		tasks = append(tasks, fmt.Sprintf(`%s, absent: true}
- sh: ./make shop-%d
%[1]s}
- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %[3]s, selector: "made=shop-%[2]d", count: 1}`, look, i, ns))
	}
	w := newProcess(t, p.Kubeconfig)
	w.file(t, "plan.md", aPlan(tasks...))
	w.file(t, "make", fmt.Sprintf("#!/bin/sh\nexec curl -sSf -o /dev/null -H 'Content-Type: application/json' -d '{\"metadata\":{\"name\":\"'$1'\",\"labels\":{\"made\":\"'$1'\"}}}' %s/api/v1/namespaces/%s/configmaps\n", p.Server.URL, ns))
	if err := os.Chmod(filepath.Join(w.dir, "make"), 0o755); err != nil {
		t.Fatal(err)
	}
	if said, exit := w.wpctl(t, "run", "plan.md", "--no-write", "-q", "--trust", "all"); exit != 0 {
		t.Errorf("exit code %d:\n%s", exit, said)
	}
}
