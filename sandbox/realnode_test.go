package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilexec "k8s.io/client-go/util/exec"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

// needNode skips the test where there is no real node, unless WPCTL_REQUIRE_NODE says that there must be one.
func needNode(t *testing.T) {
	t.Helper()
	switch err := box.Missing(); {
	case os.Getenv("WPCTL_SANDBOX_NODE") != "":
	case os.Getenv("WPCTL_REQUIRE_NODE") == "1":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// image is one that the sandbox's open registry has.
func image(name string) string { return os.Getenv("WPCTL_SANDBOX_REGISTRY") + "/" + name + ":1" }

// private is the same image in the registry that wants a password.
func private(name string) string {
	return os.Getenv("WPCTL_SANDBOX_PRIVATE_REGISTRY") + "/" + name + ":1"
}

// busybox runs a script in the image with a shell.
func busybox(script string) corev1.Container {
	return corev1.Container{Name: "main", Image: image("busybox"), Command: []string{"sh", "-c", script}}
}

func hello() corev1.Container {
	return corev1.Container{
		Name: "main", Image: image("hello"),
		ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(8080)}}},
	}
}

// serveHello makes a Deployment of two and a Service before it, both called web.
func serveHello(t *testing.T, ns string) *corev1.Service {
	t.Helper()
	two, labels := int32(2), map[string]string{"app": "web"}
	_, err := client.AppsV1().Deployments(ns).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &two, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{hello()}}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	service, err := client.CoreV1().Services(ns).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "two replicas are ready", func(ctx context.Context) error {
		d, err := client.AppsV1().Deployments(ns).Get(ctx, "web", metav1.GetOptions{})
		if err == nil && d.Status.ReadyReplicas != 2 {
			err = fmt.Errorf("status %+v", d.Status)
		}
		return err
	})
	return service
}

// inside returns what a script in the pod prints.
func inside(t *testing.T, ns, pod, script string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if err := run(t, ns, pod, script, streams{stdout: &stdout, stderr: &stderr}); err != nil {
		t.Errorf("%s: %v: %s%s", script, err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

func TestServiceFromNodeAndPod(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns := namespace(t)
	service := serveHello(t, ns)
	create(t, ns, "box", busybox("exec sleep 1000"))
	await(t, ns, "box", "ready", ready)
	if got := get(t, "http://"+service.Spec.ClusterIP); !strings.HasPrefix(got, "hello from web-") {
		t.Errorf("from the node: %q", got)
	}
	for _, host := range []string{service.Spec.ClusterIP, "web", "web." + ns, "web." + ns + ".svc.cluster.local"} {
		if got := inside(t, ns, "box", "wget -qO- http://"+host+":80"); !strings.HasPrefix(got, "hello from web-") {
			t.Errorf("%s from a pod: %q", host, got)
		}
	}
	if got := inside(t, ns, "box", "nslookup web."+ns+".svc.cluster.local"); !strings.Contains(got, service.Spec.ClusterIP) {
		t.Errorf("nslookup: %q", got)
	}
	inside(t, ns, "box", "! nslookup nothing."+ns+".svc.cluster.local && ! nslookup example.org")
	inside(t, ns, "box", "nc -w 5 kubernetes.default 443 </dev/null") // pods reach the API server
}

func TestHeadlessServiceAndServicePorts(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns := namespace(t)
	_, err := client.CoreV1().Services(ns).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "db"},
		Spec: corev1.ServiceSpec{
			ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "db-0"},
			Ports: []corev1.ServicePort{{Name: "http", Port: 8080}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	create(t, ns, "db-0", hello(), func(p *corev1.PodSpec) { p.Hostname, p.Subdomain = "db-0", "db" })
	ip := await(t, ns, "db-0", "ready", ready).Status.PodIP
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(os.Getenv("WPCTL_SANDBOX_NODE_ADDRESS"), "53"))
	}}
	name := "db." + ns + ".svc.cluster.local."
	eventually(t, "the pod has its names", func(ctx context.Context) error {
		for _, n := range []string{name, "db-0." + name} {
			if got, err := resolver.LookupHost(ctx, n); err != nil || len(got) != 1 || got[0] != ip {
				return fmt.Errorf("%s is %v, not %s: %w", n, got, ip, err)
			}
		}
		return nil
	})
	_, err = client.CoreV1().Services(ns).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "elsewhere"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "db.example.org"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	create(t, ns, "box", busybox("exec sleep 1000"))
	await(t, ns, "box", "ready", ready)
	if got := inside(t, ns, "box", "nslookup -type=cname elsewhere."+ns+".svc.cluster.local"); !strings.Contains(got, "db.example.org") {
		t.Errorf("a Service that is another name: %q", got)
	}
	if _, got, err := resolver.LookupSRV(t.Context(), "http", "tcp", name); err != nil || len(got) != 1 || got[0].Port != 8080 || got[0].Target != name {
		t.Errorf("port http: %+v, %v", got, err)
	}
}

func TestNamesThatTheProcessesOfTheNodeAskFor(t *testing.T) {
	needNode(t)
	t.Parallel()
	for _, name := range []string{"kubernetes.default.svc.cluster.local", "example.org"} {
		var none *net.DNSError
		if _, err := net.DefaultResolver.LookupHost(t.Context(), name); !errors.As(err, &none) || !none.IsNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestContainersOfTheRealNode(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "web", hello())
	create(t, ns, "box", busybox("echo a line; exec sleep 1000"))
	pod := await(t, ns, "box", "ready", ready)
	if pod.Spec.NodeName != "real" {
		t.Errorf("a pod with an image of the registry runs on %q", pod.Spec.NodeName)
	}
	if got := logs(t, ns, "box", corev1.PodLogOptions{}); got != "a line\n" {
		t.Errorf("log %q", got)
	}
	var code utilexec.ExitError
	if err := run(t, ns, "box", "exit 7", streams{}); !errors.As(err, &code) || code.ExitStatus() != 7 {
		t.Errorf("exec: %v", err)
	}
	if got := inside(t, ns, "box", "hostname; ps | wc -l"); !strings.HasPrefix(got, "box\n") {
		t.Errorf("inside: %q", got)
	}
	inside(t, ns, "box", "test -s /var/run/secrets/kubernetes.io/serviceaccount/token")
	await(t, ns, "web", "ready", ready)
	if got := get(t, "http://"+forward(t, ns, "web")); got != "hello from web\n" {
		t.Errorf("forwarded: %q", got)
	}
}

func TestPodsAreOnTheNodeThatCanRunThem(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "process", sh("exec sleep 1000"))
	if p := await(t, ns, "process", "ready", ready); p.Spec.NodeName != "sandbox" {
		t.Errorf("a pod without an image of the registry runs on %q", p.Spec.NodeName)
	}
	create(t, ns, "asks", sh("exec sleep 1000"), func(p *corev1.PodSpec) {
		p.Containers[0].Image = "registry.invalid/none:1"
		p.NodeSelector = map[string]string{corev1.LabelHostname: "real"}
	})
	if p := await(t, ns, "asks", "no image", waiting("ErrImagePull", "ImagePullBackOff")); p.Spec.NodeName != "real" {
		t.Errorf("a pod that wants the real node is on %q", p.Spec.NodeName)
	}
}

func TestDaemonSetIsOnTheNodeThatCanRunIt(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns, labels := namespace(t), map[string]string{"app": "agent"}
	for _, c := range []corev1.Container{hello(), sh("exec sleep 1000")} {
		d, err := client.AppsV1().DaemonSets(ns).Create(t.Context(), &appsv1.DaemonSet{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "agent-"},
			Spec: appsv1.DaemonSetSpec{
				Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{c}}},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "one pod is ready, with image "+c.Image, func(ctx context.Context) error {
			d, err := client.AppsV1().DaemonSets(ns).Get(ctx, d.Name, metav1.GetOptions{})
			if err == nil && (d.Status.DesiredNumberScheduled != 1 || d.Status.NumberReady != 1) {
				err = fmt.Errorf("status %+v", d.Status)
			}
			return err
		})
	}
}

// waiting is for pods whose container waits for one of the reasons.
func waiting(reasons ...string) func(*corev1.Pod) bool {
	return func(p *corev1.Pod) bool {
		for _, c := range p.Status.ContainerStatuses {
			for _, reason := range reasons {
				if c.State.Waiting != nil && c.State.Waiting.Reason == reason {
					return true
				}
			}
		}
		return false
	}
}

func TestPrivateImageNeedsItsSecret(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns := namespace(t)
	sleeps := busybox("exec sleep 1000")
	sleeps.Image = private("busybox")
	account, err := json.Marshal(map[string]any{"auths": map[string]any{os.Getenv("WPCTL_SANDBOX_PRIVATE_REGISTRY"): map[string]string{
		"username": os.Getenv("WPCTL_SANDBOX_REGISTRY_USER"), "password": os.Getenv("WPCTL_SANDBOX_REGISTRY_PASSWORD"),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CoreV1().Secrets(ns).Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "pull"}, Type: corev1.SecretTypeDockerConfigJson,
		Data: map[string][]byte{corev1.DockerConfigJsonKey: account},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	create(t, ns, "with", sleeps, func(p *corev1.PodSpec) { p.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "pull"}} })
	await(t, ns, "with", "ready", ready)
	// Although the image is on the node by now.
	create(t, ns, "without", sleeps)
	pod := await(t, ns, "without", "no image", waiting("ErrImagePull", "ImagePullBackOff"))
	if message := pod.Status.ContainerStatuses[0].State.Waiting.Message; !strings.Contains(message, "401 Unauthorized") {
		t.Errorf("message %q", message)
	}
}

func TestImages(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns := namespace(t)
	rootless := true
	asUser := func(name string) corev1.Container {
		return corev1.Container{Name: "main", Image: image(name), SecurityContext: &corev1.SecurityContext{RunAsNonRoot: &rootless}}
	}
	create(t, ns, "none", corev1.Container{Name: "main", Image: image("none")})
	create(t, ns, "fails", corev1.Container{Name: "main", Image: image("fails")})
	create(t, ns, "user", asUser("nonroot"))
	create(t, ns, "root", asUser("hello"))

	none := await(t, ns, "none", "no image", waiting("ErrImagePull", "ImagePullBackOff"))
	if message := none.Status.ContainerStatuses[0].State.Waiting.Message; !strings.Contains(message, "not found") {
		t.Errorf("an image that is not there: %q", message)
	}
	fails := await(t, ns, "fails", "failed", phase(corev1.PodFailed))
	if ended := fails.Status.ContainerStatuses[0].State.Terminated; ended == nil || ended.ExitCode != 3 {
		t.Errorf("ended %+v", ended)
	}
	if got := logs(t, ns, "fails", corev1.PodLogOptions{}); got != "something is wrong\n" {
		t.Errorf("log %q", got)
	}
	user := await(t, ns, "user", "ready", ready)
	await(t, ns, "root", "refused", waiting("CreateContainerConfigError"))

	answer, err := http.Head("http://" + os.Getenv("WPCTL_SANDBOX_REGISTRY") + "/v2/nonroot/manifests/1")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if digest := answer.Header.Get("Docker-Content-Digest"); digest == "" || !strings.HasSuffix(user.Status.ContainerStatuses[0].ImageID, "@"+digest) {
		t.Errorf("image ID %q, in the registry %q", user.Status.ContainerStatuses[0].ImageID, digest)
	}
}

// A rule of the network makes an address that pods reach and the node, where the tests run, does not.
func TestAddressThatOnlyPodsReach(t *testing.T) {
	needNode(t)
	t.Parallel()
	ns := namespace(t)
	server := hello()
	server.ReadinessProbe = nil // kubelet is not to be kept from it
	create(t, ns, "web", server)
	create(t, ns, "box", busybox("exec sleep 1000"))
	ip := await(t, ns, "web", "ready", ready).Status.PodIP
	await(t, ns, "box", "ready", ready)
	if out, err := exec.Command("iptables", "-w", "-I", "OUTPUT", "-d", ip, "-j", "REJECT").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if conn, err := net.Dial("tcp", ip+":8080"); err == nil {
		conn.Close()
		t.Error("the node reaches it")
	}
	if got := inside(t, ns, "box", "wget -qO- http://"+ip+":8080"); got != "hello from web\n" {
		t.Errorf("from a pod: %q", got)
	}
}
