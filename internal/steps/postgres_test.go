package steps

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// startPostgres starts a server; without PostgreSQL the test is skipped, and in CI it fails.
func startPostgres(t testing.TB) (*testsrv.Postgres, *testsrv.CA) {
	t.Helper()
	ca, err := testsrv.NewCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pg") //nolint:usetesting // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p, err := testsrv.StartPostgres(ctx, dir, ca)
	if errors.Is(err, testsrv.ErrNoPostgres) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, ca
}

// postgresSite lets everything be read and sent; its secrets are collected.
func postgresSite(t testing.TB, ca *testsrv.CA, p *testsrv.Postgres) (check.Site, *[]string) {
	pem, err := os.ReadFile(ca.File)
	if err != nil {
		t.Fatal(err)
	}
	at := localSite(t, map[string]string{"ca.pem": string(pem)})
	var secrets []string
	dsn := func(user, password, db, tail string) string {
		return "postgresql://" + user + ":" + password + "@" + p.Addr + "/" + db + tail
	}
	env := map[string]string{
		"PASSWORD": testsrv.PostgresPassword, "WRONG": "another-password",
		"DSN":   dsn("web", url.QueryEscape(testsrv.PostgresPassword), "web_db", ""),
		"RAW":   dsn("web", testsrv.PostgresPassword, "web_db", ""),
		"TLS":   dsn("web", url.QueryEscape(testsrv.PostgresPassword), "tls_db", "?sslmode=disable"),
		"MYSQL": "mysql://web@" + p.Addr + "/web_db",
	}
	at.Env = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	at.Grant = func(string, string) error { return nil }
	at.Secret = func(s string) { secrets = append(secrets, s) }
	return at, &secrets
}

// TestPostgres looks at one real server.
func TestPostgres(t *testing.T) {
	p, ca := startPostgres(t)
	for name, f := range map[string]func(*testing.T, *testsrv.Postgres, *testsrv.CA){
		"Looks": testPostgresLooks, "Self": testPostgresSelf, "Pgpass": testPostgresPgpass,
		"Environment": testPostgresEnvironmentIsNotRead, "Secret": testPostgresSecret, "Memberships": testPostgresMemberships, "Pooler": testPostgresPooler,
		"Pool": testPostgresPool,
	} {
		t.Run(name, func(t *testing.T) { f(t, p, ca) })
	}
}

func testPostgresLooks(t *testing.T, p *testsrv.Postgres, ca *testsrv.CA) {
	at, secrets := postgresSite(t, ca, p)
	const as = "passwordEnv: PASSWORD, "
	for _, tt := range []struct{ name, args, want string }{
		{"Connects", as + "user: web, database: web_db", "ok: web on database web_db, PostgreSQL 15"},
		{"DatabaseOfTheUser", as + "user: web", `failed: want a connection of web to database web, saw database "web" does not exist`},
		{"WrongPassword", "passwordEnv: WRONG, user: web, database: web_db", "failed: want a connection of web to database web_db, saw the password of web is refused"},
		{"NoSuchRole", as + "user: stranger, database: web_db", "failed: want a connection of stranger to database web_db, saw the password of stranger is refused"},
		{"NoPassword", "user: web, database: web_db", "failed: want a connection of web to database web_db, saw the password of web is refused"},
		{"MayNotLogIn", as + "user: nobody_in, database: web_db", `failed: want a connection of nobody_in to database web_db, saw role "nobody_in" is not permitted to log in`},
		{"MayNotConnect", as + "user: web, database: closed_db", `failed: want a connection of web to database closed_db, saw permission denied for database "closed_db"`},
		{"WantsTLS", as + "user: owner, database: tls_db, sslmode: disable", "failed: want a connection of owner to database tls_db, saw no pg_hba.conf entry for host"},
		{"PrefersTLS", as + "user: owner, database: tls_db", "ok: owner on database tls_db, PostgreSQL 15"},
		{"VerifiesTLS", as + `user: owner, database: tls_db, ca: ca.pem`, "ok: owner on database tls_db, PostgreSQL 15"},
		{"VerifiesCA", as + `user: owner, database: tls_db, ca: ca.pem, sslmode: verify-ca`, "ok: owner on database tls_db, PostgreSQL 15"},
		{"UnknownCA", as + `user: owner, database: tls_db, sslmode: verify-full`, `failed: want a chain to a trusted root, saw the chain ends at "Test Intermediate": its issuer "Test Root" was not sent and is no trusted root`},
		{"WrongName", as + `user: owner, database: tls_db, ca: ca.pem`, "failed: want a certificate for db.example.org, saw it is for db.example, 127.0.0.1"},
		{"WrongNameOfACA", as + `user: owner, database: tls_db, ca: ca.pem, sslmode: verify-ca`, "ok: owner on database tls_db, PostgreSQL 15"},
		{"ExpiredCertificate", as + `user: owner, database: tls_db, ca: ca.pem`, "failed: want the certificate is valid, saw the certificate expired on "},
		{"DSN", "dsn: {env: DSN}", "ok: web on database web_db, PostgreSQL 15"},
		{"DSNRaw", "dsn: {env: RAW}", `failed: want RAW a URL of a database, saw RAW: the password has "/", "+", "=" not percent-encoded`},
		{"DSNWithoutTLS", "dsn: {env: TLS}", "failed: want a connection of web to database tls_db, saw no pg_hba.conf entry for host"},
		{"DSNOfAnother", "dsn: {env: MYSQL}", "failed: want MYSQL a URL of a PostgreSQL database, saw MYSQL: its scheme is mysql"},
		{"DSNMissing", "dsn: {env: NONE}", "error: the environment variable NONE is not set, or policy does not let it be read"},

		{"Role", as + "user: web, database: web_db, role: {superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, login: true, memberOf: [], owns: [web_db], grantsElsewhere: []}", "ok: web on database web_db, PostgreSQL 15"},
		{"Superuser", as + "user: boss, database: web_db, role: {superuser: false}", "failed: want not superuser, saw boss on database web_db, PostgreSQL 15.18; boss is superuser"},
		{"Maker", as + "user: maker, database: web_db, role: {createdb: false, createrole: false, replication: false, bypassrls: false, superuser: true}", "failed: want superuser; not createdb; not createrole; not replication; not bypassrls, saw maker on database web_db, PostgreSQL 15.18; maker is not superuser; maker is createdb; maker is createrole; maker is replication; maker is bypassrls"},
		{"Climber", as + "user: climber, database: web_db, role: {superuser: false}", "failed: want not superuser, saw climber on database web_db, PostgreSQL 15.18; climber is superuser"},
		{"MemberOf", as + "user: climber, database: web_db, role: {memberOf: []}", "failed: want member of none, saw climber on database web_db, PostgreSQL 15.18; climber is member of boss"},
		{"OwnsMore", as + "user: owner, database: web_db, role: {owns: [other_db, tls_db]}", "failed: want owner of other_db, tls_db, saw owner on database web_db, PostgreSQL 15.18; owner is owner of closed_db, other_db, tls_db"},
		{"OwnsNothing", as + "user: guest, database: web_db, role: {owns: [web_db]}", "failed: want owner of web_db, saw guest on database web_db, PostgreSQL 15.18; guest is owner of none"},
		{"GrantsElsewhere", as + "user: guest, database: web_db, role: {grantsElsewhere: []}", "failed: want with grants elsewhere on none, saw guest on database web_db, PostgreSQL 15.18; guest is with grants elsewhere on other_db"},
		{"GrantsOfAnOwner", as + "user: heir, database: web_db, role: {owns: [], grantsElsewhere: []}", "failed: want with grants elsewhere on none, saw heir on database web_db, PostgreSQL 15.18; heir is with grants elsewhere on closed_db, other_db, tls_db"},
		{"RoleOfAnother", as + "user: web, database: web_db, role: {name: maker, createdb: true, login: true}", "ok: web on database web_db, PostgreSQL 15"},
		{"NoSuchOther", as + "user: web, database: web_db, role: {name: stranger, login: true}", "failed: want the role stranger, saw web on database web_db, PostgreSQL 15.18; no role stranger"},

		{"Query", as + `user: web, database: web_db, query: "select count(*) from migrations"`, "ok: web on database web_db, PostgreSQL 15.18 (Debian), the query says \"3\""},
		{"Bound", as + `user: web, database: web_db, query: "select name from migrations where id = $1::int or name = $2", args: ["2", "' or 1=1 --"]`, `ok: web on database web_db, PostgreSQL 15.18 (Debian), the query says "two"`},
		{"NoSuchTable", as + `user: web, database: web_db, query: "select * from django_migrations"`, `failed: want an answer to the query, saw web on database web_db, PostgreSQL 15.18; relation "django_migrations" does not exist`},
		{"MayNotRead", as + `user: web, database: web_db, query: "select * from private"`, "error: the query: permission denied for table private"},
		{"Writes", as + `user: web, database: web_db, query: "with x as (insert into migrations values (4) returning 1) select * from x"`, "error: the query would change something: cannot execute"},
		{"TwoStatements", as + `user: web, database: web_db, query: "select 1; drop table migrations"`, "error: the query: cannot insert multiple commands into a prepared statement"},
		{"Syntax", as + `user: web, database: web_db, query: "select from where"`, `error: the query: syntax error at or near "where", at character 13`},
		{"Endless", as + `user: web, database: web_db, query: "select repeat('x', 1000) from migrations a, migrations b, migrations c, migrations d, migrations e, migrations f, migrations g"`, "error: the query says more than 1000 rows or 1048576 bytes"},
		{"HugeRow", as + `user: web, database: web_db, query: "select repeat('x', 1000000000)"`, "error: the query says a row of 1000000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args, at := tt.args, at
			if tt.name == "ExpiredCertificate" {
				at.Now = func() time.Time { return time.Now().Add(100 * aDay) }
			}
			if host := "db.example.org"; strings.HasPrefix(tt.name, "WrongName") {
				_, port, _ := net.SplitHostPort(p.Addr)
				args = fmt.Sprintf(`address: "%s:%s", resolve: "%[1]s:%[2]s:127.0.0.1", %[3]s`, host, port, args)
			} else if !strings.Contains(args, "dsn:") {
				args = "address: \"" + p.Addr + "\", " + args
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, got := localLook(t, postgresKind(Deps{}), at, "{"+args+"}")
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 { // of a row of a gigabyte, too
				t.Errorf("%d MiB allocated", used>>20)
			}
			got = versionOf.ReplaceAllString(got, "PostgreSQL 15.18")
			want := strings.ReplaceAll(strings.ReplaceAll(tt.want, " (Debian)", ""), "$ADDR", p.Addr)
			if !strings.HasPrefix(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			for _, text := range append([]string{r.Want, r.Saw, got, fmt.Sprint(r.Self)}, r.Why...) {
				if strings.Contains(text, testsrv.PostgresPassword) {
					t.Errorf("the password is shown: %s", text)
				}
			}
		})
	}
	if !strings.Contains(strings.Join(*secrets, " "), testsrv.PostgresPassword) {
		t.Error("the redactor does not know the password")
	}
}

func testPostgresSelf(t *testing.T, p *testsrv.Postgres, ca *testsrv.CA) {
	at, _ := postgresSite(t, ca, p)
	r, got := localLook(t, postgresKind(Deps{}), at, `{address: "`+p.Addr+`", passwordEnv: PASSWORD, user: web, database: web_db,
query: "select 1::int2 a, 2.5::numeric b, true c, null d, '{\"x\": [1]}'::json e, '2026-01-02'::date f, 12345678901234567890 g, 'ü' h, 'NaN'::float8 i, '-Infinity'::float8 j, 'NaN'::numeric k"}`)
	self, _ := r.Self.(postgresSelf)
	want := "[1 2.5 true <nil> map[x:[1]] 2026-01-02 1.2345678901234567e+19 ü NaN -Infinity NaN]"
	if _, err := json.Marshal(self); err != nil {
		t.Error(err)
	}
	if fmt.Sprint(self.Rows) != "["+want+"]" || !self.TLS || self.Number < 90000 || self.User != "web" || strings.Join(self.Columns, "") != "abcdefghijk" {
		t.Errorf("%s: %+v", got, self)
	}
}

func testPostgresPgpass(t *testing.T, p *testsrv.Postgres, ca *testsrv.CA) {
	at, _ := postgresSite(t, ca, p)
	host, port, _ := net.SplitHostPort(p.Addr)
	file := filepath.Join(t.TempDir(), "pgpass")
	t.Setenv("PGPASSFILE", file)
	args := `{address: "` + p.Addr + `", pgpass: true, user: web, database: web_db}`
	look := func(mode os.FileMode, text string) string {
		_ = os.Remove(file)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		_, got := localLook(t, postgresKind(Deps{}), at, args)
		return got
	}
	if got := look(0o600, strings.Join([]string{host, port, "*", "web", testsrv.PostgresPassword}, ":")+"\n"); !strings.HasPrefix(got, "ok: web on database web_db") {
		t.Error(got)
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(testsrv.PostgresPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, got := localLook(t, postgresKind(Deps{}), at, `{address: "`+p.Addr+`", passwordFile: "`+password+`", user: web, database: web_db}`); !strings.HasPrefix(got, "ok: web on database web_db") {
		t.Error(got)
	}
	if got := look(0o644, "*:*:*:*:x\n"); !strings.Contains(got, "may be read by others (mode 0644): chmod 600 it") {
		t.Error(got)
	}
	if got := look(0o600, "other:*:*:*:x\n"); !strings.Contains(got, "has no entry for web at "+p.Addr) {
		t.Error(got)
	}
	at.Grant = func(name, host string) error { return fmt.Errorf("%s is not granted for %s", name, host) }
	if got := look(0o600, "*:*:*:*:x\n"); !strings.HasPrefix(got, "denied: the credential pgpass may not go to 127.0.0.1") {
		t.Error(got)
	}
}

// testPostgresEnvironmentIsNotRead shows that libpq's variables give nothing to a plan that was not allowed it.
func testPostgresEnvironmentIsNotRead(t *testing.T, p *testsrv.Postgres, ca *testsrv.CA) {
	at, _ := postgresSite(t, ca, p)
	for name, value := range map[string]string{"PGPASSWORD": testsrv.PostgresPassword, "PGREQUIREAUTH": "none", "PGCHANNELBINDING": "require", "PGUSER": "boss", "PGSSLMODE": "nonsense", "PGHOST": "192.0.2.1", "PGOPTIONS": "-c search_path=x"} {
		t.Setenv(name, value)
	}
	_, got := localLook(t, postgresKind(Deps{}), at, `{address: "`+p.Addr+`", user: web, database: web_db}`)
	if !strings.Contains(got, "the password of web is refused") {
		t.Error(got)
	}
}

func TestPostgresFaultyServers(t *testing.T) {
	at := localSite(t, nil)
	server := func(talk func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { defer c.Close(); talk(c) }()
			}
		}()
		return l.Addr().String()
	}
	for _, tt := range []struct{ name, addr, want string }{
		{"NoTLS", server(func(c net.Conn) { _, _ = c.Write([]byte("N")); _, _ = io.Copy(io.Discard, c) }), "failed: want a connection to $ADDR, saw the server has no TLS"},
		{"Refused", testsrv.ClosedAddr, "failed: want a connection to $ADDR, saw connection refused"},
		{"Mute", server(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), "error: no answer from $ADDR"},
		{"HangsUp", server(func(net.Conn) {}), "failed: want a connection to $ADDR, saw the connection was closed without an answer"},
		{"HTTP", server(func(c net.Conn) {
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_, _ = io.Copy(io.Discard, c)
		}), "failed: want a connection to $ADDR, saw "},
		{"Endless", server(func(c net.Conn) {
			for {
				if _, err := c.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
					return
				}
			}
		}), "error: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sslmode := "require"
			if tt.name == "Endless" {
				sslmode = "disable"
			}
			args, _ := localArgs(t, postgresKind(Deps{}), `{address: "`+tt.addr+`", user: web, sslmode: `+sslmode+`}`)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			r, err := postgresKind(Deps{}).Look(ctx, at, args)
			got := "failed: want " + r.Want + ", saw " + r.Saw
			if err != nil {
				got = "error: " + err.Error()
			}
			if !strings.HasPrefix(got, strings.ReplaceAll(tt.want, "$ADDR", tt.addr)) || r.OK {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestPostgresCheck(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{`{service: databases/db, address: "x:1"}`, "service and address exclude each other"},
		{`{database: x}`, "nothing says which server"},
		{`{service: db}`, `"db" is not namespace/name`},
		{`{address: "postgres://x/y"}`, `"postgres://x/y" is a URL or a path, wanted host:port`},
		{`{address: x, secret: y}`, `"y" is not namespace/name`},
		{`{address: x, passwordEnv: p-1}`, "this is no name of an environment variable"},
		{`{address: x, passwordFile: secrets/db}`, "a credential is no file of the checkout"},
		{`{address: x, passwordFile: /a, passwordEnv: P}`, "the password is given twice: passwordEnv and passwordFile"},
		{`{address: x, secret: a/b, passwordEnv: P}`, "the password is given twice: secret and passwordEnv"},
		{`{dsn: {}}`, "nothing says where the URL is kept"},
		{`{dsn: {env: A, key: B}}`, "the URL is given twice"},
		{`{address: x, ca: y, sslmode: require}`, "with sslmode require no authority is asked for"},
		{`{address: x, query: "drop table x"}`, `a query begins with one of SELECT, VALUES, TABLE, WITH, SHOW, not with "DROP"`},
		{`{address: x, query: "-- a\n /* b */ (select 1)"}`, ""},
		{`{address: x, args: [a]}`, "args without a query"},
	} {
		_, problems := localArgs(t, postgresKind(Deps{}), tt.args)
		var got []string
		for _, p := range problems {
			got = append(got, p.Message)
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s: %q", tt.args, got)
		}
	}
}

// secretsOnly is a cluster with Secrets.
type secretsOnly struct {
	Cluster
	values map[string]map[string]string
}

func (s secretsOnly) Read(_ context.Context, _ string, q Query) (Seen, error) {
	seen := Seen{Namespaced: true, Namespace: q.Namespace}
	data := map[string]any{}
	for k, v := range s.values[q.Namespace+"/"+q.Name] {
		data[k] = base64.StdEncoding.EncodeToString([]byte(v))
	}
	if len(data) > 0 {
		seen.Objects = []Object{{"kind": "Secret", "type": "kubernetes.io/basic-auth", "metadata": map[string]any{"name": q.Name}, "data": data}}
	}
	return seen, nil
}

func testPostgresSecret(t *testing.T, p *testsrv.Postgres, ca *testsrv.CA) {
	at, _ := postgresSite(t, ca, p)
	d := Deps{Cluster: secretsOnly{values: map[string]map[string]string{
		"web/web-db":  {"username": "web", "password": testsrv.PostgresPassword},
		"web/half":    {"username": "web"},
		"web/web-env": {"DATABASE_URL": "postgres://web:" + url.QueryEscape(testsrv.PostgresPassword) + "@elsewhere/web_db"},
	}}}
	for _, tt := range []struct{ args, want string }{
		{"secret: web/web-db, database: web_db", "ok: web on database web_db, PostgreSQL 15"},
		{"secret: web/half, database: web_db", "failed: want password in `Secret/half` in web, saw `Secret/half` in web has no key password: it has username"},
		{"secret: web/none, database: web_db", "failed: want username in `Secret/none` in web, saw there is no `Secret/none` in web"},
		{"dsn: {secret: web/web-env, key: DATABASE_URL}", "ok: web on database web_db, PostgreSQL 15"},
	} {
		if _, got := localLook(t, postgresKind(d), at, `{address: "`+p.Addr+`", `+tt.args+"}"); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s", tt.args, got)
		}
	}
	at.Grant = func(name, host string) error { return fmt.Errorf("%s is not granted for %s", name, host) }
	for _, args := range []string{"secret: web/web-db", "dsn: {secret: web/web-env, key: DATABASE_URL}"} {
		if _, got := localLook(t, postgresKind(d), at, `{address: "`+p.Addr+`", `+args+"}"); !strings.HasPrefix(got, "denied: the credential web/web-") {
			t.Errorf("%s: %s", args, got)
		}
	}
}

// BenchmarkPostgres looks 200 times, 16 at a time, as a run does with one host.
func BenchmarkPostgres(b *testing.B) {
	p, ca := startPostgres(b)
	at, _ := postgresSite(b, ca, p)
	args, _ := localArgs(b, postgresKind(Deps{}), `{address: "`+p.Addr+`", passwordEnv: PASSWORD, user: web, database: web_db, query: "select count(*) from migrations"}`)
	at.Secret = func(string) {}
	kind := postgresKind(Deps{})
	for b.Loop() {
		slots := make(chan struct{}, 16)
		for range 200 {
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				if r, err := kind.Look(b.Context(), at, args); err != nil || !r.OK {
					b.Error(r.Saw, err)
				}
			}()
		}
		for range 16 {
			slots <- struct{}{}
		}
	}
}

var versionOf = regexp.MustCompile(`PostgreSQL \d+(\.\d+)?`)
