package steps_test

import (
	"regexp"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

const whyObjects = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: good}
spec:
  selector: {matchLabels: {app: good}}
  template:
    metadata: {labels: {app: good}}
    spec: {containers: [{name: app, image: local/none, command: [sleep, "1000"]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bad}
spec:
  selector: {matchLabels: {app: bad}}
  template:
    metadata: {labels: {app: bad}}
    spec: {containers: [{name: app, image: local/none, command: [sh, -c, 'echo "$(date +%Y-%m-%dT%H:%M:%SZ) no DATABASE_URL"; exit 3']}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: homeless}
spec:
  selector: {matchLabels: {app: homeless}}
  template:
    metadata: {labels: {app: homeless}}
    spec: {nodeSelector: {disk: golden}, containers: [{name: app, image: local/none, command: [sleep, "1000"]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: unaccounted}
spec:
  selector: {matchLabels: {app: unaccounted}}
  template:
    metadata: {labels: {app: unaccounted}}
    spec: {serviceAccountName: nobody, containers: [{name: app, image: local/none, command: [sleep, "1000"]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  backoffLimit: 0
  template:
    spec: {restartPolicy: Never, containers: [{name: app, image: local/none, command: [sh, -c, "echo relation exists >&2; exit 1"]}]}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: fine}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: local/none, command: ["true"]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: none}, ports: [{port: 80}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - {host: web.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}, {path: /api, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}}
`

func TestK8sWorkloads(t *testing.T) {
	b, ns := newK8sBench(t, clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.Apply(t, ns, whyObjects)
	for _, tt := range []struct{ name, args, saw string }{
		{"Deployment", "{apiVersion: apps/v1, kind: Deployment, name: good, ready: true, condition: Available}", "`Deployment/good` Available=True, ready"},
		{"Job", "{apiVersion: batch/v1, kind: Job, name: fine, condition: Complete}", "`Job/fine` Complete=True"},
		{"Pods", "{apiVersion: v1, kind: Pod, selector: app=good, count: 1, ready: true}", "1 `Pod app=good` in NS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := b.until(t, tt.args, func(r check.Result) bool { return r.OK })
			if saw := strings.ReplaceAll(r.Saw, ns, "NS"); saw != tt.saw {
				t.Errorf("got  %s\nwant %s", saw, tt.saw)
			}
		})
	}
	for _, tt := range []struct{ name, args, saw, why string }{
		{
			"Crashing", "{apiVersion: apps/v1, kind: Deployment, name: bad, ready: true}", "`Deployment/bad` InProgress: Available: 0/1",
			"Available=False: MinimumReplicasUnavailable: Deployment does not have minimum availability.\n" +
				"`Pod/bad-… (of Deployment/bad)`: container app exits with code 3\nlog of app: no DATABASE_URL",
		},
		{
			"CrashingSet", "{apiVersion: v1, kind: Pod, selector: app=bad, ready: true}", "1 of 1 not so: `Pod/bad-… (of Deployment/bad)` is not ready",
			"`Pod/bad-… (of Deployment/bad)`: container app exits with code 3\nlog of app: no DATABASE_URL",
		},
		{
			"Unschedulable", "{apiVersion: apps/v1, kind: Deployment, name: homeless, ready: true}", "`Deployment/homeless` InProgress: Available: 0/1",
			"Available=False: MinimumReplicasUnavailable: Deployment does not have minimum availability.\n" +
				"`Pod/homeless-… (of Deployment/homeless)` is not scheduled: 0/",
		},
		{
			"NoPods", "{apiVersion: apps/v1, kind: Deployment, name: unaccounted, ready: true}", "`Deployment/unaccounted` ",
			"ReplicaFailure=True: FailedCreate: pods \"unaccounted-…\" is forbidden\nthere is no pod with app=unaccounted",
		},
		{
			"FailedJob", "{apiVersion: batch/v1, kind: Job, name: migrate, condition: Complete}", "`Job/migrate` Complete is not set yet",
			"Failed=True: BackoffLimitExceeded: Job has reached the specified backoff limit\n`Pod/migrate-… (of Job/migrate)`: container app exits with code 1\nlog of app: relation exists",
		},
		{
			"Service", "{apiVersion: v1, kind: Service, name: web, match: {spec: {type: LoadBalancer}}}", "`Service/web` spec.type: wanted \"LoadBalancer\", saw \"ClusterIP\"",
			"Service/web has no ready endpoints\nthere is no pod with app=none",
		},
		{
			"Ingress", "{apiVersion: networking.k8s.io/v1, kind: Ingress, name: web, match: {status: {loadBalancer: {ingress: [{ip: 192.0.2.7}]}}}}",
			"`Ingress/web` status.loadBalancer.ingress[ip=\"192.0.2.7\"]: wanted {\"ip\":\"192.0.2.7\"}, saw none such", "its service api is not there\nService/web has no ready endpoints\nthere is no pod with app=none",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var w string
			r := b.until(t, tt.args, func(r check.Result) bool {
				w = why(t, r)
				lines := strings.Split(tt.why, "\n")
				return containsAll(w, lines)
			})
			if r.OK || !strings.HasPrefix(r.Saw, tt.saw) {
				t.Errorf("%v\ngot  %s\nwant %s", r.OK, r.Saw, tt.saw)
			}
			if regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{5}\b|\d\d:\d\d`).MatchString(strings.ReplaceAll(r.Saw+w, ns, "NS")) {
				t.Errorf("volatile text in %s\n%s", r.Saw, w)
			}
			t.Logf("%s\n%s", r.Saw, w)
		})
	}
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

func TestK8sCertificateChain(t *testing.T) {
	b, ns := newK8sBench(t, clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.CRD(t, "cert-manager.io", "Certificate", true)
	clustertest.CRD(t, "cert-manager.io", "CertificateRequest", true)
	clustertest.CRD(t, "acme.cert-manager.io", "Order", true)
	clustertest.CRD(t, "acme.cert-manager.io", "Challenge", true)
	clustertest.Apply(t, ns, `{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: web-tls}, spec: {},
 status: {conditions: [{type: Ready, status: "False", reason: DoesNotExist, message: Issuing certificate as Secret does not exist}, {type: Issuing, status: "True"}]}}`)
	certificate := uidOf(t, ns, "certificates", "cert-manager.io", "web-tls")
	clustertest.Apply(t, ns, `
{apiVersion: cert-manager.io/v1, kind: CertificateRequest, metadata: {name: web-tls-1, annotations: {cert-manager.io/certificate-revision: "1"}, ownerReferences: [{apiVersion: cert-manager.io/v1, kind: Certificate, name: web-tls, uid: `+certificate+`, controller: true}]}, spec: {},
 status: {conditions: [{type: Ready, status: "False", reason: Pending, message: Waiting on certificate issuance from order}]}}`)
	request := uidOf(t, ns, "certificaterequests", "cert-manager.io", "web-tls-1")
	clustertest.Apply(t, ns, `
{apiVersion: acme.cert-manager.io/v1, kind: Order, metadata: {name: web-tls-1-123456, ownerReferences: [{apiVersion: cert-manager.io/v1, kind: CertificateRequest, name: web-tls-1, uid: `+request+`, controller: true}]}, spec: {}, status: {state: pending}}`)
	order := uidOf(t, ns, "orders", "acme.cert-manager.io", "web-tls-1-123456")
	clustertest.Apply(t, ns, `
{apiVersion: acme.cert-manager.io/v1, kind: Challenge, metadata: {name: web-tls-1-123456-7, ownerReferences: [{apiVersion: acme.cert-manager.io/v1, kind: Order, name: web-tls-1-123456, uid: `+order+`, controller: true}]},
 spec: {type: HTTP-01, dnsName: web.example}, status: {state: pending, reason: "Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'"}}`)
	r, err := b.look(t, "{apiVersion: cert-manager.io/v1, kind: Certificate, name: web-tls, condition: Ready}")
	want := `Ready=False: DoesNotExist: Issuing certificate as Secret does not exist
CertificateRequest: Ready=False: Pending: Waiting on certificate issuance from order
Order: pending
Challenge HTTP-01 for web.example: pending: Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'`
	if w := why(t, r); err != nil || w != want {
		t.Errorf("%v\ngot\n%s\nwant\n%s", err, w, want)
	}
}

func uidOf(t *testing.T, ns, resource, group, name string) string {
	t.Helper()
	r := schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}
	o, err := clustertest.Writer(t).Resource(r).Namespace(ns).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return string(o.GetUID())
}

// What an operator made for an object of its own is looked at as well, also where only an assertion failed.
func TestK8sOperatorsPods(t *testing.T) {
	b, ns := newK8sBench(t, clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.CRD(t, "postgresql.cnpg.io", "Cluster", true)
	clustertest.Apply(t, ns, "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: apps-pg, finalizers: [example.com/hold]}, spec: {}, status: {phase: Setting up primary}}")
	uid := uidOf(t, ns, "clusters", "postgresql.cnpg.io", "apps-pg")
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: apps-pg-1, ownerReferences: [{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: apps-pg, uid: `+uid+`, controller: true}]},
 spec: {restartPolicy: Never, containers: [{name: postgres, image: local/none, command: [sh, -c, "echo no space left on device; exit 1"]}]}}`)
	const step = "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: apps-pg}"
	r := b.until(t, step, func(r check.Result) bool { return strings.Contains(why(t, r), "log of") })
	want := "`Pod/apps-pg-1`: container postgres exits with code 1\nlog of postgres: no space left on device"
	if w := why(t, r); !r.OK || w != want {
		t.Errorf("%v\ngot\n%s\nwant\n%s", r.OK, w, want)
	}
	clustertest.Delete(t, ns, "postgresql.cnpg.io/v1", "Cluster", "apps-pg")
	r, err := b.look(t, "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: apps-pg, absent: true}")
	if w := why(t, r); err != nil || r.Saw != "`Cluster/apps-pg` Setting up primary, being deleted" || w != "`Cluster/apps-pg` is being deleted, and held by example.com/hold" {
		t.Error(err, r.Saw, w)
	}
	clustertest.Apply(t, ns, "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: apps-pg, finalizers: []}}")
}
