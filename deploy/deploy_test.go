// Package deploy_test tries what runs a hub: the unit of systemd, the image and the manifests.
package deploy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/image"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// TestUnit has systemd judge the unit: it is to be right, and well locked up.
func TestUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no systemd-analyze")
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("wpctl-hub.service")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable() // any program will do
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "wpctl-hub.service")
	if err := os.WriteFile(unit, bytes.ReplaceAll(text, []byte("/usr/local/bin/wpctl"), []byte(self)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", "--man=no", "--recursive-errors=no", unit).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	out, err = exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold=20", unit).CombinedOutput() // of 100
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Log(lines[len(lines)-1])
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestKubernetes runs the manifests on a real node, with the image of this program, in a namespace that enforces the
// restricted standard: the hub is healthy, makes a token, and keeps it when its pod is another one.
func TestKubernetes(t *testing.T) {
	node := clustertest.NeedNode(t)
	pushed := push(t, node)
	client, err := kubernetes.NewForConfig(clustertest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	ns := clustertest.Namespace(t)
	label := `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`
	if _, err := client.CoreV1().Namespaces().Patch(ctx, ns, types.MergePatchType, []byte(label), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	volume(t, client, ns)
	roots := certificate(t, ns)
	text, err := os.ReadFile("kubernetes/hub.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifests := strings.Replace(string(text), "registry.example.org/wpctl:latest", pushed, 1)
	if manifests == string(text) {
		t.Fatal("the manifests name another image")
	}
	clustertest.Apply(t, ns, manifests)

	pod := ready(ctx, t, client, ns, "")
	healthy(t, pod, roots)
	said := inside(ctx, t, client, ns, "wpctl", "hub", "token", "create", "ci", "--role", "agent")
	if !regexp.MustCompile(`^wph_[a-z2-7]{16}_[a-z2-7]{52}\n$`).MatchString(said) {
		t.Errorf("%q", said)
	}
	if err := client.CoreV1().Pods(ns).Delete(ctx, pod.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	healthy(t, ready(ctx, t, client, ns, pod.UID), roots)
	if list := inside(ctx, t, client, ns, "wpctl", "hub", "token", "list"); !strings.Contains(list, "ci ") {
		t.Errorf("the token is lost: %s", list)
	}
}

// push makes the image of this program, and pushes it to the sandbox's registry.
func push(t *testing.T, node clustertest.Node) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "wpctl")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "../cmd/wpctl")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	img, err := image.Build(image.Options{Binary: program, Arch: runtime.GOARCH, Version: "test", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(node.Registry+"/wpctl-hub:test", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, img, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	return tag.Name()
}

// volume is what a cluster's provisioner would make for the claim.
func volume(t *testing.T, client kubernetes.Interface, ns string) {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != "/" && d != "/tmp"; d = filepath.Dir(d) {
		_ = os.Chmod(d, 0o755) // the folders of tests are their user's alone
	}
	if err := os.Chown(dir, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, "", fmt.Sprintf(`{apiVersion: v1, kind: PersistentVolume, metadata: {name: %s}, spec: {
		capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Retain,
		claimRef: {namespace: %s, name: data-wpctl-hub-0}, hostPath: {path: %s, type: Directory}}}`, ns, ns, dir))
	t.Cleanup(func() {
		_ = client.CoreV1().PersistentVolumes().Delete(context.Background(), ns, metav1.DeleteOptions{})
	})
}

// certificate is the Secret that the manifests want.
func certificate(t *testing.T, ns string) *x509.CertPool {
	t.Helper()
	ca, err := testsrv.NewCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue(testsrv.Leaf{Names: []string{"wpctl-hub"}})
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var chain []byte
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	encoded := func(text []byte) string { return base64.StdEncoding.EncodeToString(text) }
	clustertest.Apply(t, ns, fmt.Sprintf("{apiVersion: v1, kind: Secret, type: kubernetes.io/tls, metadata: {name: wpctl-hub-tls}, data: {tls.crt: %s, tls.key: %s}}",
		encoded(chain), encoded(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))))
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root)
	return roots
}

// ready waits for a pod that is not the old one.
func ready(ctx context.Context, t *testing.T, client kubernetes.Interface, ns string, old types.UID) *corev1.Pod {
	t.Helper()
	for {
		pod, err := client.CoreV1().Pods(ns).Get(ctx, "wpctl-hub-0", metav1.GetOptions{})
		if err == nil && pod.UID != old {
			for _, c := range pod.Status.Conditions {
				if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
					return pod
				}
			}
		}
		select {
		case <-ctx.Done():
			events, _ := client.CoreV1().Events(ns).List(context.Background(), metav1.ListOptions{})
			for _, e := range events.Items {
				t.Log(e.Reason, e.Message)
			}
			t.Fatal("the pod is not ready")
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func healthy(t *testing.T, pod *corev1.Pod, roots *x509.CertPool) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "wpctl-hub"}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get("https://" + pod.Status.PodIP + ":8420/v1/health")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Error(res.Status)
	}
}

// inside runs a command in the pod, and returns what it says.
func inside(ctx context.Context, t *testing.T, client kubernetes.Interface, ns string, command ...string) string {
	t.Helper()
	req := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(ns).Name("wpctl-hub-0").SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	x, err := remotecommand.NewSPDYExecutor(clustertest.Config(t), "POST", req.URL())
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if err := x.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &errs}); err != nil {
		t.Fatal(errors.Join(err, errors.New(errs.String())))
	}
	return out.String()
}
