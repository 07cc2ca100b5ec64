package clustertest

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// Second starts another cluster beside the test's, which ends with the test, and returns its kubeconfig.
// It skips the test where no sandbox is at hand.
func Second(t testing.TB) string {
	t.Helper()
	Kubeconfig(t)
	sandbox := os.Getenv("WPCTL_TEST_SANDBOX")
	if sandbox == "" {
		t.Skip("needs a second cluster: run make test")
	}
	cmd := exec.Command(sandbox, "run", "--", "sh", "-c", `echo "$KUBECONFIG"; read end`)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // read ends without a line, which sh tells as 1
	})
	path, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("a second cluster: ", err)
	}
	return strings.TrimSpace(path)
}

// Context returns the current context of a kubeconfig.
func Context(t testing.TB, kubeconfig string) string {
	t.Helper()
	raw, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return raw.CurrentContext
}
