package steps

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// testPostgresPooler looks through a PgBouncer that keeps sessions for single transactions and calls a database by
// another name: what is seen is the server's, a refusal is a finding, and the pooler's own session is left whole.
func testPostgresPooler(t *testing.T, p *testsrv.Postgres, ca *testsrv.CA) {
	bouncer, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("no PgBouncer is installed: apt-get install pgbouncer")
	}
	log, addr, err := p.Pool(t.Context(), bouncer)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := postgresSite(t, ca, p)
	for _, tt := range []struct{ args, want string }{
		{"passwordEnv: PASSWORD, user: web, database: pooled", "ok: web on database web_db, PostgreSQL 15"},
		{`passwordEnv: PASSWORD, user: web, database: pooled, role: {owns: [web_db]}, query: "select count(*) from migrations"`, "ok: web on database web_db, PostgreSQL 15"},
		{"passwordEnv: WRONG, user: web, database: pooled", "failed: want a connection of web to database pooled, saw "},
		{"passwordEnv: PASSWORD, user: web, database: elsewhere", "failed: want a connection of web to database elsewhere, saw "},
	} {
		if _, got := localLook(t, postgresKind(Deps{}), at, `{address: "`+addr+`", `+tt.args+`}`); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s", tt.args, got)
		}
	}
	text, err := os.ReadFile(log)
	if err != nil || strings.Contains(string(text), "unclean server") || strings.Contains(string(text), "not ready") {
		t.Errorf("%v: %s", err, text)
	}
}
