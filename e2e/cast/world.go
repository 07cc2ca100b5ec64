// Package cast is who plays in the end-to-end test: a cluster's platform with a DNS server, an ACME authority,
// cert-manager's controllers, an ingress controller, a forge with images and Python packages, and PostgreSQL. All of them
// are real, and listen on loopback or in the network of a sandbox with a real node, where this has to run.
package cast

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gitea.coulomb.social/coulomb/wpctl/e2e/kube"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// The names and addresses of the world.
const (
	Domain    = "harbour.test"
	ForgeHost = "forge." + Domain
	AppHost   = "fundbuero." + Domain
	acmeHost  = "acme." + Domain

	zoneAddress  = "127.0.0.53"
	acmeAddress  = "127.0.0.54"
	forgeAddress = "3000" // a port of the node
)

// Programs are what has to be built before: paths of programs, and of folders with other projects' definitions.
type Programs struct {
	Wpctl                            string
	App, CertManager, Solver, Pebble string
	CertManagerCRDs                  string // folder
	CloudNativePGCRDs                string // folder
}

// World is all of it.
type World struct {
	Kube      *kube.Client
	Zone      *Zone
	Forge     *Forge
	ACME      *ACME
	Databases *Databases
	Hub       *Hub
	Address   string // of the node, which is the cluster's public address
	CAFile    string // the authority of all public certificates

	ctx         context.Context // in which all programs run
	cancel      context.CancelFunc
	dir         string
	registry    string // of the sandbox, for everybody
	programs    Programs
	ca          *testsrv.CA
	certManager *Program
}

// New makes a world around the cluster of the sandbox, with nothing in it but a DNS server; dir is for its files.
// It ends with ctx, or with Close.
func New(ctx context.Context, dir string, programs Programs) (*World, error) {
	ctx, cancel := context.WithCancel(ctx)
	w := &World{
		ctx: ctx, cancel: cancel, dir: dir, programs: programs, CAFile: filepath.Join(dir, "public-ca.pem"),
		Address: os.Getenv("WPCTL_SANDBOX_NODE_ADDRESS"), registry: os.Getenv("WPCTL_SANDBOX_REGISTRY"),
	}
	if w.Address == "" {
		return nil, errors.New("there is no real node: run it with bin/sandbox run --node")
	}
	var err error
	if w.Kube, err = kube.Connect(); err != nil {
		return nil, err
	}
	if w.ca, err = testsrv.NewCA(dir); err != nil {
		return nil, err
	}
	if w.Zone, err = StartZone(Domain, zoneAddress+":53"); err != nil {
		return nil, err
	}
	w.Zone.Set(acmeHost, acmeAddress)
	w.Zone.Set(ForgeHost, w.Address)
	if w.ACME, err = StartACME(ctx, programs.Pebble, dir, acmeHost, acmeAddress, zoneAddress+":53", w.ca); err != nil {
		return nil, err
	}
	if err := os.WriteFile(w.CAFile, w.ACME.Root, 0o644); err != nil {
		return nil, err
	}
	return w, w.Kube.Apply(ctx, fmt.Sprintf(`
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-dns, namespace: kube-system}
data: {stubDomains: '{%q: [%q]}'}
`, Domain, zoneAddress))
}

// NewAlone makes a world of a control plane and nothing else.
func NewAlone(ctx context.Context, programs Programs) (*World, error) {
	ctx, cancel := context.WithCancel(ctx)
	k, err := kube.Connect()
	return &World{ctx: ctx, cancel: cancel, programs: programs, Kube: k}, err
}

// Close ends all programs of the world, and returns when they have ended.
func (w *World) Close() {
	w.cancel()
	for _, p := range []*Program{w.certManager, w.acme()} {
		p.wait()
	}
	if w.Hub != nil {
		w.Hub.program.wait()
	}
	if w.Databases != nil {
		<-w.Databases.ended
	}
}

func (w *World) acme() *Program {
	if w.ACME == nil {
		return nil
	}
	return w.ACME.program
}

// Platform brings onto the empty cluster what its other plans have brought there before: definitions, the issuer, the
// ingress controller, the forge with its certificate, and databases; beside the cluster there is a state hub then.
func (w *World) Platform(ctx context.Context) error {
	for _, do := range []func(context.Context) error{w.Definitions, w.issuer, w.ingress, w.databases, w.forge, w.pulls, w.hub} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Definitions applies those of cert-manager and CloudNativePG, as their authors publish them.
func (w *World) Definitions(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(w.programs.CertManagerCRDs, "*.yaml"))
	if err != nil {
		return err
	}
	for _, name := range []string{"clusters", "databases"} {
		files = append(files, filepath.Join(w.programs.CloudNativePGCRDs, "postgresql.cnpg.io_"+name+".yaml"))
	}
	for _, file := range files {
		if err := w.Kube.ApplyFile(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) solver() string { return w.registry + "/acmesolver:1" }

func (w *World) hub(ctx context.Context) (err error) {
	w.Hub, err = StartHub(w.ctx, w.programs.Wpctl, w.dir)
	return err
}

// issuer starts cert-manager, and registers its issuer at the authority.
func (w *World) issuer(ctx context.Context) error {
	image, err := BuildImage(nil, w.programs.Solver, "/acmesolver", v1.Config{Entrypoint: []string{"/acmesolver"}, User: "65532:65532"})
	if err == nil {
		err = PushPlain(ctx, w.solver(), image)
	}
	if err != nil {
		return err
	}
	if err := w.Kube.Apply(ctx, fmt.Sprintf(`
apiVersion: v1
kind: Namespace
metadata: {name: cert-manager}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt-harbour}
spec:
  acme:
    server: %s
    email: platform@%s
    caBundle: %s
    privateKeySecretRef: {name: letsencrypt-harbour}
    solvers:
      - http01:
          ingress:
            ingressClassName: %s
            podTemplate: {spec: {nodeSelector: {kubernetes.io/hostname: %s}}}
`, w.ACME.Directory, Domain, base64.StdEncoding.EncodeToString(w.caPEM()), IngressClass, os.Getenv("WPCTL_SANDBOX_NODE"))); err != nil {
		return err
	}
	return w.StartCertManager()
}

func (w *World) caPEM() []byte {
	b, _ := os.ReadFile(w.ca.File) // we wrote it
	return b
}

// StartCertManager starts its controllers; StopCertManager ends them, as when somebody scales them down.
func (w *World) StartCertManager() (err error) {
	w.certManager, err = StartProgram(w.ctx, filepath.Join(w.dir, "certmanager.log"), nil,
		w.programs.CertManager, "--kubeconfig", os.Getenv("KUBECONFIG"), "--solver", w.solver())
	return err
}

// StopCertManager is its opposite.
func (w *World) StopCertManager() { w.certManager.Stop() }

// ingress starts the ingress controller, behind a Service that has the cluster's public address.
func (w *World) ingress(ctx context.Context) error {
	fallback, err := w.ca.Issue(testsrv.Leaf{Names: []string{"ingress.invalid"}, SelfSigned: true})
	if err != nil {
		return err
	}
	if err := StartIngress(w.ctx, w.Kube.Config, w.Address, fallback); err != nil {
		return err
	}
	return w.Kube.Apply(ctx, fmt.Sprintf(`
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: %s}
spec: {controller: harbour.test/ingress}
---
apiVersion: v1
kind: Service
metadata: {name: ingress, namespace: kube-system}
spec:
  type: LoadBalancer
  ports: [{name: web, port: 80}, {name: websecure, port: 443}]
status: {loadBalancer: {ingress: [{ip: %s, ipMode: Proxy}]}}
`, IngressClass, w.Address))
}

// databases starts PostgreSQL and its operator, with the clusters of two other applications.
func (w *World) databases(ctx context.Context) (err error) {
	if w.Databases, err = StartDatabases(w.ctx, w.Kube, w.ca, w.Address, w.registry+"/busybox:1"); err != nil {
		return err
	}
	return w.Kube.Apply(ctx, `
apiVersion: v1
kind: Namespace
metadata: {name: databases}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: forge-db, namespace: databases}
spec: {instances: 1, storage: {size: 10Gi}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: login-pg, namespace: databases}
spec: {instances: 1, storage: {size: 10Gi}}
`)
}

// forge starts the other application, behind a Service, an Ingress and a certificate.
func (w *World) forge(ctx context.Context) (err error) {
	if w.Forge, err = StartForge(w.Address+":"+forgeAddress, ForgeHost); err != nil {
		return err
	}
	w.Forge.Public("ci/fundbuero", true)
	if err := w.Kube.Apply(ctx, fmt.Sprintf(`
apiVersion: v1
kind: Namespace
metadata: {name: forge}
---
apiVersion: v1
kind: Service
metadata: {name: forge, namespace: forge}
spec: {clusterIP: None, ports: [{name: http, port: %[3]s}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: forge-1, namespace: forge, labels: {kubernetes.io/service-name: forge}}
addressType: IPv4
endpoints: [{addresses: [%[2]s]}]
ports: [{name: http, port: %[3]s, protocol: TCP}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: forge, namespace: forge, annotations: {cert-manager.io/cluster-issuer: letsencrypt-harbour}}
spec:
  ingressClassName: %[4]s
  tls: [{hosts: [%[1]s], secretName: forge-tls}]
  rules: [{host: %[1]s, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: forge, port: {number: %[3]s}}}}]}}]
`, ForgeHost, w.Address, forgeAddress, IngressClass)); err != nil {
		return err
	}
	return w.CertificateReady(ctx, "forge/forge-tls")
}

// CertificateReady waits until a certificate, as namespace/name, is issued, and nothing is left of the way there.
func (w *World) CertificateReady(ctx context.Context, name string) error {
	if err := w.issued(ctx, name); err != nil {
		return err
	}
	namespace, _, _ := strings.Cut(name, "/")
	return Until(ctx, func() error {
		left, err := w.Kube.List(ctx, kube.Object("networking.k8s.io/v1 Ingress "+namespace+"/"), "acme.cert-manager.io/http01-solver=true")
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("the Ingress of the challenge of %s is still there", name)
		}
		return err
	})
}

func (w *World) issued(ctx context.Context, name string) error {
	return Until(ctx, func() error {
		o, err := w.Kube.Get(ctx, kube.Object("cert-manager.io/v1 Certificate "+name))
		if err != nil {
			return err
		}
		said := "it has no condition Ready"
		conditions, _ := kube.Field(o, "status", "conditions").([]any)
		for _, c := range conditions {
			condition, _ := c.(map[string]any)
			switch {
			case condition["type"] != "Ready":
			case condition["status"] == "True":
				return nil
			default:
				said, _ = condition["message"].(string)
			}
		}
		return fmt.Errorf("certificate %s is not issued: %s", name, said)
	})
}

// pulls has the node trust the forge's certificate, and run pods with its images: by themselves they would be put onto
// the sandbox's process node.
func (w *World) pulls(ctx context.Context) error {
	dir := filepath.Join(filepath.Dir(os.Getenv("KUBECONFIG")), "node", "registries", ForgeHost)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	hosts := fmt.Sprintf("server = \"https://%[1]s\"\n\n[host.\"https://%[1]s\"]\n  capabilities = [\"pull\", \"resolve\"]\n  ca = %[2]q\n", ForgeHost, w.CAFile)
	if err := os.WriteFile(filepath.Join(dir, "hosts.toml"), []byte(hosts), 0o600); err != nil {
		return err
	}
	return w.Kube.Apply(ctx, fmt.Sprintf(`
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: forge-pods}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  matchConditions: [{name: of-the-forge, expression: 'object.spec.containers.exists(c, c.image.startsWith("%[1]s/"))'}]
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
    - patchType: JSONPatch
      jsonPatch: {expression: '[JSONPatch{op: "add", path: "/spec/nodeSelector", value: {"kubernetes.io/hostname": "%[2]s"}}]'}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: forge-pods}
spec: {policyName: forge-pods}
`, ForgeHost, os.Getenv("WPCTL_SANDBOX_NODE")))
}

// AppImage builds the image of the application as it is at a commit. Another marker makes another image.
func (w *World) AppImage(ctx context.Context, commit, marker string) (v1.Image, error) {
	base, err := PullPlain(ctx, w.registry+"/busybox:1")
	if err != nil {
		return nil, err
	}
	labels := map[string]string{"org.opencontainers.image.revision": commit, "org.opencontainers.image.title": "fundbuero"}
	if marker != "" {
		labels["org.opencontainers.image.description"] = marker
	}
	return BuildImage(base, w.programs.App, "/bin/fundbuero", v1.Config{
		User: "10001:10001", ExposedPorts: map[string]struct{}{"8000/tcp": {}}, Env: []string{"PATH=/bin", "PORT=8000"},
		Entrypoint: []string{"/bin/fundbuero"}, Cmd: []string{"serve"}, WorkingDir: "/tmp", Labels: labels,
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "/bin/fundbuero", "health"}, Interval: 30 * time.Second},
	})
}

// Run runs a program, and returns what it says.
func Run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return out.String(), nil
}
