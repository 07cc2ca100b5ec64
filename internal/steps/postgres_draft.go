package steps

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

var environmentName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`) })

// postgresAimed takes a target for a Service, for the environment's name of a URL, or for an address.
func postgresAimed(target string) check.Field {
	switch {
	case strings.Contains(target, "/") && !strings.Contains(target, "://"):
		return check.Field{Key: "service", Value: target}
	case environmentName().MatchString(target):
		return check.Field{Key: "dsn", Value: map[string]any{"env": target}}
	}
	return check.Field{Key: "address", Value: target}
}

// draft expects what the role is, what it is a member of and what it owns, and which major version the server has. What a
// query says is the author's to weigh: it may change by itself, and may be a secret.
func (k postgres) draft(ctx context.Context, at check.Site, _ string, a postgresArgs) (check.Draft, error) {
	var d check.Draft
	look := a
	if a.Role == nil {
		look.Role = &postgresRole{}
	}
	r, err := k.look(ctx, at, look)
	if err != nil {
		return d, err
	}
	if !r.OK {
		return d, unfit(r.Saw + " (wanted " + r.Want + ")")
	}
	self := r.Self.(postgresSelf)
	if a.Database == "" && a.DSN == nil && isShown(self.Database) {
		d.Add("database", self.Database)
	}
	if a.Role == nil {
		d.Add("role", draftedRole(&d, self.Role))
	}
	if self.Number > 0 {
		d.Assert = append(d.Assert, fmt.Sprintf("self.number / 10000 == %d", self.Number/10000))
	}
	if a.SSLMode == "" {
		if self.TLS {
			d.Notes = append(d.Notes, "the connection is encrypted, and whose the server is was not verified: sslmode=verify-full does")
		} else {
			d.Notes = append(d.Notes, "the connection is not encrypted")
		}
	}
	if a.Query != "" {
		d.Notes = append(d.Notes, "what the query says is not expected: write an assert about self.rows for what lasts of it")
	}
	return d, nil
}

// draftedRole is what a role is and has, as a step expects it.
func draftedRole(d *check.Draft, seen postgresRoleSelf) map[string]any {
	out := map[string]any{
		"superuser": seen.Superuser, "createdb": seen.CreateDB, "createrole": seen.CreateRole,
		"replication": seen.Replication, "bypassrls": seen.BypassRLS,
	}
	for _, of := range []struct {
		key  string
		what []string
	}{{"memberOf", seen.MemberOf}, {"owns", seen.Owns}, {"grantsElsewhere", seen.GrantsElsewhere}} {
		if len(of.what) > 0 && !shownList(of.what) {
			d.Notes = append(d.Notes, of.key+" is not expected: the names are too many or too long")
			continue
		}
		out[of.key] = anyList(of.what)
	}
	return out
}
