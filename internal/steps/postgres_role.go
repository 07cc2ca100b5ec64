package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresMembers begins the queries of a role: members is who has what of whom, up are the roles that $1 is a member
// of, directly or through others, each as often as there are ways of being one.
//
// Since PostgreSQL 16 a membership says itself what it is good for: SET to become the role, INHERIT to have its rights,
// ADMIN to give oneself both. Before, each was good for SET; INHERIT was the member's, who could help himself with SET.
// https://www.postgresql.org/docs/current/role-membership.html
const postgresMembers = `
with recursive members as (
  select m.member, m.roleid,
    m.admin_option or coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) as becomes,
    m.admin_option or coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) or (to_jsonb(m) ->> 'inherit_option')::boolean as has
  from pg_catalog.pg_auth_members m),
me as (select oid from pg_catalog.pg_roles where rolname = $1),
up as (
  select oid as roleid, true as becomes, true as has from me
  union select m.roleid, up.becomes and m.becomes, up.has and m.has from members m join up on m.member = up.roleid)
`

// postgresRoleQuery says what one role is, and what those are that it is a member of, and whether it can become them.
const postgresRoleQuery = postgresMembers + `
select rolname = $1, rolname, (select bool_or(becomes) from up where roleid = oid),
  rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin
from pg_catalog.pg_roles where oid in (select roleid from up)
order by rolname = $1 desc, rolname`

// postgresOwnsQuery says which databases a role owns, and on which others it, or a role that it is a member of, has a
// grant or an owner's rights: the grantee 0 is PUBLIC, and a database without a list of grants has the usual ones,
// https://www.postgresql.org/docs/current/ddl-priv.html
const postgresOwnsQuery = postgresMembers + `
select d.datname, d.datdba = (select oid from me) from pg_catalog.pg_database d
where d.datdba = (select oid from me)
or d.datname <> current_database() and exists (
  select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) g where g.grantee in (select roleid from up where has))
order by d.datname`

// role looks at what the step expects of a role.
func (v *postgresVisit) role(ctx context.Context, conn *pgConn) error {
	want := v.a.Role
	if want == nil {
		return nil
	}
	name := want.Name
	if name == "" {
		name = v.self.User
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
		if row[2] != "t" {
			continue // it has rights of it, and cannot become it
		}
		for i, a := range attributes {
			if row[i+3] != "t" || a.name == "login" && row[0] != "t" {
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
func (v *postgresVisit) read(ctx context.Context, conn *pgConn, sql string, args ...string) (out [][]string, err error) {
	err = v.each(ctx, conn, sql, args, func(_ []pgconn.FieldDescription, values [][]byte) {
		row := make([]string, len(values))
		for i, value := range values {
			row[i] = string(value)
		}
		out = append(out, row)
	})
	return out, err
}
