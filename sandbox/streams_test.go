package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	utilexec "k8s.io/client-go/util/exec"
)

// logs returns what the pod's container wrote.
func logs(t *testing.T, ns, name string, options corev1.PodLogOptions) string {
	t.Helper()
	b, err := client.CoreV1().Pods(ns).GetLogs(name, &options).DoRaw(t.Context())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestLogs(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "talks", sh("echo one; echo two >&2; echo three; printf four"))
	await(t, ns, "talks", "succeeded", phase(corev1.PodSucceeded))
	two, six, hour := int64(2), int64(6), int64(3600)
	all := logs(t, ns, "talks", corev1.PodLogOptions{})
	for _, line := range []string{"one\n", "two\n", "three\n", "four"} {
		if !strings.Contains(all, line) {
			t.Errorf("%q is not in %q", line, all)
		}
	}
	if got := logs(t, ns, "talks", corev1.PodLogOptions{TailLines: &two}); !strings.HasSuffix(all, got) || strings.Count(got, "\n") != 1 {
		t.Errorf("tail of 2: %q of %q", got, all)
	}
	if got := logs(t, ns, "talks", corev1.PodLogOptions{LimitBytes: &six}); got != all[:6] {
		t.Errorf("6 bytes: %q", got)
	}
	if got := logs(t, ns, "talks", corev1.PodLogOptions{SinceSeconds: &hour}); got != all {
		t.Errorf("since an hour ago: %q", got)
	}
	first, _, _ := strings.Cut(logs(t, ns, "talks", corev1.PodLogOptions{Timestamps: true}), " ")
	if at, err := time.Parse(time.RFC3339Nano, first); err != nil || time.Since(at) > time.Minute {
		t.Errorf("timestamp %q: %v", first, err)
	}
}

func TestLogsFollowUntilTheEnd(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "long", sh("echo first; while ! test -e go; do sleep 0.02; done; echo last; sleep 0.5"))
	await(t, ns, "long", "running", phase(corev1.PodRunning))
	stream, err := client.CoreV1().Pods(ns).GetLogs("long", &corev1.PodLogOptions{Follow: true}).Stream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	line := make([]byte, 100)
	n, err := stream.Read(line)
	if err != nil || string(line[:n]) != "first\n" {
		t.Fatalf("first %q: %v", line[:n], err)
	}
	// The container lasts a little longer than the exec, which would else be killed with it.
	if err := run(t, ns, "long", "touch go", streams{}); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(stream)
	if err != nil || string(rest) != "last\n" {
		t.Errorf("rest %q: %v", rest, err)
	}
}

func TestLogsOfThePreviousContainer(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "again", sh("if test -e seen; then echo second; sleep 60; fi; touch seen; echo first; exit 1"), restarts)
	await(t, ns, "again", "restarted", func(p *corev1.Pod) bool { return ready(p) && p.Status.ContainerStatuses[0].RestartCount == 1 })
	eventually(t, "the log of the second attempt", func(context.Context) error {
		if got := logs(t, ns, "again", corev1.PodLogOptions{}); got != "second\n" {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
	if got := logs(t, ns, "again", corev1.PodLogOptions{Previous: true}); got != "first\n" {
		t.Errorf("previous log %q", got)
	}
}

// streams are those of an exec.
type streams struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	spdy           bool
}

// run runs a script in the pod's container.
func run(t *testing.T, ns, name, script string, s streams) error {
	t.Helper()
	var stderr bytes.Buffer
	if s.stderr == nil {
		s.stderr = &stderr
	}
	if s.ctx == nil {
		s.ctx = t.Context()
	}
	request := client.CoreV1().RESTClient().Post().Namespace(ns).Resource("pods").Name(name).SubResource("exec").VersionedParams(&corev1.PodExecOptions{
		Container: "main", Command: []string{"sh", "-c", script},
		Stdin: s.stdin != nil, Stdout: s.stdout != nil, Stderr: true,
	}, scheme.ParameterCodec)
	var executor remotecommand.Executor
	var err error
	if s.spdy {
		executor, err = remotecommand.NewSPDYExecutor(config, http.MethodPost, request.URL())
	} else {
		executor, err = remotecommand.NewWebSocketExecutor(config, http.MethodGet, request.URL().String())
	}
	if err != nil {
		t.Fatal(err)
	}
	return executor.StreamWithContext(s.ctx, remotecommand.StreamOptions{Stdin: s.stdin, Stdout: s.stdout, Stderr: s.stderr})
}

func pause(t *testing.T, ns, name string) {
	t.Helper()
	create(t, ns, name, corev1.Container{Name: "main", Image: "sandbox/pause"})
	await(t, ns, name, "ready", ready)
}

func TestExec(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	pause(t, ns, "host")
	for _, spdy := range []bool{false, true} {
		t.Run(fmt.Sprintf("spdy %v", spdy), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			err := run(t, ns, "host", "cat; echo to stderr >&2; exit 7", streams{stdin: strings.NewReader("to stdin\n"), stdout: &stdout, stderr: &stderr, spdy: spdy})
			var exit utilexec.CodeExitError
			if !errors.As(err, &exit) || exit.Code != 7 {
				t.Errorf("ended with %v, want exit code 7", err)
			}
			if stdout.String() != "to stdin\n" || stderr.String() != "to stderr\n" {
				t.Errorf("stdout %q, stderr %q", stdout.String(), stderr.String())
			}
		})
	}
}

func TestExecEndsWithItsClient(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	pause(t, ns, "host")
	for _, spdy := range []bool{false, true} {
		t.Run(fmt.Sprintf("spdy %v", spdy), func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			r, w := io.Pipe()
			never, _ := io.Pipe()
			ended := make(chan error, 1)
			// The shell has a child: the whole group must go.
			go func() {
				ended <- run(t, ns, "host", `sleep 1000 & echo $$ $!; wait`, streams{ctx: ctx, stdin: never, stdout: w, spdy: spdy})
			}()
			var shell, child int
			if _, err := fmt.Fscan(r, &shell, &child); err != nil {
				t.Fatal(err)
			}
			leave()
			<-ended
			eventually(t, "both processes are gone", func(context.Context) error {
				for _, pid := range []int{shell, child} {
					if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && !bytes.Contains(stat, []byte(") Z ")) {
						return fmt.Errorf("process %d: %s", pid, stat)
					}
				}
				return nil
			})
		})
	}
}

func TestPortForward(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "web", web())
	await(t, ns, "web", "ready", ready)
	if got := get(t, "http://"+forward(t, ns, "web")+"/hello"); got != "hello\n" {
		t.Errorf("answer %q", got)
	}
}

// forward returns the local address of a connection with port 8080 of a pod, which ends with the test.
func forward(t *testing.T, ns, name string) string {
	t.Helper()
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		t.Fatal(err)
	}
	url := client.CoreV1().RESTClient().Post().Namespace(ns).Resource("pods").Name(name).SubResource("portforward").URL()
	stop, isReady := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop) })
	forwarder, err := portforward.New(spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, url), []string{"0:8080"}, stop, isReady, io.Discard, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = forwarder.ForwardPorts() }()
	<-isReady
	ports, err := forwarder.GetPorts()
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(ports[0].Local)))
}

// get returns what a server answers.
func get(t *testing.T, url string) string {
	t.Helper()
	var body []byte
	eventually(t, "get "+url, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience/3)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		body, err = io.ReadAll(answer.Body)
		return err
	})
	return string(body)
}
