package steps_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// said is what a look came to, in a line.
func said(r check.Result, err error) string {
	switch {
	case err != nil:
		return "error: " + err.Error()
	case r.Empty:
		return "empty: " + r.Saw
	case r.OK:
		return "ok: " + r.Saw
	}
	return "failed: want " + r.Want + ", saw " + r.Saw
}

// web makes a Deployment web, and waits until its pod is ready.
func web(t *testing.T, ns, command string) {
	t.Helper()
	clustertest.Apply(t, ns, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}},
 spec: {terminationGracePeriodSeconds: 0, containers: [{name: app, image: local/none, command: `+command+`}]}}}}`)
	b := newK8sBench(t, clustertest.Kubeconfig(t))
	b.at.Namespace = ns
	b.until(t, "{apiVersion: apps/v1, kind: Deployment, name: web, ready: true}", func(r check.Result) bool { return r.OK })
}

func TestExecLook(t *testing.T) {
	ns := clustertest.Namespace(t)
	web(t, ns, `[sleep, "3600"]`)
	p := clustertest.NewProxy(t)
	p.Refuse(func(r *http.Request) int {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			return http.StatusBadRequest
		}
		return 0
	})
	for name, kubeconfig := range map[string]string{"WebSocket": clustertest.Kubeconfig(t), "SPDY": p.Kubeconfig} {
		b := newBenchOf(t, "exec", kubeconfig)
		b.at.Namespace = ns
		for _, tt := range []struct{ name, args, want string }{
			{"True", `{kind: Deployment, name: web, command: ["true"]}`, "ok: exit 0"},
			{"Selector", `{selector: app=web, command: ["true"]}`, "ok: exit 0"},
			{"Exit3", `{kind: Deployment, name: web, command: [sh, -c, "exit 3"]}`, "failed: want exit 0, saw exit 3"},
			{"Exit3Wanted", `{kind: Deployment, name: web, command: [sh, -c, "exit 3"], exit: 3}`, "ok: exit 3"},
			{"LastLine", `{kind: Deployment, name: web, command: [sh, -c, "echo boom >&2; exit 1"]}`, `failed: want exit 0, saw exit 1; stderr "boom"`},
			{"Killed", `{kind: Deployment, name: web, command: [sh, -c, "kill -9 $$"]}`, "failed: want exit 0, saw exit 137"},
			{"Stdin", `{kind: Deployment, name: web, command: [cat], stdin: "a\nb\n", stdout: {equals: "a\nb"}}`, "ok: exit 0"},
			{"StdinNotRead", `{kind: Deployment, name: web, command: ["true"], stdin: "a"}`, "ok: exit 0"},
			{"NoStdin", `{kind: Deployment, name: web, command: [cat], stdout: {equals: ""}}`, "ok: exit 0"},
			{"Stderr", `{kind: Deployment, name: web, command: [sh, -c, "printf no-end >&2"], stderr: {equals: no-end}}`, "ok: exit 0"},
			{"NoStderr", `{kind: Deployment, name: web, command: ["true"], stderr: {equals: ""}}`, "ok: exit 0"},
			{"Env", `{kind: Deployment, name: web, command: [sh, -c, 'test "$v" = "a; exit 9"'], env: {v: "a; exit 9"}}`, "ok: exit 0"},
			{"JSON", `{kind: Deployment, name: web, command: [echo, '{"a": 1}'], output: json}`, "ok: exit 0"},
			{"LeavesSomething", `{kind: Deployment, name: web, command: [sh, -c, "sleep 100 & echo x"], stdout: {equals: x}}`, "ok: exit 0"},
			{"NoProgram", `{kind: Deployment, name: web, command: [no-such-program]}`, "failed: want no-such-program in Deployment/web, saw `Pod/web-… (of Deployment/web)`: the program cannot be started: no-such-program: not found in its PATH"},
			{"NoWorkload", `{kind: Deployment, name: wep, command: ["true"]}`, "failed: want true in Deployment/wep, saw no `Deployment/wep` in " + ns},
			{"NoPod", `{selector: app=none, command: ["true"]}`, "failed: want true in Pod app=none, saw no `Pod app=none` in " + ns},
			{"NoContainer", `{kind: Deployment, name: web, container: db, command: ["true"]}`, "failed: want true in Deployment/web, saw `Pod/web-… (of Deployment/web)` has no container db, but app"},
		} {
			t.Run(name+tt.name, func(t *testing.T) {
				if got := said(b.look(t, tt.args)); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
			})
		}
	}
}

// A command ends with its look, and what it started with it.
func TestExecTimeIsKept(t *testing.T) {
	ns := clustertest.Namespace(t)
	web(t, ns, `[sleep, "3600"]`)
	b := newBenchOf(t, "exec", clustertest.Kubeconfig(t))
	b.at.Namespace = ns
	pid := filepath.Join(t.TempDir(), "pid")
	args := b.args(t, `{kind: Deployment, name: web, command: [sh, -c, "trap '' TERM HUP; echo $$ > `+pid+`; echo begun; sleep 100; sleep 100"]}`)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := b.kind.Look(ctx, b.at, args)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), `did not end in time (stdout "begun")`) {
		t.Error(err)
	}
	gone(t, pid)
}

// gone waits until the process whose number a file holds has ended.
func gone(t *testing.T, file string) {
	t.Helper()
	n, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err = os.Stat("/proc/" + strings.TrimSpace(string(n))); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("it runs on")
}

func TestExecLostIsUnknown(t *testing.T) {
	ns := clustertest.Namespace(t)
	web(t, ns, `[sleep, "3600"]`)
	p := clustertest.NewProxy(t)
	b := newBenchOf(t, "exec", p.Kubeconfig)
	b.at.Namespace = ns
	dir := t.TempDir()
	go func() {
		for range 1000 {
			if _, err := os.Stat(filepath.Join(dir, "pid")); err == nil {
				p.Cut()
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	_, err := b.look(t, `{kind: Deployment, name: web, command: [sh, -c, "echo $$ > `+dir+`/tmp; mv `+dir+`/tmp `+dir+`/pid; sleep 100"]}`)
	if !errors.Is(err, steps.ErrLost) {
		t.Error(err)
	}
	gone(t, filepath.Join(dir, "pid"))
}

func TestExecArguments(t *testing.T) {
	b := &k8sBench{kind: kindOf(t, "exec", steps.Deps{})}
	for _, tt := range []struct{ name, args, want string }{
		{"Good", `{kind: Deployment, name: web, command: [ls]}`, ""},
		{"Custom", `{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: db, command: [ls]}`, ""},
		{"Nobody", `{command: [ls]}`, "[]: name or selector is missing"},
		{"KindWithoutName", `{kind: Deployment, selector: a=b, command: [ls]}`, "[kind]: the name of the Deployment is missing"},
		{"NameAndSelector", `{name: web, selector: a=b, command: [ls]}`, "[name]: name is one object, selector and fieldSelector are a set"},
		{"NoAPIVersion", `{kind: Cluster, name: db, command: [ls]}`, "[kind]: the apiVersion of Cluster is missing"},
		{"Empty", `{name: web, command: [""]}`, "[command]: the command is empty"},
		{"None", `{name: web, command: []}`, "[command]: the command is empty"},
		{"AShellLine", `{name: web, command: "ls -l"}`, `[command]: there is hardly a program "ls -l"`},
		{"Long", `{name: web, command: [` + strings.Repeat("x", 70000) + `]}`, "[command]: the command is longer than 64 KiB"},
		{"Exit", `{name: web, command: [ls], exit: -1}`, "[exit]: an exit code is a number from 0 to 255"},
		{"EnvName", `{name: web, command: [ls], env: {a-b: x}}`, `[env a-b]: "a-b" cannot be the name of a variable`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, p := range b.kind.Check(b.args(t, tt.args)) {
				got += strings.TrimSuffix(strings.Join(strings.Fields(formatProblem(p)), " "), " ")
			}
			if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
