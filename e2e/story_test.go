//go:build e2e

package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/kube"
)

// TestStory acts out how an application comes onto a cluster: the operator works, and wpctl alone says how far it is.
func TestStory(t *testing.T) {
	s := newStage(t)
	for _, scene := range []struct {
		name string
		play func(*stage)
	}{
		{"01-empty", (*stage).emptyCluster},
		{"02-platform", (*stage).platform},
		{"03-image", (*stage).image},
		{"04-published", (*stage).published},
		{"05-decided", (*stage).decided},
		{"06-database", (*stage).database},
		{"07-release", (*stage).release},
		{"08-public", (*stage).public},
		{"09-finished", (*stage).finished},
		{"10-lessons", (*stage).lessons},
		{"drift", (*stage).drift},
	} {
		began := time.Now()
		scene.play(s)
		t.Logf("== %s took %s", scene.name, time.Since(began).Round(time.Second))
		if t.Failed() {
			return // what comes next rests on it
		}
	}
}

// run runs the plan, and looks at what could be done next and what is held up.
func (s *stage) run(plan string) {
	s.Helper()
	s.look("run", plan, "--trust=all")
}

func (s *stage) next() {
	s.Helper()
	s.look("ready")
	s.look("blocked")
}

// emptyCluster: nothing is there, and the guards keep everything from being begun.
func (s *stage) emptyCluster() {
	s.look("plan", "APPS-WP-0002")
	s.run("APPS-WP-0002")
	s.next()
	s.scene("01-empty")
}

// platform: the forge, the issuer, the databases and the ingress controller are there.
func (s *stage) platform() {
	s.must(s.world.Platform(s.Context()))
	s.run("APPS-WP-0002")
	s.next()
	s.scene("02-platform", appPlan)
}

// head is the commit that the application's repository is at.
func (s *stage) head() string {
	s.Helper()
	return strings.TrimSpace(s.tool("fundbuero", "git", "rev-parse", "--short=7", "HEAD"))
}

// push builds an image of a commit, puts it into the forge, and returns its digest; another marker makes another image.
func (s *stage) push(ref, commit, marker string) string {
	s.Helper()
	image, err := s.world.AppImage(s.Context(), commit, marker)
	s.must(err)
	digest, err := s.world.Forge.Push(s.Context(), s.world.ACME.Root, cast.ForgeHost+"/"+ref, image)
	s.must(err)
	return digest
}

// image: the pipeline of the companion repository has built a candidate.
func (s *stage) image() {
	s.push("ci/fundbuero:candidate", s.head(), "")
	s.run("APPS-WP-0002")
	s.next()
	s.scene("03-image")
}

// published: the image is pushed, but nobody else may pull it; then it is public, and its digest is pinned.
func (s *stage) published() {
	s.write(s.home+"/.config/forge/token", s.world.Forge.Password+"\n")
	s.released = s.head()
	digest := s.push("harbour/fundbuero:1.0.0", s.released, "")
	s.replace("harbour-apps/helm/fundbuero-values.yaml", `digest: ""`, "digest: "+digest)
	s.run("APPS-WP-0002")
	s.world.Forge.Public("harbour/fundbuero", true)
	s.run("APPS-WP-0002")
	s.next()
	s.scene("04-published")
}

// decided: a person chooses, and the platform's own plan provides what was asked for.
func (s *stage) decided() {
	s.look("decide", "D-01", "D", "--plan", "APPS-WP-0002", "--by", "operator", "--note", "the platform owns it")
	s.next()
	s.act("platform")
	s.commit("harbour-platform", "A database cluster for several applications")
	s.apply("harbour-platform/manifests/apps-pg.yaml")
	s.waits("postgresql.cnpg.io/v1 Cluster databases/apps-pg", "Cluster in healthy state", "status", "phase")
	s.run("PLAT-WP-0003")
	s.next()
	s.scene("05-decided", platformPlan)
}

// waits waits until a field of an object has a value.
func (s *stage) waits(object kube.Object, want any, path ...string) {
	s.Helper()
	s.must(cast.Until(s.Context(), time.Minute, func() error {
		o, err := s.world.Kube.Get(s.Context(), object)
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
func (s *stage) credentials(password string, namespaces ...string) {
	s.Helper()
	for _, namespace := range namespaces {
		s.must(s.world.Kube.Apply(s.Context(), fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata: {name: fundbuero-db, namespace: %s}
type: kubernetes.io/basic-auth
stringData: {username: fundbuero, password: %q}
`, namespace, password)))
	}
}

// database: the role, the database, the namespace and the credentials.
func (s *stage) database() {
	s.run("APPS-WP-0002")
	s.apply("harbour-apps/manifests/fundbuero-namespace.yaml")
	s.credentials(databasePassword(), "databases", "fundbuero")
	s.must(s.world.Kube.Merge(s.Context(), "postgresql.cnpg.io/v1 Cluster databases/apps-pg",
		"spec: {managed: {roles: [{name: fundbuero, login: true, passwordSecret: {name: fundbuero-db}}]}}"))
	s.apply("harbour-apps/manifests/fundbuero-database.yaml")
	s.waits("postgresql.cnpg.io/v1 Database databases/fundbuero-db", true, "status", "applied")
	s.run("APPS-WP-0002")
	s.next()
	s.scene("06-database")
}

// encrypted writes a file that only the operator's key opens.
func (s *stage) encrypted(path, text, recipient string) {
	s.Helper()
	s.write(path+".clear.yaml", text)
	clear := filepath.Join(s.dir, path+".clear.yaml")
	s.write(path, s.tool("", "sops", "encrypt", "--age", recipient, "--encrypted-regex", "^stringData$", clear))
	s.must(os.Remove(clear))
}

// password returns the password of the role as the application's namespace has it.
func (s *stage) password() string {
	s.Helper()
	return s.secret("fundbuero/fundbuero-db", "password")
}

func (s *stage) secret(name, key string) string {
	s.Helper()
	o, err := s.world.Kube.Get(s.Context(), kube.Object("v1 Secret "+name))
	s.must(err)
	encoded, _ := kube.Field(o, "data", key).(string)
	b, err := base64.StdEncoding.DecodeString(encoded)
	s.must(err)
	return string(b)
}

// environment makes the Secret that the application reads: the key of the encrypted file, and a URL.
func (s *stage) environment(url string) {
	s.Helper()
	s.must(s.world.Kube.Apply(s.Context(), s.tool("harbour-apps", "sops", "decrypt", "helm/fundbuero-env.sops.yaml")))
	s.must(s.world.Kube.Merge(s.Context(), "v1 Secret fundbuero/fundbuero-env", fmt.Sprintf("stringData: {DATABASE_URL: %q}", url)))
}

func (s *stage) upgrade() {
	s.Helper()
	s.tool("harbour-apps", "helm", "upgrade", "--install", "fundbuero", "charts/fundbuero", "--namespace", "fundbuero", "--values", "helm/fundbuero-values.yaml")
}

const databaseURL = "postgres://fundbuero:%s@apps-pg-rw.databases:5432/fundbuero_db"

// release: the first one has two mistakes that are easily made, a password that is not encoded and probes without the
// host; the second one is right.
func (s *stage) release() {
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
	s.scene("07-release")
}

// encode writes what a URL cannot hold as it has to be.
func encode(password string) string {
	return strings.NewReplacer("%", "%25", "=", "%3D", "+", "%2B", "/", "%2F").Replace(password)
}

// public: an ingress before its certificate is held up by the safety contract; then things come in their order.
func (s *stage) public() {
	s.world.Zone.Set(cast.AppHost, s.world.Address)
	s.apply("harbour-apps/manifests/fundbuero-ingress.yaml")
	s.run("APPS-WP-0002")
	s.must(s.world.Kube.Delete(s.Context(), "networking.k8s.io/v1 Ingress fundbuero/fundbuero"))
	s.apply("harbour-apps/manifests/fundbuero-certificate.yaml")
	s.must(s.world.CertificateReady(s.Context(), "fundbuero/fundbuero-tls", 5*time.Minute))
	s.apply("harbour-apps/manifests/fundbuero-ingress.yaml")
	s.served(true)
	s.commit("harbour-apps", "The lost-property office")
	s.run("APPS-WP-0002")
	s.next()
	s.scene("08-public")
}

// finished: a person signs off, and the runbook is written.
func (s *stage) finished() {
	s.look("approve", "APPS-WP-0002-T07", "--step", "the front office is content", "--note", "seen on Monday", "--by", "front office")
	s.run("APPS-WP-0002")
	s.act("runbook")
	s.commit("harbour-apps", "The runbook")
	s.run("APPS-WP-0002")
	before := s.read(appPlan)
	s.look("run", "APPS-WP-0002", "--trust=all", "-q")
	if now := s.read(appPlan); now != before {
		s.Error("a run of what is finished changed the plan:\n" + difference(before, now))
	}
	s.look("verify", "APPS-WP-0002")
	s.next()
	s.scene("09-finished", appPlan)
}

// lessons: the second plan, whose items stand alone.
func (s *stage) lessons() {
	s.run("APPS-WP-0004")
	s.act("improvements")
	s.world.Forge.Publish("fund-labels", "0.2.0")
	s.encrypted("harbour-apps/helm/sentinel.sops.yaml", "stringData: {sentinel: ahoy}\n", s.recipient())
	s.commit("harbour-apps", "What it taught")
	s.commit("fundbuero", "Labels from the index")
	s.push("ci/fundbuero:candidate", s.head(), "") // as the pipeline does on every push
	s.run("APPS-WP-0004")
	s.look("list")
	s.scene("10-lessons", lessonsPlan)
}

// recipient is for whom the operator's files are encrypted.
func (s *stage) recipient() string {
	s.Helper()
	text := s.read("harbour-apps/helm/fundbuero-env.sops.yaml")
	_, rest, _ := strings.Cut(text, "recipient: ")
	recipient, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(recipient)
}
