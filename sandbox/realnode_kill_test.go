package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

// upWithNode starts a cluster with a real node, with a pod in it, which is taken down with the test.
func upWithNode(t *testing.T, name string) (dir string) {
	t.Helper()
	must(t, "up", "--name", name, "--node")
	t.Cleanup(func() { _ = exec.Command(command, "down", "--name", name).Run() })
	runPod(t, name)
	return filepath.Join(os.Getenv("WPCTL_SANDBOX_HOME"), name)
}

// runPod runs one in another cluster than the shared one, by way of the test below: that cluster has a network of its own.
func runPod(t *testing.T, name string) {
	t.Helper()
	if out := must(t, "exec", "--name", name, "--", os.Args[0], "-test.run=^TestOnePod$", "-test.v"); !strings.Contains(out, "--- PASS: TestOnePod") {
		t.Fatal(out)
	}
}

func TestOnePod(t *testing.T) {
	needNode(t)
	ns := namespace(t)
	create(t, ns, "web", hello(), func(p *corev1.PodSpec) { p.RestartPolicy = corev1.RestartPolicyAlways })
	await(t, ns, "web", "ready", ready)
}

// family returns the processes that descend from one, and itself.
func family(t *testing.T, root int) []int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, file := range all {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], pid)
	}
	found := []int{root}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

// gone waits until none of the processes is there, and none of the cluster in the directory.
func gone(t *testing.T, dir string, pids []int) {
	t.Helper()
	nothingRuns(t, dir)
	eventually(t, "every process of the node has ended", func(context.Context) error {
		for _, pid := range pids {
			if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && !strings.Contains(string(b), ") Z ") {
				return fmt.Errorf("still there: %s", b)
			}
		}
		return nil
	})
}

// nothingIsLeft looks for what a node leaves if nobody takes it away.
func nothingIsLeft(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("directory %s: %v", dir, err)
	}
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		if left, _ := filepath.Glob(pattern + box.Group(dir)); len(left) > 0 {
			t.Errorf("control groups %v", left)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), dir) {
		t.Errorf("mounts:\n%s", mounts)
	}
	if left, _ := filepath.Glob("/run/netns/cni-*"); len(left) > 0 {
		t.Errorf("networks %v", left)
	}
	for _, path := range []string{"/var/lib/cni/networks", "/var/lib/kubelet/device-plugins", "/var/log/pods", "/etc/cni/net.d/10-sandbox.conflist"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is there; if something else on this machine made it, this test cannot tell", path)
		}
	}
}

// tunables are settings of the whole kernel that a kubelet likes to change.
func tunables(t *testing.T) (values []string) {
	t.Helper()
	for _, name := range []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"} {
		b, err := os.ReadFile("/proc/sys/" + name)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, name+"="+strings.TrimSpace(string(b)))
	}
	return values
}

func TestDownLeavesNothingOfARealNode(t *testing.T) {
	needNode(t)
	t.Parallel()
	before := tunables(t)
	dir := upWithNode(t, "whole")
	pids := family(t, statusOf(t, "whole").Supervisor)
	if len(pids) < 14 { // supervisor, ten programs, and for the pod a shim and two containers
		t.Errorf("only %v run", pids)
	}
	must(t, "down", "--name", "whole")
	gone(t, dir, pids)
	nothingIsLeft(t, dir)
	if after := tunables(t); !slices.Equal(before, after) {
		t.Errorf("settings of the kernel were %v and are %v", before, after)
	}
}

func TestKilledProgramOfARealNode(t *testing.T) {
	needNode(t)
	t.Parallel()
	dir := upWithNode(t, "mended")
	programs := statusOf(t, "mended").Programs
	if len(programs) < 9 {
		t.Errorf("only %v", programs)
	}
	for _, program := range programs {
		name, before := program.Name, statusOf(t, "mended")
		pids := family(t, before.Supervisor)
		killed := false
		for _, p := range before.Programs {
			if p.Name == name {
				killed = true
				if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !killed {
			t.Fatalf("no %s among %v", name, before.Programs)
		}
		gone(t, dir, pids) // the supervisor ends what is left
		if o := sandbox(t, "status", "--name", "mended"); o.code != 1 || !strings.Contains(o.stdout, " ended, see ") {
			t.Errorf("%s was killed: status: code %d, %q", name, o.code, o.stdout)
		}
		must(t, "up", "--name", "mended") // it remembers that it has a node
		runPod(t, "mended")
	}
	must(t, "down", "--name", "mended")
	nothingIsLeft(t, dir)
}

func TestEverythingOfARealNodeIsKilledAtOnce(t *testing.T) {
	needNode(t)
	t.Parallel()
	for _, then := range []string{"up", "down"} {
		name := "killed-" + then
		dir := upWithNode(t, name)
		pids := family(t, statusOf(t, name).Supervisor)
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // one that ended with another is gone already
		}
		gone(t, dir, pids)
		must(t, then, "--name", name)
		if then == "up" {
			runPod(t, name)
			must(t, "down", "--name", name)
		}
		nothingIsLeft(t, dir)
	}
}

func TestKilledRunWithARealNode(t *testing.T) {
	needNode(t)
	t.Parallel()
	cmd := exec.Command(command, "run", "--node", "--name", "lost-node", "--", "sh", "-c", `echo "$KUBECONFIG"; exec sleep 1000`)
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
	pids := family(t, cmd.Process.Pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	dir := filepath.Dir(kubeconfig)
	gone(t, dir, pids)
	cleanUp := exec.Command(command, "down", "--all")
	cleanUp.Env = append(os.Environ(), "WPCTL_SANDBOX_HOME="+t.TempDir()) // the clusters of other tests stay
	if out, err := cleanUp.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	nothingIsLeft(t, dir)
}

func TestTwoRealNodesSideBySide(t *testing.T) {
	needNode(t)
	t.Parallel()
	dirs := []string{upWithNode(t, "east"), upWithNode(t, "west")}
	runPod(t, "east") // which still works
	for _, name := range []string{"east", "west"} {
		must(t, "down", "--name", name)
	}
	for _, dir := range dirs {
		nothingIsLeft(t, dir)
	}
}

func TestRunInTheNetworkOfANode(t *testing.T) {
	needNode(t)
	t.Parallel()
	o := sandbox(t, "run", "--node", "--name", "code", "--", "sh", "-c", `echo "$KUBECONFIG"; test -n "$WPCTL_SANDBOX_REGISTRY" || exit 1; exit 9`)
	if o.code != 9 {
		t.Errorf("exit code %d, want 9: %s", o.code, o.stderr)
	}
	nothingIsLeft(t, filepath.Dir(strings.TrimSpace(o.stdout)))
}

func TestRealNodeIsRefusedWhereItCannotRun(t *testing.T) {
	if os.Geteuid() != 0 {
		o := sandbox(t, "run", "--node", "--", "true")
		if o.code != 1 || !strings.Contains(o.stderr, "needs root") || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("code %d, %q", o.code, o.stderr)
		}
		return
	}
	cmd := exec.Command(command, "up", "--node", "--name", "lacking")
	cmd.Env = append(os.Environ(), "PATH=/nonexistent")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "apt-get install --no-install-recommends containerd runc iptables") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v, %q", err, out)
	}
}
