package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// postgresRoleQuery says what one role is. What it can become counts: a member of a role can take its attributes by
// SET ROLE, https://www.postgresql.org/docs/current/role-membership.html
const postgresRoleQuery = `
with recursive me as (select oid from pg_catalog.pg_roles where rolname = $1),
up as (
  select m.roleid from pg_catalog.pg_auth_members m, me where m.member = me.oid
  union select m.roleid from pg_catalog.pg_auth_members m join up on m.member = up.roleid)
select rolname = $1, rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin
from pg_catalog.pg_roles where rolname = $1 or oid in (select roleid from up)
order by rolname = $1 desc, rolname`

// postgresOwnsQuery says which databases a role owns, and on which others it, or a role that it is a member of, has a
// grant of its own: the grantee 0 is PUBLIC, https://www.postgresql.org/docs/current/ddl-priv.html
const postgresOwnsQuery = `
with recursive me as (select oid from pg_catalog.pg_roles where rolname = $1),
all_of_me as (select oid from me union select m.roleid from pg_catalog.pg_auth_members m join all_of_me a on m.member = a.oid)
select d.datname, d.datdba = (select oid from me) from pg_catalog.pg_database d
where d.datdba = (select oid from me)
or d.datname <> current_database() and exists (select from aclexplode(d.datacl) g where g.grantee in (select oid from all_of_me))
order by d.datname`

// role looks at what the step expects of a role.
func (v *postgresVisit) role(ctx context.Context, conn *pgConn) error {
	want := v.a.Role
	if want == nil {
		return nil
	}
	name := want.Name
	if name == "" {
		name = v.user
	}
	rows, err := v.read(ctx, conn, postgresRoleQuery, name)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return &postgresFault{want: "the role " + name, saw: "no role " + name}
	}
	r := &v.self.Role
	r.Name = name
	attributes := []struct {
		name string
		want *bool
		has  *bool
	}{
		{"superuser", want.Superuser, &r.Superuser},
		{"createdb", want.CreateDB, &r.CreateDB},
		{"createrole", want.CreateRole, &r.CreateRole},
		{"replication", want.Replication, &r.Replication},
		{"bypassrls", want.BypassRLS, &r.BypassRLS},
		{"login", want.Login, &r.Login},
	}
	for _, row := range rows {
		if row[0] != "t" {
			r.MemberOf = append(r.MemberOf, row[1])
		}
		for i, a := range attributes {
			if row[i+2] != "t" || a.name == "login" && row[0] != "t" {
				continue
			}
			if *a.has = true; a.want != nil && !*a.want && row[0] != "t" {
				v.why = append(v.why, fmt.Sprintf("%s is a member of %s, which is %s", name, row[1], a.name))
			}
		}
	}
	for _, a := range attributes {
		if a.want != nil && *a.want != *a.has {
			v.miss(not(*a.want)+a.name, name+" is "+not(*a.has)+a.name)
		}
	}
	if rows, err = v.read(ctx, conn, postgresOwnsQuery, name); err != nil {
		return err
	}
	for _, row := range rows {
		if row[1] == "t" {
			r.Owns = append(r.Owns, row[0])
		} else {
			r.GrantsElsewhere = append(r.GrantsElsewhere, row[0])
		}
	}
	v.exactly("member of", want.MemberOf, r.MemberOf)
	v.exactly("owner of", want.Owns, r.Owns)
	v.exactly("with grants elsewhere on", want.GrantsElsewhere, r.GrantsElsewhere)
	return nil
}

func not(b bool) string {
	if b {
		return ""
	}
	return "not "
}

func (v *postgresVisit) miss(want, saw string) { v.ms = append(v.ms, Mismatch{want, saw}) }

// exactly compares two sets of names.
func (v *postgresVisit) exactly(what string, want *[]string, have []string) {
	if want == nil {
		return
	}
	wanted := slices.Sorted(slices.Values(*want))
	if !slices.Equal(slices.Compact(wanted), slices.Sorted(slices.Values(have))) {
		v.miss(what+" "+orNone(wanted), v.self.Role.Name+" is "+what+" "+orNone(have))
	}
}

// read returns the rows of a query of ours, as text.
func (v *postgresVisit) read(ctx context.Context, conn *pgConn, sql string, args ...string) ([][]string, error) {
	values := make([][]byte, len(args))
	for i, a := range args {
		values[i] = []byte(a)
	}
	result := conn.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, v.queryFault(ctx, result.Err)
	}
	out := make([][]string, 0, len(result.Rows))
	for _, row := range result.Rows {
		texts := make([]string, len(row))
		for i, value := range row {
			texts[i] = strings.Clone(string(value))
		}
		out = append(out, texts)
	}
	return out, nil
}
