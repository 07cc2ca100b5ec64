package steps_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

func TestSecretArguments(t *testing.T) {
	b := newBench(t, "secret", "")
	for _, tt := range []struct{ name, args, want string }{
		{"Good", `{name: web, keys: [A], lengths: {A: 32, B: ">=8 <=72", C: "> 3"}, dsn: {key: D, port: 5432}}`, ""},
		{"EmptyName", `{name: ""}`, `[name]: "" is no name`},
		{"EmptyKey", `{name: web, keys: [""]}`, `[keys 0]: "" is no name`},
		{"NegativePort", "{name: web, dsn: {key: D, port: -1}}", "[dsn 0 port]: a port is a number from 1 to 65535"},
		{"HostWithPort", `{name: web, dsn: {key: D, host: "db:5432"}}`, "[dsn 0 host]: a host has no port and no path"},
		{"SlashDatabase", "{name: web, dsn: {key: D, database: /web}}", "[dsn 0 database]: a database begins without a slash"},
		{"Itself", "{name: web, same: {key: A, as: {name: web, key: A}}}", "[same 0]: a key is always the same as itself"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := b.problems(t, tt.args); got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What was found with vergabe in earlier plans: a password of `openssl rand -base64` in DATABASE_URL as it stands.
func TestSecretPasswordRawInURL(t *testing.T) {
	b, ns := newBench(t, "secret", clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	const password = "aV3ry+L0ng/Passw0rd=="
	clustertest.Apply(t, ns, fmt.Sprintf(`
{apiVersion: v1, kind: Secret, metadata: {name: db}, type: kubernetes.io/basic-auth, stringData: {username: vergabe, password: %[1]q}}
---
{apiVersion: v1, kind: Secret, metadata: {name: raw}, stringData: {DATABASE_URL: "postgres://vergabe:%[1]s@apps-pg-rw.databases:5432/vergabe_db"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: encoded}, stringData: {DATABASE_URL: "postgres://vergabe:aV3ry%%2BL0ng%%2FPassw0rd%%3D%%3D@apps-pg-rw.databases:5432/vergabe_db", DB_PASSWORD: %[1]q}}
`, password))
	dsn := "dsn: {key: DATABASE_URL, user: vergabe, host: apps-pg-rw.databases.svc.cluster.local, port: 5432, database: vergabe_db, passwordFrom: {name: db, key: password}}"
	r, err := b.look(t, "{name: raw, "+dsn+"}")
	if err != nil || r.OK || r.Saw != `DATABASE_URL: the password has "/", "+", "=" not percent-encoded` {
		t.Error(r.OK, r.Saw, err)
	}
	if len(r.Why) != 1 || r.Why[0] != "the password is the one in password of db, as it stands: in a URL it has to be percent-encoded" {
		t.Error(r.Why)
	}
	if !slices.Contains(b.secrets, password) {
		t.Error("the redactor does not know the password")
	}
	r, err = b.look(t, "{name: encoded, "+dsn+", same: {key: DB_PASSWORD, as: {name: db, key: password}}}")
	want := "`Secret/encoded` in " + ns + " of type Opaque, keys DATABASE_URL, DB_PASSWORD; DATABASE_URL is vergabe at apps-pg-rw.databases:5432, database vergabe_db"
	if err != nil || !r.OK || r.Saw != want {
		t.Errorf("%v %v\ngot  %s\nwant %s", r.OK, err, r.Saw, want)
	}
	for _, s := range []string{r.Saw, fmt.Sprint(r.Self), fmt.Sprint(r.Why)} {
		if strings.Contains(s, "Passw0rd") {
			t.Error("it shows the password: " + s)
		}
	}
}

func TestSecret(t *testing.T) {
	p := clustertest.NewProxy(t)
	b, ns := newBench(t, "secret", p.Kubeconfig), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.Apply(t, ns, `
{apiVersion: v1, kind: Secret, metadata: {name: env, labels: {a: b}}, stringData: {KEY: "0123456789", EMPTY: "", URL: "postgres://web:p%2540ss@db:5433/web", CUT: "postgres://web:12/x@db/web", AMBIGUOUS: "postgres://web:s3cret@w0rd?x@db/web", OLD: "s3cret\n"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: other}, stringData: {password: "p@ss", old: s3cret}}
`)
	for _, tt := range []struct {
		name, args string
		saw, why   string
	}{
		{"Keys", "name: env, keys: [KEY, MISSING, EMPTY]", "`Secret/env` in NS has no key MISSING: it has AMBIGUOUS, CUT, EMPTY, KEY, OLD, and 1 more; EMPTY in `Secret/env` in NS is empty", ""},
		{"Type", "name: env, type: kubernetes.io/tls", "`Secret/env` in NS is of type Opaque", ""},
		{"Length", `name: env, lengths: {KEY: ">=50"}`, "KEY has 10 bytes", ""},
		{"Parts", "name: env, dsn: {key: URL, scheme: mysql, user: app, host: db.databases, port: 5432, database: app}", "URL has the scheme postgres; URL has the user web; URL has the host db; URL has the port 5433; URL has the database web", ""},
		{"TwiceEncoded", "name: env, dsn: {key: URL, passwordFrom: {name: other, key: password}}", "URL has another password than password of other", "it is percent-encoded twice"},
		{"Cut", "name: env, dsn: {key: CUT, host: db}", `CUT: the password has "/" not percent-encoded`, ""},
		{"Ambiguous", "name: env, dsn: {key: AMBIGUOUS, host: db, database: web}", "AMBIGUOUS has another host; AMBIGUOUS has another database", ""},
		{"LineEnd", "name: env, same: {key: OLD, as: {name: other, key: old}}", "OLD is not what old of `Secret/other` in NS is", "OLD begins or ends with a space or a line end, and is the same otherwise"},
		{"NoOther", "name: env, same: {key: KEY, as: {name: nobody, key: old}}", "there is no `Secret/nobody` in NS", ""},
		{"None", "name: evn", "no `Secret/evn` in NS", ""},
		{"NoNamespace", "name: env, namespace: nowhere", "no `Secret/env` in nowhere", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := b.look(t, "{"+tt.args+"}")
			if err != nil {
				t.Fatal(err)
			}
			if saw := strings.ReplaceAll(r.Saw, ns, "NS"); r.OK || saw != tt.saw || strings.Join(r.Why, "\n") != tt.why {
				t.Errorf("got  %v %s %v\nwant %s", r.OK, saw, r.Why, tt.saw)
			}
		})
	}
	for _, req := range p.Requests() {
		if strings.Contains(req, "/secrets?") {
			t.Error("Secrets were listed: " + req)
		}
	}
	r, err := b.look(t, `{name: env, type: Opaque, lengths: {KEY: 10, URL: ">=8 <=72"}}`)
	if err != nil || !r.OK {
		t.Error(r, err)
	}
}
