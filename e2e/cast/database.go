package cast

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/e2e/kube"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// Databases is a real PostgreSQL, and an operator that makes of it what the objects of CloudNativePG in a cluster say:
// for each Cluster a Service with a pod that leads to the server, for each managed role a role, for each Database a
// database. It writes their status as that operator does.
type Databases struct {
	server *testsrv.Postgres
	kube   *kube.Client
	relay  string // image with nc

	ended  chan struct{}     // closed when all of it has ended
	errors map[string]string // told already
	done   map[string]bool   // statements that were run
}

const databasesHBA = `
local all all trust
host  all all all scram-sha-256
`

// forgeSetup is what is in the server before us: the forge's database.
const forgeSetup = `
create role forge login;
create database forge_db owner forge;
`

// StartDatabases starts the server at an address, and the operator, until ctx ends; relay is an image with nc.
func StartDatabases(ctx context.Context, k *kube.Client, ca *testsrv.CA, address, relay string) (*Databases, error) {
	dir, err := os.MkdirTemp("", "wpctl-e2e-postgres-") // the server runs as another user
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	d := &Databases{kube: k, relay: relay, ended: make(chan struct{}), errors: map[string]string{}, done: map[string]bool{}}
	d.server, err = testsrv.StartPostgresWith(ctx, dir, ca, testsrv.PostgresOptions{Listen: address, Setup: forgeSetup, HBA: databasesHBA})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		d.operate(ctx)
	}()
	context.AfterFunc(ctx, func() {
		<-stopped
		d.server.Close()
		_ = os.RemoveAll(filepath.Clean(dir))
		close(d.ended)
	})
	return d, nil
}

// Tell runs SQL as the superuser.
func (d *Databases) Tell(ctx context.Context, sql string) error { return d.server.Tell(ctx, sql) }

// operate looks at the objects again and again.
func (d *Databases) operate(ctx context.Context) {
	for ctx.Err() == nil {
		d.each(ctx, "Cluster", d.cluster)
		d.each(ctx, "Database", d.database)
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// each does something for each object of a kind that is defined, and tells each error once.
func (d *Databases) each(ctx context.Context, kind string, do func(context.Context, map[string]any) error) {
	all, err := d.kube.List(ctx, kube.Object("postgresql.cnpg.io/v1 "+kind+" databases/"), "")
	if err != nil {
		return // it is not defined yet
	}
	for _, o := range all {
		name := kind + "/" + text(o, "metadata", "name")
		if err := do(ctx, o); err != nil && d.errors[name] != err.Error() && ctx.Err() == nil {
			d.errors[name] = err.Error()
			fmt.Fprintf(os.Stderr, "operator of databases: %s: %v\n", name, err)
		}
	}
}

func text(o map[string]any, path ...string) string {
	s, _ := kube.Field(o, path...).(string)
	return s
}

// cluster makes the Service of a Cluster, its roles, and its status.
func (d *Databases) cluster(ctx context.Context, o map[string]any) error {
	name := text(o, "metadata", "name")
	if text(o, "status", "phase") == "" {
		if err := d.kube.Apply(ctx, d.instance(name)); err != nil {
			return err
		}
		return d.kube.Merge(ctx, kube.Object("postgresql.cnpg.io/v1 Cluster databases/"+name),
			fmt.Sprintf("status: {phase: Setting up primary, instances: 1, readyInstances: 0, currentPrimary: %s-1}", name), "status")
	}
	pod, err := d.kube.Get(ctx, kube.Object("v1 Pod databases/"+name+"-1"))
	if err != nil {
		return err
	}
	if text(pod, "status", "phase") == "Running" && text(o, "status", "phase") != "Cluster in healthy state" {
		err := d.kube.Merge(ctx, kube.Object("postgresql.cnpg.io/v1 Cluster databases/"+name),
			"status: {phase: Cluster in healthy state, readyInstances: 1}", "status")
		if err != nil {
			return err
		}
	}
	roles, _ := kube.Field(o, "spec", "managed", "roles").([]any)
	for _, r := range roles {
		if err := d.role(ctx, r.(map[string]any)); err != nil {
			return err
		}
	}
	return nil
}

// instance is the pod of a cluster and the Service before it.
func (d *Databases) instance(name string) string {
	host, port, _ := net.SplitHostPort(d.server.Addr)
	return fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %[1]s-1, namespace: databases, labels: {cnpg.io/cluster: %[1]s, cnpg.io/instanceRole: primary}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: postgres
      image: %[2]s
      command: [nc, -ll, -p, "5432", -e, nc, %[3]s, "%[4]s"]
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s-rw, namespace: databases, labels: {cnpg.io/cluster: %[1]s}}
spec:
  selector: {cnpg.io/cluster: %[1]s, cnpg.io/instanceRole: primary}
  ports: [{name: postgres, port: 5432, targetPort: 5432}]
`, name, d.relay, host, port)
}

// role makes a role with the password of its Secret, once for each password.
func (d *Databases) role(ctx context.Context, r map[string]any) error {
	name := text(r, "name")
	secret, err := d.kube.Get(ctx, kube.Object("v1 Secret databases/"+text(r, "passwordSecret", "name")))
	if err != nil {
		return err
	}
	password, err := base64.StdEncoding.DecodeString(text(secret, "data", "password"))
	if err != nil {
		return err
	}
	return d.once(ctx, fmt.Sprintf(`
select format('create role %%I login', '%[1]s') where not exists (select from pg_roles where rolname = '%[1]s') \gexec
alter role %[1]s password '%[2]s';
`, name, strings.ReplaceAll(string(password), "'", "''")))
}

// database makes a Database, and tells that it is there.
func (d *Databases) database(ctx context.Context, o map[string]any) error {
	err := d.once(ctx, fmt.Sprintf(`
select format('create database %%I owner %%I', '%[1]s', '%[2]s') where not exists (select from pg_database where datname = '%[1]s') \gexec
`, text(o, "spec", "name"), text(o, "spec", "owner")))
	if err != nil || kube.Field(o, "status", "applied") == true {
		return err
	}
	generation, _ := kube.Field(o, "metadata", "generation").(int64)
	return d.kube.Merge(ctx, kube.Object("postgresql.cnpg.io/v1 Database databases/"+text(o, "metadata", "name")),
		fmt.Sprintf("status: {applied: true, observedGeneration: %d}", generation), "status")
}

// once tells the server something that was not told before.
func (d *Databases) once(ctx context.Context, sql string) error {
	if d.done[sql] {
		return nil
	}
	if err := d.server.Tell(ctx, sql); err != nil {
		return err
	}
	d.done[sql] = true
	return nil
}
