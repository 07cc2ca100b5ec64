package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// status is what sandbox status -o json prints.
type status struct {
	Up         bool
	Problem    string
	Server     string
	Version    string
	Kubeconfig string
	Logs       string
	Supervisor int `json:"supervisorPid"`
	Programs   []struct {
		Name string
		PID  int
	}
}

func statusOf(t *testing.T, name string) status {
	t.Helper()
	var s status
	if err := json.Unmarshal([]byte(sandbox(t, "status", "--name", name, "-o", "json").stdout), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// processes returns those of the cluster in a directory, its containers' included.
func processes(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		env, _ := os.ReadFile(filepath.Join(e, "environ")) // those of others, or gone
		stat, _ := os.ReadFile(filepath.Join(e, "stat"))
		if bytes.Contains(env, []byte("WPCTL_SANDBOX_CLUSTER="+dir)) && !bytes.Contains(stat, []byte(") Z ")) {
			found = append(found, string(stat))
		}
	}
	return found
}

func nothingRuns(t *testing.T, dir string) {
	t.Helper()
	eventually(t, "every process of "+dir+" has ended", func(context.Context) error {
		if left := processes(t, dir); len(left) > 0 {
			return fmt.Errorf("still there:\n%s", strings.Join(left, ""))
		}
		return nil
	})
}

func TestTwoClustersSideBySide(t *testing.T) {
	t.Parallel()
	home := os.Getenv("WPCTL_SANDBOX_HOME")
	names := []string{"left", "right"}
	var starts []*exec.Cmd
	for _, name := range names {
		cmd := exec.Command(command, "up", "--name", name)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		starts = append(starts, cmd)
	}
	for _, cmd := range starts {
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	left, right := statusOf(t, "left"), statusOf(t, "right")
	if !left.Up || !right.Up || left.Server == right.Server || left.Version != "v1.36.3" {
		t.Fatalf("two clusters were to be up:\n%+v\n%+v", left, right)
	}
	if out := must(t, "up", "--name", "left"); !strings.Contains(out, "up already") {
		t.Errorf("up a second time: %q", out)
	}
	if statusOf(t, "left").Supervisor != left.Supervisor {
		t.Error("up a second time started another cluster")
	}
	for _, name := range names {
		must(t, "down", "--name", name)
		must(t, "down", "--name", name)
		if _, err := os.Stat(filepath.Join(home, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("down left the directory of %s: %v", name, err)
		}
		if left := processes(t, filepath.Join(home, name)); len(left) > 0 {
			t.Errorf("down left processes of %s:\n%s", name, left)
		}
	}
}

func TestKilledSupervisorLeavesNothing(t *testing.T) {
	t.Parallel()
	must(t, "up", "--name", "killed")
	defer sandbox(t, "down", "--name", "killed")
	dir := filepath.Join(os.Getenv("WPCTL_SANDBOX_HOME"), "killed")
	runContainer(t, statusOf(t, "killed").Kubeconfig)
	if len(processes(t, dir)) < 8 { // supervisor, five programs, the container's shell and its child
		t.Fatalf("only these run: %s", processes(t, dir))
	}
	if err := syscall.Kill(statusOf(t, "killed").Supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	nothingRuns(t, dir)
	s := sandbox(t, "status", "--name", "killed")
	if s.code != 1 || !strings.Contains(s.stdout, "supervisor ended") {
		t.Errorf("status: code %d, %q", s.code, s.stdout)
	}
	must(t, "up", "--name", "killed")
	if s := statusOf(t, "killed"); !s.Up {
		t.Errorf("not up again: %+v", s)
	}
}

// runContainer runs one in another cluster than the shared one, whose program has a child.
func runContainer(t *testing.T, kubeconfig string) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	pods := kubernetes.NewForConfigOrDie(config).CoreV1().Pods("default")
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "parent"}, Spec: corev1.PodSpec{Containers: []corev1.Container{sh("sleep 1000 & echo started; wait")}}}
	if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the container has a child", func(ctx context.Context) error {
		b, err := pods.GetLogs("parent", &corev1.PodLogOptions{}).DoRaw(ctx)
		if err == nil && string(b) != "started\n" {
			err = fmt.Errorf("log %q", b)
		}
		return err
	})
}

func TestStatusNamesTheProgramThatEnded(t *testing.T) {
	t.Parallel()
	must(t, "up", "--name", "broken")
	defer sandbox(t, "down", "--name", "broken")
	for _, p := range statusOf(t, "broken").Programs {
		if p.Name == "kube-scheduler" {
			if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	nothingRuns(t, filepath.Join(os.Getenv("WPCTL_SANDBOX_HOME"), "broken"))
	s := sandbox(t, "status", "--name", "broken")
	if s.code != 1 || !strings.Contains(s.stdout, "kube-scheduler ended, see ") {
		t.Errorf("status: code %d, %q", s.code, s.stdout)
	}
}

func TestRunPassesTheExitCodeAndCleansUp(t *testing.T) {
	t.Parallel()
	o := sandbox(t, "run", "--name", "exit", "--", "sh", "-c", `test "$KUBECONFIG" = "$WPCTL_TEST_KUBECONFIG" && echo "$KUBECONFIG" && grep -c sandbox-exit "$KUBECONFIG" >&2; exit 9`)
	if o.code != 9 {
		t.Errorf("exit code %d, want 9: %s", o.code, o.stderr)
	}
	dir := filepath.Dir(strings.TrimSpace(o.stdout))
	if !strings.Contains(dir, "wpctl-sandbox-exit-") {
		t.Fatalf("directory %q, stderr %q", dir, o.stderr)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("run left %s: %v", dir, err)
	}
	if left := processes(t, dir); len(left) > 0 {
		t.Errorf("run left processes:\n%s", left)
	}
}

func TestRunPassesSignalsOn(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	cmd := exec.Command(command, "run", "--name", "signal", "--", "sh", "-c", `trap 'echo ended; exit 4' TERM; echo "$KUBECONFIG"; while :; do sleep 0.1; done`)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 4096)
	n, err := pipe.Read(line) // the command runs, and has its trap
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_, _ = stdout.ReadFrom(pipe)
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 4 || !strings.Contains(stdout.String(), "ended") {
		t.Errorf("%s, output %q", cmd.ProcessState, stdout.String())
	}
	dir := filepath.Dir(strings.TrimSpace(string(line[:n])))
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("run left %s: %v", dir, err)
	}
}

func TestKilledRunLeavesOnlyFilesForDown(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(command, "run", "--name", "lost", "--", "sh", "-c", `echo "$KUBECONFIG"; exec sleep 1000`)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var kubeconfig string
	if _, err := fmt.Fscanln(stdout, &kubeconfig); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	dir := filepath.Dir(kubeconfig)
	nothingRuns(t, dir)
	cleanUp := exec.Command(command, "down", "--all")
	cleanUp.Env = append(os.Environ(), "WPCTL_SANDBOX_HOME="+t.TempDir()) // the clusters of other tests stay
	if out, err := cleanUp.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("down left %s: %v", dir, err)
	}
}

func TestMistakesInTheCommandLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		GoCase string
		args   []string
		code   int
		says   string
	}{
		{"no such command", []string{"upp"}, 2, "no such command"},
		{"no such flag", []string{"up", "--nam", "x"}, 2, "nam"},
		{"no such name", []string{"up", "--name", "A/B"}, 2, "lower case letters"},
		{"an argument too many", []string{"down", "x"}, 2, `unexpected argument "x"`},
		{"no such format", []string{"status", "-o", "xml"}, 2, "use text or json"},
		{"nothing to run", []string{"run"}, 2, "name a command"},
		{"no kubeconfig yet", []string{"kubeconfig", "--name", "none"}, 1, "start it with sandbox up --name none"},
		{"status of nothing", []string{"status", "--name", "none"}, 1, ""},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			o := sandbox(t, c.args...)
			if o.code != c.code || !strings.Contains(o.stderr, c.says) || strings.Count(o.stderr, "\n") > 1 {
				t.Errorf("code %d, stderr %q", o.code, o.stderr)
			}
		})
	}
}
