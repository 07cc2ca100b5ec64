package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// TestSecretsOfClustersStayInside keeps a random secret in a Secret, and says it in objects, logs, commands in pods,
// and where there is one in a database.
func TestSecretsOfClustersStayInside(t *testing.T) {
	ns, secret := clustertest.Namespace(t), rand.Text()+"/+%"+rand.Text()
	encoded := base64.StdEncoding.EncodeToString([]byte("user:" + secret))
	clustertest.Apply(t, ns, fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: %[1]q, url: "postgres://web:x@db/web"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shop, annotations: {says: %[1]q}}
data: {says: %[1]q, encoded: %[2]q}
---
apiVersion: v1
kind: Event
metadata: {name: shop.1}
involvedObject: {apiVersion: v1, kind: ConfigMap, name: shop, namespace: %[3]s}
type: Warning
reason: Broken
message: %[1]q
lastTimestamp: "2026-01-01T00:00:00Z"
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: app, image: "registry.example/web:1.2.3", command: [/bin/sh, -c, "echo %[1]s; echo ERROR %[2]s; exec sleep 3600"]}]
`, secret, encoded, ns))
	o := &outside{process: newProcess(t, os.Getenv("WPCTL_TEST_KUBECONFIG")), inputs: map[string]bool{}}
	o.env = append(o.env, "WPCTL_SAYS="+secret)
	steps := []string{
		"k8s: {apiVersion: apps/v1, kind: Deployment, name: web, ready: true}\n  within: 60s",
		"secret: {name: db, keys: [password], lengths: {password: 3}, dsn: {key: password, host: db}}\n  record: {says: self}",
		"k8s: {apiVersion: v1, kind: Secret, name: db, match: {data: {password: eHg=}}}\n  record: {says: self.data}",
		"k8s: {apiVersion: v1, kind: ConfigMap, name: shop, match: {data: {says: x, encoded: x}, metadata: {annotations: {says: x}}}}\n  record: {says: self.data}",
		"events: {kind: ConfigMap, apiVersion: v1, name: shop}",
		"logs: {selector: app=web, contains: [nothing of the kind]}",
		"logs: {selector: app=web, lacks: [ERROR], only: [another]}",
		`exec: {kind: Deployment, name: web, command: [sh, -c, 'echo "$SAYS" >&2; echo "$SAYS" | base64; exit 1'], env: {SAYS: "${{ env.WPCTL_SAYS }}"}}`,
	}
	if p := database(t); p != "" {
		o.env = append(o.env, "PG_PASSWORD="+testsrv.PostgresPassword)
		steps = append(steps,
			fmt.Sprintf("postgres: {address: %q, database: web_db, user: web, passwordEnv: PG_PASSWORD, query: \"select $1\", args: [\"${{ env.WPCTL_SAYS }}\"]}\n  assert: self.rows[0][0] == 'another'\n  record: {says: self.rows}", p),
			fmt.Sprintf("postgres: {address: %q, database: web_db, user: web, passwordEnv: PG_PASSWORD, query: \"select ($1::text)::int\", args: [\"${{ env.WPCTL_SAYS }}\"]}", p),
			fmt.Sprintf("postgres: {address: %q, database: \"${{ env.WPCTL_SAYS }}\", user: web, passwordEnv: WPCTL_SAYS}", p),
		)
	}
	if err := writeUnder(o.dir, ".CONFIG/config.yaml", "grants: {env: [WPCTL_SAYS, PG_PASSWORD], credentials: {PG_PASSWORD: [127.0.0.1], WPCTL_SAYS: [127.0.0.1]}}\n"); err != nil {
		t.Fatal(err)
	}
	o.file(t, "plan.md", strings.Replace(aPlan("- "+strings.Join(steps, "\n- ")), "status: active\n", "status: active\ndefaults: {namespace: "+ns+"}\n", 1))
	said := o.verbs(t)
	if strings.Count(said["run as JSON"], "•••") < 8 {
		t.Errorf("few secrets were seen:\n%s", said["run as JSON"])
	}
	for name, text := range o.made(t) {
		said["the file "+name] = name + "\n" + text
	}
	for name, text := range said {
		if part := leak(text, append(formsIn(secret), encoded)); part != "" {
			t.Errorf("%s: %s", name, part)
		}
	}
}

// database starts a PostgreSQL server, where there is one, and returns its address.
func database(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ca, err := testsrv.NewCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p, err := testsrv.StartPostgres(ctx, dir, ca)
	if errors.Is(err, testsrv.ErrNoPostgres) {
		return ""
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p.Addr
}
