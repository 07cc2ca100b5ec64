//go:build e2e

package e2e

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
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/kube"
)

// drift is one thing that breaks behind the back of plans that are finished.
type drift struct {
	name   string
	breaks func(*stage)
	// at is what verify has to tell: the root cause, as the id of its section and the names of the steps that fail
	// there, and below it what rests on it and fails with it. Nothing else may be told.
	at      string
	fails   []string
	under   map[string][]string
	exit    int // 1 where it is not said
	repairs func(*stage)
}

const appOwn = "APPS-WP-0002"

var drifts = []drift{
	{
		name: "certificate-expired", breaks: (*stage).expireCertificate, repairs: (*stage).renewCertificate,
		at: "APPS-WP-0002-T06", fails: []string{"the chain verifies", "health answers"},
		under: map[string][]string{
			"APPS-WP-0002-T07": {"the front page leads to the overview", "the login page answers"},
			appOwn:             {"the application answers over HTTPS"},
		},
	},
	{
		name: "tag-moved", breaks: func(s *stage) { s.push("harbour/fundbuero:1.0.0", s.released, "built again") },
		at: "APPS-WP-0002-T03", fails: []string{"the tag is the pinned image, for everybody"},
		repairs: func(s *stage) { s.push("harbour/fundbuero:1.0.0", s.released, "") },
	},
	{
		name: "role-superuser", breaks: func(s *stage) { s.must(s.world.Databases.Tell(s.Context(), "alter role fundbuero superuser")) },
		at: "APPS-WP-0002-T04", fails: []string{"it may do what it needs and nothing else"},
		repairs: func(s *stage) { s.must(s.world.Databases.Tell(s.Context(), "alter role fundbuero nosuperuser")) },
	},
	{
		name: "image-private", breaks: func(s *stage) { s.world.Forge.Public("harbour/fundbuero", false) },
		at: "APPS-WP-0002-T03", fails: []string{"the tag is the pinned image, for everybody"},
		under:   map[string][]string{appOwn: {"the image is published"}},
		repairs: func(s *stage) { s.world.Forge.Public("harbour/fundbuero", true) },
	},
	{
		name: "dns-changed", breaks: func(s *stage) { s.world.Zone.Set(cast.AppHost, "127.0.0.99") },
		at: "APPS-WP-0002-T06", fails: []string{"the name leads to the cluster"},
		under:   map[string][]string{appOwn: {"the application answers over HTTPS"}},
		repairs: func(s *stage) { s.world.Zone.Set(cast.AppHost, s.world.Address) },
	},
	{
		name: "host-stolen", breaks: (*stage).stealHost,
		at: "APPS-WP-0002-T06", fails: []string{"nobody else has the host"},
		repairs: func(s *stage) {
			s.must(s.world.Kube.Delete(s.Context(), "networking.k8s.io/v1 Ingress forge/lost-and-found"))
		},
	},
	{
		name: "password-rotated-in-one-place",
		breaks: func(s *stage) {
			s.must(s.world.Kube.Merge(s.Context(), "v1 Secret fundbuero/fundbuero-env", fmt.Sprintf("stringData: {DATABASE_URL: %q}", fmt.Sprintf(databaseURL, rand.Text()))))
		},
		at: "APPS-WP-0002-T05", fails: []string{"the application gets the operator's password"},
		repairs: func(s *stage) { s.environment(fmt.Sprintf(databaseURL, encode(s.password()))) },
	},
	{
		name: "definition-upgraded", breaks: (*stage).upgradeDefinition, repairs: (*stage).downgradeDefinition,
		at: "APPS-WP-0004-I06", fails: []string{"the server takes every manifest"},
	},
	{
		name: "replica-crash-looping", breaks: (*stage).crash, repairs: (*stage).undoCrash,
		at: "APPS-WP-0002-T05", fails: []string{"its pod runs, and its probes are green"},
		under: map[string][]string{"APPS-WP-0002-T07": {"no errors in the log"}},
	},
	{
		name: "errors-in-the-log", breaks: (*stage).provokeErrors, repairs: (*stage).restart,
		at: "APPS-WP-0002-T07", fails: []string{"no errors in the log"},
	},
	{
		name: "lock-file-with-a-path",
		breaks: func(s *stage) {
			s.replace("fundbuero/uv.lock", `registry = "https://forge.harbour.test/simple/"`, `directory = "../fund-labels"`)
		},
		at: "APPS-WP-0004-I03", fails: []string{"the lock file takes it from there"},
		repairs: func(s *stage) {
			s.replace("fundbuero/uv.lock", `directory = "../fund-labels"`, `registry = "https://forge.harbour.test/simple/"`)
		},
	},
	{
		name: "key-missing", breaks: func(s *stage) { s.must(os.Rename(s.keyFile(), s.keyFile()+".away")) },
		at: "APPS-WP-0004-I05", fails: []string{"the operator's key opens the sentinel"}, exit: 4,
		repairs: func(s *stage) { s.must(os.Rename(s.keyFile()+".away", s.keyFile())) },
	},
}

// verification is what is read of a verification as JSON.
type verification struct {
	ExitCode int
	Sections []struct {
		ID, Verdict, Under string
		Steps              []struct{ Name, Outcome string }
	}
}

// failing are the steps of a section that do not hold or could not be looked at, by section.
func (v verification) failing() (roots, under map[string][]string) {
	roots, under = map[string][]string{}, map[string][]string{}
	for _, c := range v.Sections {
		for _, step := range c.Steps {
			switch {
			case step.Outcome != "failed" && step.Outcome != "unknown":
			case c.Under == "":
				roots[c.ID] = append(roots[c.ID], step.Name)
			default:
				under[c.ID] = append(under[c.ID], step.Name)
			}
		}
	}
	return roots, under
}

// drift breaks things one by one: verify names each, and nothing else; repaired, it is green again.
func (s *stage) drift() {
	plans := []string{appPlan, lessonsPlan, platformPlan}
	before := map[string]string{}
	for _, p := range plans {
		before[p] = s.read(p)
	}
	s.green("before anything breaks")
	for i, d := range drifts {
		began := time.Now()
		d.breaks(s)
		s.named(d)
		s.scene(fmt.Sprintf("drift-%02d-%s", i+1, d.name))
		d.repairs(s)
		s.green("after the repair of " + d.name)
		for _, p := range plans {
			if s.read(p) != before[p] {
				s.Errorf("%s: %s is not what it was", d.name, p)
			}
		}
		s.Logf("== %s took %s", d.name, time.Since(began).Round(time.Second))
	}
}

// named has verify look, and compares what it names.
func (s *stage) named(d drift) {
	s.Helper()
	out, code := s.look("verify")
	for range 5 { // a machine that is too busy to answer in time is no part of the story
		if !strings.Contains(out, "no answer within") && !strings.Contains(out, "did not end in time") {
			break
		}
		s.said.Reset()
		out, code = s.look("verify")
	}
	told := s.said.String()
	out, _ = s.look("verify", "-o", "json")
	s.said.Reset()
	s.said.WriteString(told) // the document is compared by its meaning
	var v verification
	s.must(json.Unmarshal([]byte(out), &v))
	if want := max(d.exit, 1); code != want || v.ExitCode != want {
		s.Errorf("%s: exit codes %d and %d, not %d", d.name, code, v.ExitCode, want)
	}
	roots, under := v.failing()
	if want := map[string][]string{d.at: d.fails}; fmt.Sprint(roots) != fmt.Sprint(want) {
		s.Errorf("%s: root causes are %q, not %q", d.name, roots, want)
	}
	if d.under == nil {
		d.under = map[string][]string{}
	}
	if fmt.Sprint(under) != fmt.Sprint(d.under) {
		s.Errorf("%s: with it fails %q, not %q", d.name, under, d.under)
	}
}

// green waits until verify finds nothing: what was repaired takes its time.
func (s *stage) green(when string) {
	s.Helper()
	var out string
	err := cast.Until(s.Context(), time.Minute, func() error {
		var code int
		if out, code = s.look("verify"); code != 0 {
			return fmt.Errorf("exit code %d", code)
		}
		return nil
	})
	s.said.Reset()
	if err != nil {
		s.Fatalf("%s verify is not green: %v\n%s", when, err, out)
	}
}

// client trusts the authority of public certificates.
func (s *stage) client() *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.world.ACME.Root)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// served waits until the application is, or is not, served with a certificate that verifies.
func (s *stage) served(well bool) {
	s.Helper()
	s.must(cast.Until(s.Context(), 2*time.Minute, func() error {
		answer, err := s.client().Get("https://" + cast.AppHost + "/health/")
		if err == nil {
			answer.Body.Close()
		}
		if (err == nil) != well {
			return fmt.Errorf("the certificate of %s: %v", cast.AppHost, err)
		}
		return nil
	}))
}

// expireCertificate: nobody renews, and the time has come.
func (s *stage) expireCertificate() {
	s.world.StopCertManager()
	chain, key, err := s.world.ACME.Expired(s.Context(), cast.AppHost)
	s.must(err)
	encode := base64.StdEncoding.EncodeToString
	s.must(s.world.Kube.Merge(s.Context(), "v1 Secret fundbuero/fundbuero-tls", fmt.Sprintf("data: {tls.crt: %s, tls.key: %s}", encode(chain), encode(key))))
	s.served(false)
}

func (s *stage) renewCertificate() {
	s.must(s.world.StartCertManager())
	s.served(true)
}

// stealHost: another application wants the same host.
func (s *stage) stealHost() {
	s.must(s.world.Kube.Apply(s.Context(), `
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
func (s *stage) upgradeDefinition() {
	o, err := s.world.Kube.Get(s.Context(), databaseDefinition)
	s.must(err)
	versions, _ := kube.Field(o, "spec", "versions").([]any)
	field := kube.Field(versions[0].(map[string]any), "schema", "openAPIV3Schema", "properties", "spec", "properties", "databaseReclaimPolicy")
	s.dropped, err = json.Marshal(field)
	s.must(err)
	s.must(s.world.Kube.Edit(s.Context(), databaseDefinition, `[{"op": "remove", "path": "`+policyField+`"}]`))
	s.manifest(false)
}

func (s *stage) downgradeDefinition() {
	s.must(s.world.Kube.Edit(s.Context(), databaseDefinition, `[{"op": "add", "path": "`+policyField+`", "value": `+string(s.dropped)+`}]`))
	s.manifest(true)
}

// manifest waits until the server takes, or refuses, the manifest of the database.
func (s *stage) manifest(taken bool) {
	s.Helper()
	s.must(cast.Until(s.Context(), 30*time.Second, func() error {
		err := s.world.Kube.Try(s.Context(), s.read("harbour-apps/manifests/fundbuero-database.yaml"))
		if (err == nil) != taken {
			return fmt.Errorf("the manifest of the database: %v", err)
		}
		return nil
	}))
}

const deployment = kube.Object("apps/v1 Deployment fundbuero/fundbuero")

// crash: somebody sets a variable that the program cannot read, and the new pod does not come up.
func (s *stage) crash() {
	s.must(s.world.Kube.Edit(s.Context(), deployment, `[{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "PORT", "value": "eight"}}]`))
	s.crashes()
}

// crashes waits until a pod of the application is given up for a while.
func (s *stage) crashes() {
	s.Helper()
	s.must(cast.Until(s.Context(), time.Minute, func() error {
		pods, err := s.world.Kube.List(s.Context(), "v1 Pod fundbuero/", "app=fundbuero")
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
func (s *stage) rolledOut() {
	s.Helper()
	s.must(cast.Until(s.Context(), 2*time.Minute, func() error {
		o, err := s.world.Kube.Get(s.Context(), deployment)
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

func (s *stage) undoCrash() {
	s.must(s.world.Kube.Edit(s.Context(), deployment, `[{"op": "remove", "path": "/spec/template/spec/containers/0/env/1"}]`))
}

// provokeErrors: somebody asks for what is not there, and the program says so in its log.
func (s *stage) provokeErrors() {
	answer, err := s.client().Get("https://" + cast.AppHost + "/fundsachen/4711/")
	s.must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusInternalServerError {
		s.Fatalf("the page answers %s", answer.Status)
	}
}

// restart ends the pod; its Deployment makes another.
func (s *stage) restart() {
	pods, err := s.world.Kube.List(s.Context(), "v1 Pod fundbuero/", "app=fundbuero")
	s.must(err)
	for _, pod := range pods {
		name, _ := kube.Field(pod, "metadata", "name").(string)
		s.must(s.world.Kube.Delete(s.Context(), kube.Object("v1 Pod fundbuero/"+name)))
	}
	s.must(cast.Until(s.Context(), time.Minute, func() error {
		left, err := s.world.Kube.List(s.Context(), "v1 Pod fundbuero/", "app=fundbuero")
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
