package sandbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const serve = `import http.server, os, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ok = self.headers.get("X-Asks") == "probe" or self.path == "/hello"
        self.send_response(200 if ok else 503); self.end_headers(); self.wfile.write(b"hello\n")
http.server.HTTPServer((os.environ["IP"], 8080), H).serve_forever()`

// web is a server on the pod's own address, which is ready for those who send the right header.
func web() corev1.Container {
	return corev1.Container{
		Name:    "main",
		Image:   "example.test/web",
		Command: []string{"python3", "-c", serve},
		Ports:   []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		Env:     []corev1.EnvVar{{Name: "IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}},
		ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Port: intstr.FromString("http"), Path: "/", HTTPHeaders: []corev1.HTTPHeader{{Name: "X-Asks", Value: "probe"}},
		}}},
	}
}

func TestDeploymentGetsReady(t *testing.T) {
	t.Parallel()
	ns, two := namespace(t), int32(2)
	labels := map[string]string{"app": "web"}
	_, err := client.AppsV1().Deployments(ns).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &two,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{web()}}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CoreV1().Services(ns).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http")}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "both replicas are available", func(ctx context.Context) error {
		d, err := client.AppsV1().Deployments(ns).Get(ctx, "web", metav1.GetOptions{})
		if err == nil && d.Status.AvailableReplicas != two {
			err = fmt.Errorf("%+v", d.Status)
		}
		return err
	})
	eventually(t, "the service has both endpoints", func(ctx context.Context) error {
		slices, err := client.DiscoveryV1().EndpointSlices(ns).List(ctx, metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=web"})
		if err == nil && (len(slices.Items) != 1 || len(slices.Items[0].Endpoints) != 2) {
			err = fmt.Errorf("%+v", slices.Items)
		}
		return err
	})
}

func TestJobFailsWithTheCodeOfItsContainer(t *testing.T) {
	t.Parallel()
	ns, none := namespace(t), int32(0)
	_, err := client.BatchV1().Jobs(ns).Create(t.Context(), &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "job"},
		Spec: batchv1.JobSpec{BackoffLimit: &none, Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{sh("exit 3")},
		}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the job has failed", func(ctx context.Context) error {
		job, err := client.BatchV1().Jobs(ns).Get(ctx, "job", metav1.GetOptions{})
		if err == nil && job.Status.Failed != 1 {
			err = fmt.Errorf("%+v", job.Status)
		}
		return err
	})
	pods, err := client.CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(pods.Items) != 1 {
		t.Fatalf("%d pods: %v", len(pods.Items), err)
	}
	if end := pods.Items[0].Status.ContainerStatuses[0].State.Terminated; end == nil || end.ExitCode != 3 || end.Reason != "Error" {
		t.Errorf("ended as %+v", end)
	}
}

func TestContainerThatEndsAgainAndAgain(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "crash", sh("echo attempt; exit 5"), restarts)
	pod := await(t, ns, "crash", "back-off after a restart", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) == 1 && s[0].RestartCount >= 1 && s[0].State.Waiting != nil
	})
	s := pod.Status.ContainerStatuses[0]
	if s.State.Waiting.Reason != "CrashLoopBackOff" || !strings.HasPrefix(s.State.Waiting.Message, "back-off 1s restarting failed container=main pod=crash_") {
		t.Errorf("waits as %+v", s.State.Waiting)
	}
	if s.LastTerminationState.Terminated == nil || s.LastTerminationState.Terminated.ExitCode != 5 {
		t.Errorf("ended before as %+v", s.LastTerminationState)
	}
	if pod.Status.Phase != corev1.PodRunning || ready(pod) {
		t.Errorf("phase %s, ready %v", pod.Status.Phase, ready(pod))
	}
	event(t, ns, "crash", "BackOff", "Back-off restarting failed container main in pod crash_")
	event(t, ns, "crash", "Started", "Container started")
	await(t, ns, "crash", "a restart after the back-off", func(p *corev1.Pod) bool { return p.Status.ContainerStatuses[0].RestartCount >= 2 })
}

// event waits for one with that reason whose message begins so.
func event(t *testing.T, ns, pod, reason, begins string) {
	t.Helper()
	eventually(t, "event "+reason, func(ctx context.Context) error {
		list, err := client.CoreV1().Events(ns).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=" + pod + ",reason=" + reason})
		if err != nil {
			return err
		}
		for _, e := range list.Items {
			if strings.HasPrefix(e.Message, begins) {
				return nil
			}
		}
		return fmt.Errorf("not in %+v", list.Items)
	})
}

func TestUnhealthyContainerIsRestarted(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	c := sh("touch healthy; sleep 60")
	c.LivenessProbe = &corev1.Probe{PeriodSeconds: 1, FailureThreshold: 1, ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{
		Command: []string{"sh", "-c", "rm healthy || { echo no longer healthy; exit 1; }"},
	}}}
	create(t, ns, "sick", c, restarts)
	pod := await(t, ns, "sick", "restarted", func(p *corev1.Pod) bool {
		return len(p.Status.ContainerStatuses) == 1 && p.Status.ContainerStatuses[0].RestartCount > 0
	})
	if end := pod.Status.ContainerStatuses[0].LastTerminationState.Terminated; end == nil || end.ExitCode != 143 {
		t.Errorf("ended as %+v, want a SIGTERM", end)
	}
	event(t, ns, "sick", "Unhealthy", "Liveness probe failed: ")
	event(t, ns, "sick", "Killing", "Container main failed liveness probe, will be restarted")
}

func TestWhatTheNodeCannotRun(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	mounts := sh("true")
	mounts.VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
	unset := sh("true")
	unset.EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "late"}}}}
	for _, c := range []struct {
		GoCase       string
		container    corev1.Container
		reason, says string
	}{
		{"image", corev1.Container{Name: "main", Image: "nginx:1.29"}, "CreateContainerError", `this node has no images: "nginx:1.29" can run only with a command`},
		{"volume", mounts, "CreateContainerError", `this node has no volumes: cannot mount "data" at "/data"`},
		{"config", unset, "CreateContainerConfigError", `configmaps "late" not found`},
	} {
		create(t, ns, c.GoCase, c.container, func(s *corev1.PodSpec) { s.Volumes = []corev1.Volume{{Name: "data"}} })
		pod := await(t, ns, c.GoCase, c.reason, func(p *corev1.Pod) bool {
			s := p.Status.ContainerStatuses
			return len(s) == 1 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == c.reason
		})
		if m := pod.Status.ContainerStatuses[0].State.Waiting.Message; !strings.Contains(m, c.says) {
			t.Errorf("%s: message %q", c.GoCase, m)
		}
		event(t, ns, c.GoCase, "Failed", "Error: ")
	}
	_, err := client.CoreV1().ConfigMaps(ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "late"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	await(t, ns, "config", "it runs once its ConfigMap is there", phase(corev1.PodSucceeded))
}

func TestProgramThatDoesNotExist(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "typo", corev1.Container{Name: "main", Image: "any", Command: []string{"no-such-program"}})
	pod := await(t, ns, "typo", "failed", phase(corev1.PodFailed))
	if end := pod.Status.ContainerStatuses[0].State.Terminated; end.Reason != "StartError" || end.ExitCode != 128 || !strings.Contains(end.Message, "no-such-program") {
		t.Errorf("ended as %+v", end)
	}
}

func TestEnvironmentAndInitContainers(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	if _, err := client.CoreV1().ConfigMaps(ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "map"}, Data: map[string]string{"A": "a", "B": "b"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Secrets(ns).Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "secret"}, StringData: map[string]string{"key": "s3cret"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c := sh(`echo "$P_A $B $KEY $NAME $BOTH $0"; cat from-init`)
	c.Args = []string{"$(BOTH)"}
	c.EnvFrom = []corev1.EnvFromSource{{Prefix: "P_", ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "map"}}}}
	c.Env = []corev1.EnvVar{
		{Name: "B", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "map"}, Key: "B"}}},
		{Name: "KEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "secret"}, Key: "key"}}},
		{Name: "NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
		{Name: "BOTH", Value: "$(B)-$(NAME)"},
	}
	create(t, ns, "env", c, func(s *corev1.PodSpec) {
		first := sh("echo from init > from-init")
		first.Name = "first"
		s.InitContainers = []corev1.Container{first}
	})
	await(t, ns, "env", "succeeded", phase(corev1.PodSucceeded))
	if got, want := logs(t, ns, "env", corev1.PodLogOptions{}), "a b s3cret env b-env b-env\nfrom init\n"; got != want {
		t.Errorf("log %q, want %q", got, want)
	}
}

func TestDeletedPodGetsItsGrace(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create(t, ns, "polite", sh(`trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done`))
	create(t, ns, "stubborn", sh(`trap '' TERM; sleep 1000 & echo ready; while :; do sleep 0.05; done`))
	for _, name := range []string{"polite", "stubborn"} {
		eventually(t, name+" has its trap", func(context.Context) error {
			if got := logs(t, ns, name, corev1.PodLogOptions{}); got != "ready\n" {
				return fmt.Errorf("log %q", got)
			}
			return nil
		})
		if err := client.CoreV1().Pods(ns).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"polite", "stubborn"} {
		eventually(t, name+" is gone", func(ctx context.Context) error {
			_, err := client.CoreV1().Pods(ns).Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("still there: %v", err)
		})
	}
}
