package steps

import (
	"context"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// postgresArgs are the fields of a postgres step.
type postgresArgs struct {
	Service string       `yaml:"service" doc:"the Service before the server, as namespace/name or namespace/name:port; reached through port-forward, or from inside by its name"`
	Address string       `yaml:"address" doc:"the server, as host:port, or a host alone for port 5432"`
	DSN     *postgresDSN `yaml:"dsn" doc:"where a URL is kept, such as DATABASE_URL; beside service it says as whom, and to which database"`

	Database     string `yaml:"database" doc:"the database; else that of dsn, else the one named like the user"`
	User         string `yaml:"user" doc:"the user; else that of dsn or secret"`
	Secret       string `yaml:"secret" doc:"the Secret with the keys username and password, as namespace/name"`
	PasswordEnv  string `yaml:"passwordEnv" doc:"the environment variable with the password"`
	PasswordFile string `yaml:"passwordFile" doc:"the file with the password, such as /run/secrets/web; granted by its path"`
	Pgpass       bool   `yaml:"pgpass" doc:"take the password from your password file, PGPASSFILE or ~/.pgpass; its grant is called pgpass"`
	SSLMode      string `yaml:"sslmode" enum:"disable|prefer|require|verify-ca|verify-full" doc:"as libpq's: whether the connection is encrypted, and what is verified of the server; unwritten: that of dsn, else prefer, which here never sends a password in clear"`
	netReach

	Role  *postgresRole `yaml:"role" doc:"what a role must and must not be allowed to"`
	Query check.Code    `yaml:"query" doc:"one statement that reads, in a transaction that can only read: SELECT, VALUES, TABLE, WITH, SHOW; for assert: self.rows"`
	Args  []string      `yaml:"args" doc:"the values of $1, $2 and so on"`
}

// postgresDSN is where a URL is kept.
type postgresDSN struct {
	Env    string `yaml:"env" doc:"the environment variable with the URL"`
	Secret string `yaml:"secret" doc:"the Secret with the URL, as namespace/name"`
	Key    string `yaml:"key" doc:"its key in the Secret"`
}

// postgresRole is what is expected of a role. What is not written is not looked at.
type postgresRole struct {
	Name            string    `yaml:"name" doc:"the role; else the one that is connected"`
	Superuser       *bool     `yaml:"superuser" doc:"is a superuser, by itself or by a role that it can become"`
	CreateDB        *bool     `yaml:"createdb" doc:"may create databases, likewise"`
	CreateRole      *bool     `yaml:"createrole" doc:"may create roles, likewise"`
	Replication     *bool     `yaml:"replication" doc:"may replicate, likewise"`
	BypassRLS       *bool     `yaml:"bypassrls" doc:"passes by row-level security, likewise"`
	Login           *bool     `yaml:"login" doc:"may log in"`
	MemberOf        *[]string `yaml:"memberOf" doc:"exactly the roles that it is a member of, directly or through others"`
	Owns            *[]string `yaml:"owns" doc:"exactly the databases that it owns"`
	GrantsElsewhere *[]string `yaml:"grantsElsewhere" doc:"exactly the databases beside this one and its own that it, or a role that it is a member of, was granted something on; what everybody may do (PUBLIC) aside"`
}

// postgresSelf is what a postgres step saw.
type postgresSelf struct {
	Version  string           `json:"version" doc:"such as 16.13"`
	Number   int              `json:"number" doc:"the version as a number, such as 160013"`
	User     string           `json:"user" doc:"as whom it is connected"`
	Database string           `json:"database" doc:"to which database"`
	TLS      bool             `json:"tls" doc:"the connection is encrypted"`
	Role     postgresRoleSelf `json:"role" doc:"the role that was looked at; empty where none was"`
	Columns  []string         `json:"columns" doc:"the names of the query's columns"`
	Rows     [][]any          `json:"rows" doc:"booleans, whole and broken numbers, JSON and null as such, all else as text"`
}

// postgresRoleSelf is what a role is and has.
type postgresRoleSelf struct {
	Name            string   `json:"name" doc:"of the role"`
	Superuser       bool     `json:"superuser" doc:"is a superuser, by itself or by a role that it can become"`
	CreateDB        bool     `json:"createdb" doc:"may create databases, likewise"`
	CreateRole      bool     `json:"createrole" doc:"may create roles, likewise"`
	Replication     bool     `json:"replication" doc:"may replicate, likewise"`
	BypassRLS       bool     `json:"bypassrls" doc:"passes by row-level security, likewise"`
	Login           bool     `json:"login" doc:"may log in"`
	MemberOf        []string `json:"memberOf" doc:"the roles that it is a member of, directly or through others"`
	Owns            []string `json:"owns" doc:"the databases that it owns"`
	GrantsElsewhere []string `json:"grantsElsewhere" doc:"the databases beside this one and its own that it, or a role that it is a member of, was granted something on"`
}

// postgres looks at databases. That a connection can be made is what is proven: looks that go on beside each other hand
// theirs on, for seconds, and never over a step that may have changed something.
//
// What it makes of trouble: a server that refuses the connection, the password, the user, the database or TLS was seen
// to do so, and fails, and so does a query of what is not there. A server that starts up, ends or is full is looked at
// again while the step's time allows. No answer, a name that does not resolve, and what the role may not read are unknown.
type postgres struct {
	cluster Cluster
	forward Forwarder
	pool    *postgresPool
}

func postgresKind(d Deps) check.Kind {
	return postgres{d.Cluster, d.Forwarder, &postgresPool{}}.kind()
}

func (k postgres) kind() check.Kind {
	return check.Define(check.Spec[postgresArgs]{
		Name: "postgres",
		Doc:  "Connect to a PostgreSQL database, and look at what a role may do and what a query says.",
		Example: `postgres: {service: databases/apps-pg-rw, database: web_db, secret: web/web-db, role: {superuser: false, createdb: false, owns: [web_db]}, query: "select count(*) from django_migrations"}
assert: self.rows[0][0] > 0
record: {server: self.version}`,
		Self:   postgresSelf{},
		Could:  []check.Capability{check.ClusterRead, check.ReadsFiles, check.ReadsSecrets},
		CapsOf: postgresArgs.caps,
		Check:  postgresArgs.check,
		Target: postgresArgs.target,
		Host: func(a postgresArgs) string {
			if a.Address == "" {
				return a.Service
			}
			return hostOf(a.Address)
		},
		Rules:  postgresArgs.rules,
		Inside: true,
		Look:   k.look,
		Draft:  k.draft,
		Aim:    "host:port, namespace/name of a Service, or the NAME of the environment that has the URL",
		Aimed:  postgresAimed,
	})
}

func (a postgresArgs) caps() []check.Capability {
	caps := []check.Capability{check.Network}
	if a.Service != "" || a.Secret != "" || a.DSN != nil && a.DSN.Secret != "" {
		caps = append(caps, check.ClusterRead)
	}
	if a.Secret != "" || a.PasswordEnv != "" || a.PasswordFile != "" || a.Pgpass || a.DSN != nil {
		caps = append(caps, check.ReadsSecrets)
	}
	if a.CA != "" {
		caps = append(caps, check.ReadsFiles)
	}
	return caps
}

// target is where and which database, in a few words.
func (a postgresArgs) target() string {
	where := a.Service
	switch {
	case where == "" && a.Address != "":
		where = a.Address
	case where == "" && a.DSN != nil && a.DSN.Env != "":
		where = a.DSN.Env
	case where == "" && a.DSN != nil:
		where = a.DSN.Key + " of Secret/" + a.DSN.Secret
	}
	return strings.TrimSpace(a.Database + " " + strings.TrimPrefix("at "+where, "at  "))
}

// rules are the rights that a look uses: those of port-forward, and those to read the Secrets.
func (a postgresArgs) rules() []check.Rule {
	var out []check.Rule
	if s, err := parseServiceRef(a.Service); a.Service != "" && err == nil {
		out = append(out, s.rules()...)
	}
	out = append(out, secretRules(a.Secret)...)
	if a.DSN != nil {
		out = append(out, secretRules(a.DSN.Secret)...)
	}
	return out
}

func (k postgres) look(ctx context.Context, at check.Site, a postgresArgs) (check.Result, error) {
	v := &postgresVisit{postgres: k, at: at, a: a}
	v.self.Columns, v.self.Rows = []string{}, [][]any{}
	v.self.Role.MemberOf, v.self.Role.Owns, v.self.Role.GrantsElsewhere = []string{}, []string{}, []string{}
	if err := v.where(ctx); err != nil {
		return v.result(err)
	}
	shape := v.shape()
	k.pool.begin(shape)
	defer k.pool.end(shape)
	conn, err := v.connect(ctx, shape)
	if err != nil {
		return v.result(err)
	}
	defer k.pool.put(shape, conn)
	for _, do := range []func(context.Context, *pgConn) error{v.role, v.query} {
		if err := do(ctx, conn.pgConn); err != nil {
			return v.result(err)
		}
	}
	return v.result(nil)
}
