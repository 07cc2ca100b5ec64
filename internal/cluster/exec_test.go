package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// runningPod makes a pod that sleeps, and returns when it runs.
func runningPod(t *testing.T) (ns string) {
	t.Helper()
	ns = clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {terminationGracePeriodSeconds: 0,
 containers: [{name: app, image: local/none, command: [sleep, "3600"]}]}}`)
	waitForPod(t, ns, "web", "Running")
	return ns
}

func waitForPod(t *testing.T, ns, name, phase string) {
	t.Helper()
	cs := real(t)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		seen, err := read(t, cs, steps.Query{APIVersion: "v1", Kind: "Pod", Namespace: ns, Name: name})
		if err == nil && len(seen.Objects) == 1 {
			if status, _ := seen.Objects[0]["status"].(map[string]any); status["phase"] == phase {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the pod does not come to", phase, seen, err)
		}
	}
}

// execIn runs a command, and says what came of it in a line.
func execIn(t *testing.T, cs *cluster.Clusters, x steps.Command) (string, error) {
	t.Helper()
	var out, errOut bytes.Buffer
	x.Stdout, x.Stderr = &out, &errOut
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	exit, err := cs.Exec(ctx, "", x)
	return fmt.Sprintf("%d out=%s err=%s", exit, out.String(), errOut.String()), err
}

// overSPDY returns clusters whose server knows no WebSocket.
func overSPDY(t *testing.T) (*cluster.Clusters, *clustertest.Proxy) {
	t.Helper()
	p := clustertest.NewProxy(t)
	p.Refuse(func(r *http.Request) int {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			return http.StatusBadRequest
		}
		return 0
	})
	return open(t, p.Kubeconfig), p
}

func TestExec(t *testing.T) {
	ns := runningPod(t)
	leaks(t)
	old, proxy := overSPDY(t)
	for name, cs := range map[string]*cluster.Clusters{"WebSocket": real(t), "SPDY": old} {
		t.Run(name, func(t *testing.T) {
			for _, tt := range []struct {
				name  string
				args  []string
				stdin io.Reader
				want  string
			}{
				{"Exit0", []string{"true"}, nil, "0 out= err="},
				{"Exit3", []string{"sh", "-c", "exit 3"}, nil, "3 out= err="},
				{"Exit127OfItsOwn", []string{"sh", "-c", "echo none: not found >&2; exit 127"}, nil, "127 out= err=none: not found\n"},
				{"BothStreams", []string{"sh", "-c", "echo a; echo b >&2; exit 1"}, nil, "1 out=a\n err=b\n"},
				{"Stdin", []string{"cat"}, strings.NewReader("hello"), "0 out=hello err="},
				{"EmptyStdin", []string{"cat"}, strings.NewReader(""), "0 out= err="},
				{"NoStdin", []string{"cat"}, nil, "0 out= err="},
				{"OddArguments", []string{"printf", "%s|", "a b", "", "&x=1", "ä"}, nil, "0 out=a b||&x=1|ä| err="},
				{"Large", []string{"sh", "-c", "head -c 3000000 /dev/zero | wc -c"}, nil, "0 out=3000000\n err="},
			} {
				t.Run(tt.name, func(t *testing.T) {
					got, err := execIn(t, cs, steps.Command{Namespace: ns, Pod: "web", Container: "app", Args: tt.args, Stdin: tt.stdin})
					if err != nil || got != tt.want {
						t.Errorf("got %q, %v, want %q", got, err, tt.want)
					}
				})
			}
		})
	}
	if r := strings.Join(proxy.Requests(), "\n"); !strings.Contains(r, "POST /api/v1/namespaces/"+ns+"/pods/web/exec?") {
		t.Error("SPDY was not used:", r)
	}
}

func TestExecWhereThereIsNoExitCode(t *testing.T) {
	ns := runningPod(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: over}, spec: {restartPolicy: Never, containers: [{name: app, image: local/none, command: ["true"]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: stuck}, spec: {nodeSelector: {disk: nowhere}, containers: [{name: app, image: local/none}]}}`)
	waitForPod(t, ns, "over", "Succeeded")
	nobody := open(t, clustertest.WriteKubeconfig(t, "nobody", clustertest.Config(t).Host, "{token: "+token(t, ns)+"}"))
	old, _ := overSPDY(t)
	for _, tt := range []struct {
		name           string
		cs             *cluster.Clusters
		pod, container string
		program        string
		want           error
		text           string
	}{
		{"NoProgram", real(t), "web", "app", "no-such-program", steps.ErrNoProgram, "no-such-program: not found in its PATH"},
		{"NoProgramOverSPDY", old, "web", "app", "no-such-program", steps.ErrNoProgram, "no-such-program: not found in its PATH"},
		{"NoFile", real(t), "web", "app", "/no/such/program", steps.ErrNoProgram, "/no/such/program: no such file or directory"},
		{"NotExecutable", real(t), "web", "app", "/etc/passwd", steps.ErrNoProgram, "/etc/passwd: permission denied"},
		{"Over", real(t), "over", "app", "true", steps.ErrNotRunning, `container "app" is not running`},
		{"Unscheduled", real(t), "stuck", "app", "true", steps.ErrNotRunning, "does not have a host assigned"},
		{"NoPod", real(t), "nope", "app", "true", steps.ErrNotRunning, `there is no pod "nope" in namespace "` + ns + `"`},
		{"NoContainer", real(t), "web", "nope", "true", steps.ErrNotRunning, "container nope is not valid for pod web"},
		{"Forbidden", nobody, "web", "app", "true", steps.ErrForbidden, `not allowed to create pods/exec "web" in namespace "` + ns + `" as system:serviceaccount:` + ns + ":nobody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := execIn(t, tt.cs, steps.Command{Namespace: ns, Pod: tt.pod, Container: tt.container, Args: []string{tt.program}})
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

// A connection that goes away says nothing about the command, over either protocol.
func TestExecLost(t *testing.T) {
	ns := runningPod(t)
	leaks(t)
	old, oldProxy := overSPDY(t)
	newProxy := clustertest.NewProxy(t)
	for _, tt := range []struct {
		name  string
		cs    *cluster.Clusters
		proxy *clustertest.Proxy
	}{{"WebSocket", open(t, newProxy.Kubeconfig), newProxy}, {"SPDY", old, oldProxy}} {
		t.Run(tt.name, func(t *testing.T) {
			started, out := io.Pipe()
			go func() {
				_, _ = started.Read(make([]byte, 10))
				tt.proxy.Cut()
			}()
			_, err := tt.cs.Exec(t.Context(), "", steps.Command{Namespace: ns, Pod: "web", Args: []string{"sh", "-c", "echo x; sleep 100"}, Stdout: out})
			var passing *check.Transient
			if !errors.Is(err, steps.ErrLost) || !errors.As(err, &passing) {
				t.Error(err)
			}
		})
	}
}

// The runtime of the sandbox ends a command whose client goes away. Nothing is written once Exec has returned.
func TestExecCancelled(t *testing.T) {
	ns := runningPod(t)
	leaks(t)
	pid := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	started, out := io.Pipe()
	go func() {
		_, _ = started.Read(make([]byte, 10))
		cancel()
	}()
	_, err := real(t).Exec(ctx, "", steps.Command{Namespace: ns, Pod: "web", Args: []string{"sh", "-c", "echo $$ > " + pid + "; echo x; sleep 100"}, Stdout: out})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	n, err := os.ReadFile(pid)
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

func TestExecOfADeadServer(t *testing.T) {
	server := "https://" + silent(t)
	cs := open(t, clustertest.WriteKubeconfig(t, "dead", server, "{}"), timeout("300ms"))
	_, err := execIn(t, cs, steps.Command{Namespace: "default", Pod: "web", Args: []string{"true"}})
	if err == nil || !strings.Contains(err.Error(), "no answer within 300ms") {
		t.Error(err)
	}
}
