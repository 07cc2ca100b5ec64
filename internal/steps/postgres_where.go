package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgpassfile"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

// postgresVisit is one look at a database on its way.
type postgresVisit struct {
	postgres
	at check.Site
	a  postgresArgs

	host, port     string // of the server, as its certificate and the password file know it
	service        *ServiceRef
	user, database string
	password       string
	sslmode        string
	pem            []byte // of the authority

	self     postgresSelf
	answered bool // the query is
	ms       []Mismatch
	why      []string
}

// postgresFault is something that was seen to be wrong, and ends a look.
type postgresFault struct{ want, saw, why string }

func (f *postgresFault) Error() string { return f.saw }

// where finds out which server is meant, as whom and with what credential. It connects to nothing but the API server.
func (v *postgresVisit) where(ctx context.Context) error {
	a := v.a
	v.user, v.database, v.sslmode = a.User, a.Database, a.SSLMode
	if a.DSN != nil {
		if err := v.dsn(ctx, *a.DSN); err != nil {
			return err
		}
	}
	switch {
	case a.Service != "":
		s, err := parseServiceRef(a.Service)
		if err != nil {
			return err
		}
		v.service, v.host, v.port = &s, s.host(), cmp.Or(s.Port, "5432")
	case a.Address != "":
		host, port, err := splitAddress(a.Address, "5432")
		if err != nil {
			return err
		}
		v.host, v.port = host, port
	}
	if v.host == "" {
		return errors.New("nothing says which server: no service, no address, and a URL without a host")
	}
	if err := v.credentials(ctx); err != nil {
		return err
	}
	if v.user == "" {
		return errors.New("nothing says which user: no user, and none in dsn or secret")
	}
	v.database, v.sslmode = cmp.Or(v.database, v.user), cmp.Or(v.sslmode, "prefer")
	if v.sslmode == "prefer" && a.CA != "" {
		v.sslmode = "verify-full"
	}
	var err error
	v.pem, err = a.readCA(v.at)
	return err
}

// dsn reads the URL that the step names.
func (v *postgresVisit) dsn(ctx context.Context, from postgresDSN) error {
	text, what, err := v.url(ctx, from)
	if err != nil {
		return err
	}
	d, wrong := readDSN(text)
	nameSecret(v.at, d.raw)
	nameSecret(v.at, d.password)
	switch {
	case wrong != "":
		return &postgresFault{want: what + " a URL of a database", saw: what + ": " + wrong}
	case d.Scheme != "postgres":
		return &postgresFault{want: what + " a URL of a PostgreSQL database", saw: fmt.Sprintf("%s: its scheme is %s", what, d.Scheme)}
	case strings.Contains(d.Host, ","):
		return fmt.Errorf("%s names several servers: say which one by service or address", what)
	}
	v.host, v.port = d.Host, strconv.Itoa(cmp.Or(d.Port, 5432))
	v.user, v.database, v.password = cmp.Or(v.user, d.User), cmp.Or(v.database, d.Database), d.password
	v.sslmode = cmp.Or(v.sslmode, d.sslmode())
	if v.a.Service == "" && v.a.Address == "" && v.password != "" {
		return v.granted(credentialName(from.Env, from.Secret), d.Host)
	}
	return v.dsnGranted(from)
}

// dsnGranted asks whether the password of the URL may go to where the step itself says.
func (v *postgresVisit) dsnGranted(from postgresDSN) error {
	host, _, err := splitAddress(v.a.Address, "5432")
	if v.a.Address == "" || v.password == "" || err != nil {
		return nil
	}
	return v.granted(credentialName(from.Env, from.Secret), host)
}

func credentialName(env, secret string) string { return cmp.Or(env, secret) }

// url returns the text of the URL, and what it is called.
func (v *postgresVisit) url(ctx context.Context, from postgresDSN) (text, what string, err error) {
	if from.Env != "" {
		if v.at.Env == nil {
			return "", "", fmt.Errorf("the environment variable %s cannot be read", from.Env)
		}
		value, ok := v.at.Env(from.Env)
		if !ok || value == "" {
			return "", "", fmt.Errorf("the environment variable %s is not set, or policy does not let it be read", from.Env)
		}
		nameSecret(v.at, value)
		return value, from.Env, nil
	}
	value, err := v.secret(ctx, from.Secret, from.Key)
	return value, from.Key + " of " + secretTitle(from.Secret), err
}

// secretTitle is what findings call a Secret that is written namespace/name.
func secretTitle(s string) string {
	namespace, name, _ := strings.Cut(s, "/")
	return code("Secret/"+name) + " in " + namespace
}

// secret returns the value of a key of a Secret; that it has none is a fault that was seen.
func (v *postgresVisit) secret(ctx context.Context, of, key string) (string, error) {
	ref, err := parseSecretRef(of)
	if err != nil {
		return "", err
	}
	if v.cluster == nil {
		return "", errNoCluster
	}
	o, err := secrets{v.cluster}.open(ctx, v.at, ref)
	if err != nil {
		return "", err
	}
	if lack := o.lack(key); lack != "" {
		return "", &postgresFault{want: fmt.Sprintf("%s in %s", key, o), saw: lack}
	}
	return o.values[key], nil
}

// credentials finds the password, and asks whether it may go to the server.
// What goes to a Service goes to the cluster that the step is about, and needs no grant.
func (v *postgresVisit) credentials(ctx context.Context) error {
	a := v.a
	switch {
	case a.Secret != "":
		user, err := v.secret(ctx, a.Secret, "username")
		if err != nil {
			return err
		}
		if v.password, err = v.secret(ctx, a.Secret, "password"); err != nil {
			return err
		}
		v.user = cmp.Or(a.User, user)
		return v.granted(a.Secret, v.host)
	case a.PasswordEnv != "" || a.PasswordFile != "":
		places := []string{v.host}
		if v.service != nil {
			places[0] = v.service.host()
		}
		var err error
		v.password, err = credential(v.at, a.PasswordEnv, a.PasswordFile, places)
		return err
	case a.Pgpass:
		return v.pgpass()
	}
	return nil
}

// granted asks policy whether a credential may go to a host.
func (v *postgresVisit) granted(name, host string) error {
	if v.service != nil {
		return nil
	}
	places := []string{host}
	for _, r := range v.a.Resolve {
		_, addrs, err := parseResolve(r)
		if err != nil {
			return err
		}
		for _, addr := range addrs {
			h, _, _ := net.SplitHostPort(addr)
			places = append(places, h)
		}
	}
	return granted(v.at, name, places...)
}

// maxPgpass bounds the password file.
const maxPgpass = 1 << 20

// pgpass finds the password in the user's password file,
// https://www.postgresql.org/docs/current/libpq-pgpass.html
func (v *postgresVisit) pgpass() error {
	if err := granted(v.at, "pgpass", v.host); err != nil {
		return err
	}
	path := os.Getenv("PGPASSFILE")
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("find your password file: %w", err)
		}
		path = filepath.Join(home, ".pgpass")
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("read your password file %s: %w", path, withoutPath(err))
	case !info.Mode().IsRegular() || info.Size() > maxPgpass:
		return fmt.Errorf("your password file %s is no file, or has more than %d bytes", path, maxPgpass)
	}
	if err := disk.Private(path); err != nil {
		return fmt.Errorf("your password file %s: %w", path, err)
	}
	file, err := pgpassfile.ReadPassfile(path)
	if err != nil {
		return fmt.Errorf("read your password file %s: %w", path, withoutPath(err))
	}
	for _, e := range file.Entries {
		nameSecret(v.at, e.Password)
	}
	v.password = file.FindPassword(v.host, v.port, cmp.Or(v.database, v.user), v.user)
	if v.password == "" {
		return fmt.Errorf("your password file %s has no entry for %s at %s:%s", path, v.user, v.host, v.port)
	}
	return nil
}

// place says where the server is, for people.
func (v *postgresVisit) place() string {
	if v.service != nil {
		return v.service.String()
	}
	return net.JoinHostPort(v.host, v.port)
}
