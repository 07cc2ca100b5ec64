package steps

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// testPostgresMemberships runs the queries of roles over memberships as PostgreSQL 16 keeps them: a role is what it can
// become, and has the rights that it inherits or can take.
func testPostgresMemberships(t *testing.T, p *testsrv.Postgres, _ *testsrv.CA) {
	conn, err := pgconn.Connect(t.Context(), "postgres://boss:"+url.QueryEscape(testsrv.PostgresPassword)+"@"+p.Addr+"/web_db?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	ask := func(sql string, args ...[]byte) (out []string) {
		r := conn.ExecParams(t.Context(), sql, args, nil, nil, nil).Read()
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		for _, row := range r.Rows {
			var cells []string
			for _, c := range row {
				cells = append(cells, string(c))
			}
			out = append(out, strings.Join(cells[:min(len(cells), 3)], " "))
		}
		return out
	}
	for _, tt := range []struct{ name, admin, inherit, set, roles, databases string }{
		{"plain", "false", "true", "true", "t guest t, f owner t", "closed_db f, other_db f, tls_db f"},
		{"inherits only", "false", "true", "false", "t guest t, f owner f", "closed_db f, other_db f, tls_db f"},
		{"becomes only", "false", "false", "true", "t guest t, f owner t", "closed_db f, other_db f, tls_db f"},
		{"administers", "true", "false", "false", "t guest t, f owner t", "closed_db f, other_db f, tls_db f"},
		{"nothing", "false", "false", "false", "t guest t, f owner f", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ask("drop table if exists members16")
			ask(fmt.Sprintf(`create temporary table members16 as select
				(select oid from pg_roles where rolname = 'guest') as member, (select oid from pg_roles where rolname = 'owner') as roleid,
				%s as admin_option, %s as inherit_option, %s as set_option`, tt.admin, tt.inherit, tt.set))
			over := func(sql string) string { return strings.ReplaceAll(sql, "pg_catalog.pg_auth_members", "members16") }
			if got := strings.Join(ask(over(postgresRoleQuery), []byte("guest")), ", "); got != tt.roles {
				t.Errorf("roles: got %q, want %q", got, tt.roles)
			}
			if got := strings.Join(ask(over(postgresOwnsQuery), []byte("guest")), ", "); got != tt.databases {
				t.Errorf("databases: got %q, want %q", got, tt.databases)
			}
		})
	}
}
