package play

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/kube"
)

// Drift is one thing that breaks behind the back of plans that are finished.
type Drift struct {
	Name    string
	Says    string // what happens, in a sentence
	Breaks  func(*Stage)
	Repairs func(*Stage)
	// Tells are the lines in which verify names what does not hold, exactly and in their order: the claim of the root
	// cause, the step that is the root cause, and what fails with it. Nothing else may be told.
	Tells []string
	Exit  int // 1 where it is not said
}

// DriftOf returns the one with a name.
func DriftOf(name string) Drift {
	return Drifts[slices.IndexFunc(Drifts, func(d Drift) bool { return d.Name == name })]
}

// Drifts are twelve of them.
var Drifts = []Drift{
	{
		Name: "certificate-expired", Says: "Nobody renews the certificate, and its time has come.",
		Breaks: (*Stage).expireCertificate, Repairs: (*Stage).renewCertificate,
		Tells: []string{
			"✗ APPS-WP-0002-T06  DNS, certificate and ingress  workplans/APPS-WP-0002.md:332:1",
			"✗ the chain verifies  workplans/APPS-WP-0002.md:359:3",
			"✗ APPS-WP-0002-T06  health answers  workplans/APPS-WP-0002.md:361:3",
			"✗ APPS-WP-0002-T07  the front page leads to the overview  workplans/APPS-WP-0002.md:397:3",
			"✗ APPS-WP-0002-T07  the login page answers  workplans/APPS-WP-0002.md:404:3",
			"✗ APPS-WP-0002  the application answers over HTTPS  workplans/APPS-WP-0002.md:475:3",
		},
	},
	{
		Name: "tag-moved", Says: "Somebody builds the image again, and pushes it under the tag that is released.",
		Breaks:  func(s *Stage) { s.push("harbour/fundbuero:1.0.0", s.released, "built again") },
		Repairs: func(s *Stage) { s.push("harbour/fundbuero:1.0.0", s.released, "") },
		Tells: []string{
			"✗ APPS-WP-0002-T03  Publish the image  workplans/APPS-WP-0002.md:171:1",
			"✗ the tag is the pinned image, for everybody  workplans/APPS-WP-0002.md:193:3",
		},
	},
	{
		Name: "role-superuser", Says: "Somebody makes the role of the application a superuser.",
		Breaks:  func(s *Stage) { s.must(s.World.Databases.Tell(s.Context(), "alter role fundbuero superuser")) },
		Repairs: func(s *Stage) { s.must(s.World.Databases.Tell(s.Context(), "alter role fundbuero nosuperuser")) },
		Tells: []string{
			"✗ APPS-WP-0002-T04  Provide the role and the database  workplans/APPS-WP-0002.md:218:1",
			"✗ it may do what it needs and nothing else  workplans/APPS-WP-0002.md:248:3",
		},
	},
	{
		Name: "image-private", Says: "The image is made private.",
		Breaks:  func(s *Stage) { s.World.Forge.Public("harbour/fundbuero", false) },
		Repairs: func(s *Stage) { s.World.Forge.Public("harbour/fundbuero", true) },
		Tells: []string{
			"✗ APPS-WP-0002-T03  Publish the image  workplans/APPS-WP-0002.md:171:1",
			"✗ the tag is the pinned image, for everybody  workplans/APPS-WP-0002.md:193:3",
			"✗ APPS-WP-0002  the image is published  workplans/APPS-WP-0002.md:468:3",
		},
	},
	{
		Name: "dns-changed", Says: "The name leads to another address.",
		Breaks:  func(s *Stage) { s.World.Zone.Set(cast.AppHost, "127.0.0.99") },
		Repairs: func(s *Stage) { s.World.Zone.Set(cast.AppHost, s.World.Address) },
		Tells: []string{
			"✗ APPS-WP-0002-T06  DNS, certificate and ingress  workplans/APPS-WP-0002.md:332:1",
			"✗ the name leads to the cluster  workplans/APPS-WP-0002.md:346:3",
			"✗ APPS-WP-0002  the application answers over HTTPS  workplans/APPS-WP-0002.md:475:3",
		},
	},
	{
		Name: "host-stolen", Says: "Another application's ingress takes the host.",
		Breaks: (*Stage).stealHost,
		Repairs: func(s *Stage) {
			s.must(s.World.Kube.Delete(s.Context(), "networking.k8s.io/v1 Ingress forge/lost-and-found"))
		},
		Tells: []string{
			"✗ APPS-WP-0002-T06  DNS, certificate and ingress  workplans/APPS-WP-0002.md:332:1",
			"✗ nobody else has the host  workplans/APPS-WP-0002.md:356:3",
		},
	},
	{
		Name: "password-rotated-in-one-place", Says: "The password is changed in the application's Secret alone.",
		Breaks: func(s *Stage) {
			s.must(s.World.Kube.Merge(s.Context(), "v1 Secret fundbuero/fundbuero-env", fmt.Sprintf("stringData: {DATABASE_URL: %q}", fmt.Sprintf(databaseURL, rand.Text()))))
		},
		Repairs: func(s *Stage) { s.environment(fmt.Sprintf(databaseURL, encode(s.password()))) },
		Tells: []string{
			"✗ APPS-WP-0002-T05  Release it  workplans/APPS-WP-0002.md:271:1",
			"✗ the application gets the operator's password  workplans/APPS-WP-0002.md:305:3",
		},
	},
	{
		Name: "definition-upgraded", Says: "The operator of the databases is upgraded, and its new definition has no such field as a committed manifest.",
		Breaks: (*Stage).upgradeDefinition, Repairs: (*Stage).downgradeDefinition,
		Tells: []string{
			"✗ APPS-WP-0004-I06  Manifests that the cluster still takes  workplans/APPS-WP-0004.md:155:1",
			"✗ the server takes every manifest  workplans/APPS-WP-0004.md:164:3",
		},
	},
	{
		Name: "replica-crash-looping", Says: "Somebody sets a variable that the program cannot read, and the new pod does not come up.",
		Breaks: (*Stage).crash, Repairs: (*Stage).undoCrash,
		Tells: []string{
			"✗ APPS-WP-0002-T05  Release it  workplans/APPS-WP-0002.md:271:1",
			"✗ its pod runs, and its probes are green  workplans/APPS-WP-0002.md:313:3",
			"✗ APPS-WP-0002-T07  no errors in the log  workplans/APPS-WP-0002.md:406:3",
		},
	},
	{
		Name: "errors-in-the-log", Says: "Somebody asks for what is not there, and the program says so in its log.",
		Breaks: (*Stage).provokeErrors, Repairs: (*Stage).restart,
		Tells: []string{
			"✗ APPS-WP-0002-T07  Migrate, and try it  workplans/APPS-WP-0002.md:379:1",
			"✗ no errors in the log  workplans/APPS-WP-0002.md:406:3",
		},
	},
	{
		Name: "lock-file-with-a-path", Says: "The lock file goes back to a folder that only one machine has.",
		Breaks: func(s *Stage) {
			s.replace("fundbuero/uv.lock", `registry = "https://forge.harbour.test/simple/"`, `directory = "../fund-labels"`)
		},
		Repairs: func(s *Stage) {
			s.replace("fundbuero/uv.lock", `directory = "../fund-labels"`, `registry = "https://forge.harbour.test/simple/"`)
		},
		Tells: []string{
			"✗ APPS-WP-0004-I03  Labels from the package index  workplans/APPS-WP-0004.md:79:1",
			"✗ the lock file takes it from there  workplans/APPS-WP-0004.md:94:3",
		},
	},
	{
		// Whether the file can be opened is not known then, so it is no failure: nobody is authenticated.
		Name: "key-missing", Says: "The operator's key is gone.", Exit: 4,
		Breaks:  func(s *Stage) { s.must(os.Rename(s.keyFile(), s.keyFile()+".away")) },
		Repairs: func(s *Stage) { s.must(os.Rename(s.keyFile()+".away", s.keyFile())) },
		Tells: []string{
			"? APPS-WP-0004-I05  The age key  workplans/APPS-WP-0004.md:133:1",
			"? the operator's key opens the sentinel  workplans/APPS-WP-0004.md:142:3",
		},
	},
}

// client trusts the authority of public certificates.
func (s *Stage) client() *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.World.ACME.Root)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// served waits until the application is, or is not, served with a certificate that verifies.
func (s *Stage) served(well bool) {
	s.Helper()
	s.must(cast.Until(s.Context(), func() error {
		answer, err := s.client().Get("https://" + cast.AppHost + "/health/")
		if err == nil {
			answer.Body.Close()
		}
		if (err == nil) != well {
			return fmt.Errorf("the certificate of %s verifies: %t", cast.AppHost, err == nil)
		}
		return nil
	}))
}

// expireCertificate: nobody renews, and the time has come.
func (s *Stage) expireCertificate() {
	s.World.StopCertManager()
	chain, key, err := s.World.ACME.Expired(s.Context(), cast.AppHost)
	s.must(err)
	encode := base64.StdEncoding.EncodeToString
	s.must(s.World.Kube.Merge(s.Context(), "v1 Secret fundbuero/fundbuero-tls", fmt.Sprintf("data: {tls.crt: %s, tls.key: %s}", encode(chain), encode(key))))
	s.served(false)
}

func (s *Stage) renewCertificate() {
	s.must(s.World.StartCertManager())
	s.served(true)
	s.must(s.World.CertificateReady(s.Context(), "fundbuero/fundbuero-tls")) // what led there is no part of what is looked at
}

// stealHost: another application wants the same host.
func (s *Stage) stealHost() {
	s.must(s.World.Kube.Apply(s.Context(), `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: lost-and-found, namespace: forge}
spec:
  ingressClassName: harbour
  rules: [{host: fundbuero.harbour.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: forge, port: {number: 3000}}}}]}}]
`))
}

const databaseDefinition = kube.Object("apiextensions.k8s.io/v1 CustomResourceDefinition databases.postgresql.cnpg.io")

// policyField is where the definition describes a field of the manifest.
const policyField = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/databaseReclaimPolicy"

// upgradeDefinition: a new version of the operator has dropped a field that the manifest still has.
func (s *Stage) upgradeDefinition() {
	o, err := s.World.Kube.Get(s.Context(), databaseDefinition)
	s.must(err)
	versions, _ := kube.Field(o, "spec", "versions").([]any)
	field := kube.Field(versions[0].(map[string]any), "schema", "openAPIV3Schema", "properties", "spec", "properties", "databaseReclaimPolicy")
	s.dropped, err = json.Marshal(field)
	s.must(err)
	s.must(s.World.Kube.Edit(s.Context(), databaseDefinition, `[{"op": "remove", "path": "`+policyField+`"}]`))
	s.manifest(false)
}

func (s *Stage) downgradeDefinition() {
	s.must(s.World.Kube.Edit(s.Context(), databaseDefinition, `[{"op": "add", "path": "`+policyField+`", "value": `+string(s.dropped)+`}]`))
	s.manifest(true)
}

// manifest waits until the server takes, or refuses, the manifest of the database.
func (s *Stage) manifest(taken bool) {
	s.Helper()
	s.must(cast.Until(s.Context(), func() error {
		err := s.World.Kube.Try(s.Context(), s.Read("harbour-apps/manifests/fundbuero-database.yaml"))
		if (err == nil) != taken {
			return fmt.Errorf("the manifest of the database is taken: %t", err == nil)
		}
		return nil
	}))
}

const deployment = kube.Object("apps/v1 Deployment fundbuero/fundbuero")

// crash: somebody sets a variable that the program cannot read, and the new pod does not come up.
func (s *Stage) crash() {
	s.must(s.World.Kube.Edit(s.Context(), deployment, `[{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "PORT", "value": "eight"}}]`))
	s.crashes()
}

// crashes waits until a pod of the application is given up for a while.
func (s *Stage) crashes() {
	s.Helper()
	s.must(cast.Until(s.Context(), func() error {
		pods, err := s.World.Kube.List(s.Context(), "v1 Pod fundbuero/", "app=fundbuero")
		if err != nil {
			return err
		}
		for _, pod := range pods {
			statuses, _ := kube.Field(pod, "status", "containerStatuses").([]any)
			for _, c := range statuses {
				if kube.Field(c.(map[string]any), "state", "waiting", "reason") == "CrashLoopBackOff" {
					return nil
				}
			}
		}
		return fmt.Errorf("of %d pods none is in CrashLoopBackOff", len(pods))
	}))
}

// rolledOut waits until the newest pods of the application are the only ones, and ready.
func (s *Stage) rolledOut() {
	s.Helper()
	s.must(cast.Until(s.Context(), func() error {
		o, err := s.World.Kube.Get(s.Context(), deployment)
		if err != nil {
			return err
		}
		status, _ := kube.Field(o, "status").(map[string]any)
		one := int64(1)
		if status["observedGeneration"] != kube.Field(o, "metadata", "generation") || status["replicas"] != one || status["updatedReplicas"] != one || status["readyReplicas"] != one {
			return fmt.Errorf("%s: %v", deployment, status)
		}
		return nil
	}))
}

func (s *Stage) undoCrash() {
	s.must(s.World.Kube.Edit(s.Context(), deployment, `[{"op": "remove", "path": "/spec/template/spec/containers/0/env/1"}]`))
}

// provokeErrors: somebody asks for what is not there, and the program says so in its log.
func (s *Stage) provokeErrors() {
	answer, err := s.client().Get("https://" + cast.AppHost + "/fundsachen/4711/")
	s.must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusInternalServerError {
		s.Fatalf("the page answers %s", answer.Status)
	}
}

// restart ends the pod; its Deployment makes another.
func (s *Stage) restart() {
	pods, err := s.World.Kube.List(s.Context(), "v1 Pod fundbuero/", "app=fundbuero")
	s.must(err)
	for _, pod := range pods {
		name, _ := kube.Field(pod, "metadata", "name").(string)
		s.must(s.World.Kube.Delete(s.Context(), kube.Object("v1 Pod fundbuero/"+name)))
	}
	s.must(cast.Until(s.Context(), func() error {
		left, err := s.World.Kube.List(s.Context(), "v1 Pod fundbuero/", "app=fundbuero")
		if err != nil {
			return err
		}
		for _, pod := range left {
			name, _ := kube.Field(pod, "metadata", "name").(string)
			if slices.ContainsFunc(pods, func(old map[string]any) bool { return kube.Field(old, "metadata", "name") == name }) {
				return fmt.Errorf("pod %s is still there", name)
			}
		}
		return nil
	}))
}
