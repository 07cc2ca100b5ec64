// Package sandbox_test runs the sandbox command, and clusters that it starts, as their users do.
package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

// patience is how long a test waits for something that should take a second, on a machine with other work.
const patience = time.Minute

// commandVariable names the command to the tests that run in the shared cluster.
const commandVariable = "WPCTL_SANDBOX_TEST_COMMAND"

var (
	command string       // the sandbox program
	config  *rest.Config // of the cluster that all tests of pods share
	client  *kubernetes.Clientset
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

// testMain builds the command and runs the tests as its users do: with the shared cluster, and in its network if it has a real node.
func testMain(m *testing.M) int {
	if command = os.Getenv(commandVariable); command != "" {
		if err := connect(os.Getenv("KUBECONFIG")); err != nil {
			fmt.Fprintln(os.Stderr, "connect with the shared cluster:", err)
			return 1
		}
		return m.Run()
	}
	work, err := os.MkdirTemp("", "sandbox-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(work)
	// Programs that a test loses must not survive it, nor runs of others be swept.
	os.Setenv("WPCTL_SANDBOX_HOME", filepath.Join(work, "home"))
	os.Setenv("TMPDIR", work)
	built := filepath.Join(work, "sandbox")
	os.Setenv(commandVariable, built)
	if err := passThrough("go", "build", "-o", built, "./cmd/sandbox"); err != nil {
		fmt.Fprintln(os.Stderr, "build the command:", err)
		return 1
	}
	defer exec.Command(built, "down", "--all").Run()
	args := []string{"run", "--name", "shared"}
	if box.Missing() == nil {
		args = append(args, "--node")
	}
	err = passThrough(built, append(append(args, "--"), os.Args...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "run the tests in a cluster:", err)
		return 1
	}
	return 0
}

func passThrough(program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func connect(kubeconfig string) (err error) {
	if config, err = clientcmd.BuildConfigFromFlags("", kubeconfig); err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	client, err = kubernetes.NewForConfig(config)
	return err
}

// output is what a command said and how it ended.
type output struct {
	stdout, stderr string
	code           int
}

// sandbox runs the command to its end.
func sandbox(t *testing.T, args ...string) output {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("sandbox %s: %v", strings.Join(args, " "), err)
	}
	return output{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// must runs the command, which has to succeed, and returns what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	o := sandbox(t, args...)
	if o.code != 0 {
		t.Fatalf("sandbox %s: exit code %d\n%s%s", strings.Join(args, " "), o.code, o.stdout, o.stderr)
	}
	return strings.TrimSpace(o.stdout)
}

// eventually polls until the condition gives no error.
func eventually(t *testing.T, what string, condition func(ctx context.Context) error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := condition(t.Context())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// namespace makes one for a test. It goes with the cluster: to delete it takes longer than most tests.
func namespace(t *testing.T) string {
	t.Helper()
	ns, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

// sh is a container that runs a script.
func sh(script string) corev1.Container {
	return corev1.Container{Name: "main", Image: "example.test/any", Command: []string{"sh", "-c", script}}
}

// create makes a pod of one container that does not restart, unless change says otherwise.
func create(t *testing.T, ns, name string, c corev1.Container, change ...func(*corev1.PodSpec)) *corev1.Pod {
	t.Helper()
	second := int64(1)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			Containers:                    []corev1.Container{c},
			RestartPolicy:                 corev1.RestartPolicyNever,
			TerminationGracePeriodSeconds: &second,
		},
	}
	for _, f := range change {
		f(&pod.Spec)
	}
	var created *corev1.Pod
	eventually(t, "create pod "+name, func(ctx context.Context) (err error) { // the namespace's service account may not be there yet
		created, err = client.CoreV1().Pods(ns).Create(ctx, pod, metav1.CreateOptions{})
		return err
	})
	return created
}

// await waits until the pod is as the condition says, and returns it.
func await(t *testing.T, ns, name, what string, is func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	var pod *corev1.Pod
	eventually(t, fmt.Sprintf("wait for pod %s: %s", name, what), func(ctx context.Context) (err error) {
		if pod, err = client.CoreV1().Pods(ns).Get(ctx, name, metav1.GetOptions{}); err != nil {
			return err
		}
		if !is(pod) {
			return fmt.Errorf("phase %s, containers %+v", pod.Status.Phase, pod.Status.ContainerStatuses)
		}
		return nil
	})
	return pod
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func phase(want corev1.PodPhase) func(*corev1.Pod) bool {
	return func(p *corev1.Pod) bool { return p.Status.Phase == want }
}

func restarts(pod *corev1.PodSpec) { pod.RestartPolicy = corev1.RestartPolicyAlways }
