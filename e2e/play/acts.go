package play

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/kube"
)

// Act is a part of the story.
type Act struct {
	Name  string
	Play  func(*Stage)
	Plans []string // those that are worth reading after it
}

// Story is all of it, in order.
var Story = []Act{
	{Name: "01-empty", Play: (*Stage).emptyCluster},
	{Name: "02-platform", Play: (*Stage).platform, Plans: []string{AppPlan}},
	{Name: "03-image", Play: (*Stage).image},
	{Name: "04-published", Play: (*Stage).published},
	{Name: "05-decided", Play: (*Stage).decided, Plans: []string{PlatformPlan}},
	{Name: "06-database", Play: (*Stage).database},
	{Name: "07-release", Play: (*Stage).release},
	{Name: "08-public", Play: (*Stage).public},
	{Name: "09-finished", Play: (*Stage).finished, Plans: []string{AppPlan}},
	{Name: "10-lessons", Play: (*Stage).lessons, Plans: []string{LessonsPlan}},
}

// run runs the plan, and looks at what could be done next and what is held up.
func (s *Stage) run(plan string) {
	s.Helper()
	args := []string{"run", plan, "--trust=all"}
	if s.synced && plan == "APPS-WP-0002" {
		args = append(args, "--sync")
	}
	s.Wpctl(args...)
}

func (s *Stage) next() {
	s.Helper()
	s.Wpctl("ready")
	s.Wpctl("blocked")
}

// emptyCluster: nothing is there, and the guards keep everything from being begun.
func (s *Stage) emptyCluster() {
	s.Told("A cluster with nothing in it, and a plan of eight tasks that are to bring an application onto it.")
	s.Wpctl("plan", "APPS-WP-0002")
	s.run("APPS-WP-0002")
	s.next()
}

// platform: the forge, the issuer, the databases, the ingress controller and the state hub are there.
func (s *Stage) platform() {
	s.Told("The platform comes up: a forge with images, an ACME authority with cert-manager's issuer, an ingress controller, PostgreSQL, and a state hub.")
	s.must(s.World.Platform(s.Context()))
	token, err := s.World.Hub.Token(s.Context(), "operator", "verifier")
	s.must(err)
	s.write(s.Home+"/.config/wpctl/hub.token", token+"\n")
	s.Wpctl("sync", "APPS-WP-0002")
	s.synced = true
	s.run("APPS-WP-0002")
	s.next()
}

// head is the commit that the application's repository is at.
func (s *Stage) head() string {
	s.Helper()
	return strings.TrimSpace(s.tool("fundbuero", "git", "rev-parse", "--short=7", "HEAD"))
}

// push builds an image of a commit, puts it into the forge, and returns its digest; another marker makes another image.
func (s *Stage) push(ref, commit, marker string) string {
	s.Helper()
	image, err := s.World.AppImage(s.Context(), commit, marker)
	s.must(err)
	digest, err := s.World.Forge.Push(s.Context(), s.World.ACME.Root, cast.ForgeHost+"/"+ref, image)
	s.must(err)
	return digest
}

// image: the pipeline of the companion repository has built a candidate.
func (s *Stage) image() {
	s.Told("Somebody claims the image in the hub, and the pipeline of the application's repository builds a candidate.")
	s.Wpctl("hub", "claim", "APPS-WP-0002-T02", "--for", "30m")
	s.push("ci/fundbuero:candidate", s.head(), "")
	s.run("APPS-WP-0002")
	s.Wpctl("hub", "release", "APPS-WP-0002-T02")
	s.next()
}

// published: the image is pushed, but nobody else may pull it; then it is public, and its digest is pinned.
func (s *Stage) published() {
	s.Told("The image is pushed and its digest is pinned. But the repository is private.")
	s.write(s.Home+"/.config/forge/token", s.World.Forge.Password+"\n")
	s.released = s.head()
	digest := s.push("harbour/fundbuero:1.0.0", s.released, "")
	s.replace("harbour-apps/helm/fundbuero-values.yaml", `digest: ""`, "digest: "+digest)
	s.run("APPS-WP-0002")
	s.Told("It is made public.")
	s.World.Forge.Public("harbour/fundbuero", true)
	s.run("APPS-WP-0002")
	s.next()
}

// decided: a person chooses in the hub, and the platform's own plan provides what was asked for.
func (s *Stage) decided() {
	s.Told("The harbour master decides D-01 in the hub. The next sync brings the answer into the plan.")
	s.must(s.World.Hub.Decide(s.Context(), "harbour-apps", "APPS-WP-0002", "D-01", "D", "the platform owns it"))
	s.Wpctl("sync", "APPS-WP-0002")
	s.next()
	s.Told("The platform's people bring up the database cluster, and run their own plan.")
	s.act("platform")
	s.commit("harbour-platform", "A database cluster for several applications")
	s.apply("harbour-platform/manifests/apps-pg.yaml")
	s.waits("postgresql.cnpg.io/v1 Cluster databases/apps-pg", "Cluster in healthy state", "status", "phase")
	s.run("PLAT-WP-0003")
	s.next()
}

// waits waits until a field of an object has a value.
func (s *Stage) waits(object kube.Object, want any, path ...string) {
	s.Helper()
	s.must(cast.Until(s.Context(), func() error {
		o, err := s.World.Kube.Get(s.Context(), object)
		if err != nil {
			return err
		}
		if got := kube.Field(o, path...); got != want {
			return fmt.Errorf("%s: %s is %v, not %v", object, strings.Join(path, "."), got, want)
		}
		return nil
	}))
}

// databasePassword has all that a URL cannot hold, as operators make them.
func databasePassword() string { return "=" + rand.Text()[:12] + "+/" + rand.Text()[:12] + "=" }

// credentials writes the Secrets of the role: the operator's, and the copy for the application.
func (s *Stage) credentials(password string, namespaces ...string) {
	s.Helper()
	for _, namespace := range namespaces {
		s.must(s.World.Kube.Apply(s.Context(), fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata: {name: fundbuero-db, namespace: %s}
type: kubernetes.io/basic-auth
stringData: {username: fundbuero, password: %q}
`, namespace, password)))
	}
}

// database: the role, the database, the namespace and the credentials. Meanwhile the hub is away, and a run is what it
// is without it; what it has to tell waits.
func (s *Stage) database() {
	s.Told("The hub is away, which changes nothing in a run. The operator makes the role, the database and the credentials.")
	s.World.Hub.Stop()
	s.run("APPS-WP-0002")
	s.apply("harbour-apps/manifests/fundbuero-namespace.yaml")
	s.credentials(databasePassword(), "databases", "fundbuero")
	s.must(s.World.Kube.Merge(s.Context(), "postgresql.cnpg.io/v1 Cluster databases/apps-pg",
		"spec: {managed: {roles: [{name: fundbuero, login: true, passwordSecret: {name: fundbuero-db}}]}}"))
	s.apply("harbour-apps/manifests/fundbuero-database.yaml")
	s.waits("postgresql.cnpg.io/v1 Database databases/fundbuero-db", true, "status", "applied")
	s.run("APPS-WP-0002")
	s.Wpctl("sync", "status")
	s.Told("The hub is back, and is told.")
	s.must(s.World.Hub.Start())
	s.Wpctl("sync", "APPS-WP-0002")
	s.Wpctl("sync", "status")
	s.next()
}

// encrypted writes a file that only the operator's key opens.
func (s *Stage) encrypted(path, text, recipient string) {
	s.Helper()
	s.write(path+".clear.yaml", text)
	clear := filepath.Join(s.Dir, path+".clear.yaml")
	s.write(path, s.tool("", "sops", "encrypt", "--age", recipient, "--encrypted-regex", "^stringData$", clear))
	s.must(os.Remove(clear))
}

// password returns the password of the role as the application's namespace has it.
func (s *Stage) password() string {
	s.Helper()
	return s.secret("fundbuero/fundbuero-db", "password")
}

func (s *Stage) secret(name, key string) string {
	s.Helper()
	o, err := s.World.Kube.Get(s.Context(), kube.Object("v1 Secret "+name))
	s.must(err)
	encoded, _ := kube.Field(o, "data", key).(string)
	b, err := base64.StdEncoding.DecodeString(encoded)
	s.must(err)
	return string(b)
}

// environment makes the Secret that the application reads: the key of the encrypted file, and a URL.
func (s *Stage) environment(url string) {
	s.Helper()
	s.must(s.World.Kube.Apply(s.Context(), s.tool("harbour-apps", "sops", "decrypt", "helm/fundbuero-env.sops.yaml")))
	s.must(s.World.Kube.Merge(s.Context(), "v1 Secret fundbuero/fundbuero-env", fmt.Sprintf("stringData: {DATABASE_URL: %q}", url)))
}

func (s *Stage) upgrade() {
	s.Helper()
	s.tool("harbour-apps", "helm", "upgrade", "--install", "fundbuero", "charts/fundbuero", "--namespace", "fundbuero", "--values", "helm/fundbuero-values.yaml")
}

const databaseURL = "postgres://fundbuero:%s@apps-pg-rw.databases:5432/fundbuero_db"

// release: the first one has two mistakes that are easily made, a password that is not encoded and probes without the
// host; the second one is right.
func (s *Stage) release() {
	s.Told("The first release has two mistakes that are easily made.")
	s.encrypted("harbour-apps/helm/fundbuero-env.sops.yaml", fmt.Sprintf(`apiVersion: v1
kind: Secret
metadata: {name: fundbuero-env, namespace: fundbuero}
stringData: {SECRET_KEY: %q}
`, rand.Text()+rand.Text()), s.ageKey())
	s.environment(fmt.Sprintf(databaseURL, s.password()))
	s.upgrade()
	s.crashes()
	s.run("APPS-WP-0002")
	s.environment(fmt.Sprintf(databaseURL, encode(s.password())))
	s.replace("harbour-apps/helm/fundbuero-values.yaml", `hostHeader: ""`, "hostHeader: fundbuero.harbour.test")
	s.upgrade()
	s.rolledOut()
	s.run("APPS-WP-0002")
	s.next()
}

// encode writes what a URL cannot hold as it has to be.
func encode(password string) string {
	return strings.NewReplacer("%", "%25", "=", "%3D", "+", "%2B", "/", "%2F").Replace(password)
}

// public: an ingress before its certificate is held up by the safety contract; then things come in their order.
func (s *Stage) public() {
	s.Told("The ingress is applied before there is a certificate. Then things come in their order.")
	s.World.Zone.Set(cast.AppHost, s.World.Address)
	s.apply("harbour-apps/manifests/fundbuero-ingress.yaml")
	s.run("APPS-WP-0002")
	s.must(s.World.Kube.Delete(s.Context(), "networking.k8s.io/v1 Ingress fundbuero/fundbuero"))
	s.apply("harbour-apps/manifests/fundbuero-certificate.yaml")
	s.must(s.World.CertificateReady(s.Context(), "fundbuero/fundbuero-tls"))
	s.apply("harbour-apps/manifests/fundbuero-ingress.yaml")
	s.served(true)
	s.commit("harbour-apps", "The lost-property office")
	s.run("APPS-WP-0002")
	s.next()
}

// finished: a person signs off, and the runbook is written.
func (s *Stage) finished() {
	s.Told("The front office signs off, and the runbook is written.")
	s.Wpctl("approve", "APPS-WP-0002-T07", "--step", "the front office is content", "--note", "seen on Monday", "--by", "front office")
	s.run("APPS-WP-0002")
	s.act("runbook")
	s.commit("harbour-apps", "The runbook")
	s.run("APPS-WP-0002")
	before := s.Read(AppPlan)
	s.Wpctl("run", "APPS-WP-0002", "--trust=all", "-q")
	if now := s.Read(AppPlan); now != before {
		s.Errorf("a run of what is finished changed the plan:\n%s", now)
	}
	s.Wpctl("verify", "APPS-WP-0002")
	s.next()
	s.hub()
}

// lessons: the second plan, whose items stand alone.
func (s *Stage) lessons() {
	s.Told("The second plan has seven items that stand alone.")
	s.run("APPS-WP-0004")
	s.act("improvements")
	s.World.Forge.Publish("fund-labels", "0.2.0")
	s.encrypted("harbour-apps/helm/sentinel.sops.yaml", "stringData: {sentinel: ahoy}\n", s.recipient())
	s.commit("harbour-apps", "What it taught")
	s.commit("fundbuero", "Labels from the index")
	s.push("ci/fundbuero:candidate", s.head(), "") // as the pipeline does on every push
	s.run("APPS-WP-0004")
	s.Wpctl("list")
}

// hub shows what the state hub knows of the plan.
func (s *Stage) hub() {
	s.Helper()
	shown, err := s.World.Hub.Shows(s.Context(), "harbour-apps", "APPS-WP-0002")
	s.must(err)
	s.Shown("the hub", shown)
}

// recipient is for whom the operator's files are encrypted.
func (s *Stage) recipient() string {
	s.Helper()
	text := s.Read("harbour-apps/helm/fundbuero-env.sops.yaml")
	_, rest, _ := strings.Cut(text, "recipient: ")
	recipient, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(recipient)
}
