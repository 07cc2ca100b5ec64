package steps_test

import (
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

func TestPodOnARealNode(t *testing.T) {
	node := clustertest.NeedNode(t)
	registry, private := node.Registry, node.PrivateRegistry
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Secret, metadata: {name: pull}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"`+
		private+`": {"username": "`+node.User+`", "password": "`+node.Password+`"}}}'}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: puller}, imagePullSecrets: [{name: pull}]}`)
	b := newBenchOf(t, "pod", clustertest.Kubeconfig(t))
	b.at.Namespace = ns
	const noCredentials = "the image cannot be pulled: the registry wants credentials"
	for _, tt := range []struct{ name, args, want, why string }{
		{"Commands", `{image: OPEN/busybox:1, run: [[echo, hello], [sh, -c, "id -u"]], stdout: {equals: "hello\n0"}}`, "ok: pulled OPEN/busybox:1, runs, 2 commands succeed", ""},
		{"NotRoot", `{image: OPEN/busybox:1, securityContext: {runAsNonRoot: true, runAsUser: 65532}, run: [[id, -u]], stdout: {equals: "65532"}}`, "ok: pulled OPEN/busybox:1, runs, the command succeeds", ""},
		{"Root", `{image: OPEN/busybox:1, securityContext: {runAsNonRoot: true}}`, "saw the container does not start: CreateContainerConfigError: container has runAsNonRoot and image will run as root", ""},
		{"NoImage", `{image: OPEN/nope:1}`, "saw the image cannot be pulled: there is no OPEN/nope:1", ""},
		{"NoTag", `{image: OPEN/busybox:99}`, "saw the image cannot be pulled: there is no OPEN/busybox:99", ""},
		{"NoRegistry", `{image: "10.250.0.1:9/busybox:1", start: 5s}`, "saw the image cannot be pulled: the registry refuses the connection", ""},
		{"Private", `{image: PRIVATE/busybox:1}`, "saw " + noCredentials, "it was pulled with the pull Secrets of the service account, if it has any"},
		{"PrivateWithSecret", `{image: PRIVATE/busybox:1, pullSecrets: [pull]}`, "ok: pulled PRIVATE/busybox:1, runs", ""},
		{"PrivateWithAccount", `{image: PRIVATE/busybox:1, serviceAccount: puller}`, "ok: pulled PRIVATE/busybox:1, runs", ""},
		{"PrivateWithoutAny", `{image: PRIVATE/busybox:1, serviceAccount: puller, pullSecrets: []}`, "saw " + noCredentials, "it was pulled without a pull Secret: the image is not public"},
		{"OpenWithoutAny", `{image: OPEN/busybox:1, pullSecrets: []}`, "ok: pulled OPEN/busybox:1, runs", ""},
		{"Distroless", `{image: OPEN/hello:1}`, "saw the image is pulled, and has no program sleep that would keep the pod", "it is distroless: entrypoint: image starts the image's own program instead"},
		{"DistrolessItself", `{image: OPEN/hello:1, entrypoint: image}`, "ok: pulled OPEN/hello:1, runs", ""},
		{"NonRootItself", `{image: OPEN/nonroot:1, entrypoint: image, securityContext: {runAsNonRoot: true}}`, "ok: pulled OPEN/nonroot:1, runs", ""},
		{"NoShellAndNoProgram", `{image: OPEN/hello:1, entrypoint: image, run: [[ls]]}`, "saw the program cannot be started: ls: not found in its PATH", ""},
		{"Exits", `{image: OPEN/fails:1, entrypoint: image}`, "saw the container starts and exits with code 3", "log of main: something is wrong"},
		{"Nowhere", `{image: OPEN/busybox:1, nodeSelector: {disk: nowhere}, start: 2s}`, "saw the pod is not scheduled: 0/2 nodes are available", ""},
		{"CommandFails", `{image: OPEN/busybox:1, run: [[sh, -c, "echo no >&2; exit 4"]]}`, `saw exit 4; stderr "no"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			named := strings.NewReplacer("OPEN", registry, "PRIVATE", private)
			began := time.Now()
			r, err := b.look(t, named.Replace(tt.args))
			if got := said(r, err); !strings.Contains(got, named.Replace(tt.want)) || !strings.Contains(strings.Join(r.Why, "\n"), tt.why) {
				t.Errorf("got  %s\nwant %s\nwhy %q", got, tt.want, r.Why)
			}
			if d := time.Since(began); d > 15*time.Second {
				t.Errorf("took %s", d)
			}
		})
	}
	left := newK8sBench(t, clustertest.Kubeconfig(t))
	left.at.Namespace = ns
	left.until(t, "{apiVersion: v1, kind: Pod, absent: true}", func(r check.Result) bool { return r.OK })
}

// On containerd nothing ends a command whose client went away but the watch beside it.
func TestExecOnARealNode(t *testing.T) {
	registry := clustertest.NeedNode(t).Registry
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: app, image: "`+registry+`/busybox:1", command: [sleep, "3600"]}]}}`)
	b := newK8sBench(t, clustertest.Kubeconfig(t))
	b.at.Namespace = ns
	b.until(t, "{apiVersion: v1, kind: Pod, name: web, ready: true}", func(r check.Result) bool { return r.OK })
	p := clustertest.NewProxy(t)
	x := newBenchOf(t, "exec", p.Kubeconfig)
	x.at.Namespace = ns
	processes := func() string {
		r, err := x.look(t, `{name: web, command: [sh, -c, "ps | grep -c '[s]leep 4711'"], exit: 1}`)
		return said(r, err)
	}
	go func() {
		for range 200 {
			time.Sleep(50 * time.Millisecond)
			if strings.HasPrefix(processes(), "failed") {
				p.Cut()
				return
			}
		}
	}()
	_, err := x.look(t, `{name: web, command: [sh, -c, "trap '' TERM HUP; sleep 4711; sleep 4711"]}`)
	if err == nil || !strings.Contains(err.Error(), steps.ErrLost.Error()) {
		t.Error(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got := processes()
		if strings.HasPrefix(got, "ok") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it runs on:", got)
		}
	}
}
