package steps

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

type pgConn = pgconn.PgConn

// How much a server may say: in one message, and so in one row, and in all.
const (
	maxMessage = 4 << 20
	maxTalk    = 32 << 20
)

// connect returns a connection within a transaction that can only read: one that another look has left, or a new one.
func (v *postgresVisit) connect(ctx context.Context, shape string) (*postgresConn, error) {
	for c := v.pool.take(shape); c != nil; c = v.pool.take(shape) {
		if time.Since(c.made) <= maxLogin && v.greet(ctx, c) == nil {
			return c, nil
		}
		c.close()
	}
	c, err := v.login(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.greet(ctx, c); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// greet notes what the server is, and begins.
func (v *postgresVisit) greet(ctx context.Context, c *postgresConn) error {
	_, v.self.TLS = c.Conn().(*tls.Conn)
	v.self.Version, _, _ = strings.Cut(c.ParameterStatus("server_version"), " ")
	return v.begin(ctx, c.pgConn)
}

func (v *postgresVisit) login(ctx context.Context) (*postgresConn, error) {
	cfg, err := v.config()
	if err != nil {
		return nil, err
	}
	c := &postgresConn{made: time.Now()}
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c.bound = &boundedConn{Conn: conn, left: maxTalk}
		return c.bound, nil
	}
	if c.pgConn, err = pgconn.ConnectConfig(ctx, cfg); err != nil {
		return nil, v.refused(ctx, err)
	}
	return c, nil
}

// config says how to connect. Nothing comes from the environment: what it may give the plan is policy's to say.
func (v *postgresVisit) config() (*pgconn.Config, error) {
	cfg, err := pgconn.ParseConfig("host=localhost port=5432 user=x password=x dbname=x sslmode=disable sslnegotiation=postgres target_session_attrs=any passfile='' connect_timeout=0 min_protocol_version=3.0 max_protocol_version=3.0 channel_binding=prefer require_auth=''")
	if err != nil {
		return nil, fmt.Errorf("the environment's settings for PostgreSQL (PGSERVICE and others) cannot be read: unset them: %w", err)
	}
	port, err := v.portNumber()
	if err != nil {
		return nil, err
	}
	cfg.Host, cfg.Port, cfg.User, cfg.Password, cfg.Database = v.host, port, v.user, v.password, v.database
	cfg.RuntimeParams = map[string]string{"application_name": "wpctl", "client_encoding": "UTF8"}
	cfg.MaxProtocolMessageBodyLen, cfg.KerberosSrvName, cfg.KerberosSpn = maxMessage, "", ""
	cfg.ConnectTimeout, cfg.Fallbacks = 0, nil
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // whoever dials resolves
	if cfg.DialFunc, err = v.dialer(); err != nil {
		return nil, err
	}
	if cfg.TLSConfig, err = v.tls(); err != nil {
		return nil, err
	}
	if v.sslmode == "prefer" {
		cfg.Fallbacks = []*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port}}
		if v.service == nil && v.at.Dial == nil {
			cfg.RequireAuth = "!password" // whoever sits between could ask for it in clear
		}
	}
	return cfg, nil
}

// errTalks is the error of a server that says more than a look can need.
var errTalks = &check.Lasting{Err: fmt.Errorf("the server says more than %d MiB", maxTalk>>20)}

// boundedConn is a connection on which only so much may come.
type boundedConn struct {
	net.Conn
	left int
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTalks
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// portNumber is the port where it has a number: that of a Service may have a name.
func (v *postgresVisit) portNumber() (uint16, error) {
	n, err := strconv.ParseUint(v.port, 10, 16)
	if err != nil && v.service != nil && v.at.Dial == nil {
		return 5432, nil
	}
	if err != nil {
		return 0, fmt.Errorf("the port %q has no number: from inside, a Service is reached by the number of its port", v.port)
	}
	return uint16(n), nil
}

// dialer connects from where the step looks: from inside a cluster, through port-forward, or from this machine.
func (v *postgresVisit) dialer() (pgconn.DialFunc, error) {
	switch {
	case v.at.Dial != nil:
		return pgconn.DialFunc(v.at.Dial), nil
	case v.service != nil && v.forward == nil:
		return nil, errNoCluster
	case v.service != nil:
		return func(ctx context.Context, _, _ string) (net.Conn, error) {
			return v.forward.Forward(ctx, v.at.Cluster, *v.service)
		}, nil
	}
	d, err := v.a.dialer(v.at)
	if err != nil {
		return nil, err
	}
	return d.DialContext, nil
}

// tls is what sslmode asks for, https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
func (v *postgresVisit) tls() (*tls.Config, error) {
	if v.sslmode == "disable" {
		return nil, nil
	}
	cfg := &tls.Config{ServerName: v.host, InsecureSkipVerify: true} //nolint:gosec // as libpq: prefer and require verify nothing
	if v.sslmode == "prefer" || v.sslmode == "require" {
		return cfg, nil
	}
	roots, err := parseCA(v.a.CA, v.pem)
	if err != nil {
		return nil, err
	}
	want := chainWant{names: []string{v.host}, roots: roots, now: siteNow(v.at)}
	if v.sslmode == "verify-ca" {
		want.names = nil
	}
	cfg.VerifyConnection = func(s tls.ConnectionState) error {
		if faults := want.faults(s.PeerCertificates); len(faults) > 0 {
			return postgresCertificate(faults)
		}
		return nil
	}
	return cfg, nil
}

// postgresCertificate is the error of a server's certificate that does not verify.
type postgresCertificate []chainFault

func (e postgresCertificate) Error() string { return e[0].saw }

// fault is what is wrong with it, in the words of tls.
func (e postgresCertificate) fault() *postgresFault {
	var wants, saws, whys joined
	for _, f := range e {
		wants.add(f.want)
		saws.add(f.saw)
		whys.add(f.why)
	}
	return &postgresFault{strings.Join(wants, "; "), strings.Join(saws, "; "), strings.Join(whys, "; ")}
}

// refused makes of a connection that was not made what it shows: a fault that was seen, or an error.
func (v *postgresVisit) refused(ctx context.Context, err error) error {
	var pg *pgconn.PgError
	var none *NoBackend
	var certificate postgresCertificate
	fault := func(saw string, why ...string) error {
		return &postgresFault{want: "a connection to " + v.place(), saw: saw, why: strings.Join(why, "; ")}
	}
	switch {
	case errors.As(err, &pg):
		return v.pgRefused(pg)
	case ctx.Err() != nil:
		return &waitError{"no answer from " + v.place(), ctx.Err()}
	case strings.Contains(err.Error(), "authentication method requirement"):
		return &check.Lasting{Err: fmt.Errorf("%s asks for the password in clear, and nothing says that it is the server: it was not sent; sslmode: verify-full, or require, lets it be", v.place())}
	case errors.As(err, &none):
		return fault(none.Error())
	case errors.As(err, &certificate):
		return certificate.fault()
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return fault("the server has no TLS", "sslmode is "+v.sslmode)
	case strings.Contains(err.Error(), "password authentication") || strings.Contains(err.Error(), "SASL"):
		return fault("the server wants another way of authentication: " + oneLine(lastError(err).Error()))
	}
	if cause, known := asFailure(err); known { // of the API server, on the way there
		return cause
	}
	if saw, ok := netSeen(err); ok && saw != "something else than HTTP" {
		return fault(saw, netWhy(saw)...)
	}
	return netError(ctx, "no answer from "+v.place(), "connect to "+v.place(), lastError(err))
}

// asFailure returns the error of the cluster within one of pgconn's, which adds names and addresses to it.
func asFailure(err error) (error, bool) {
	var transient *check.Transient
	var lasting *check.Lasting
	var unauthenticated *check.Unauthenticated
	switch {
	case errors.As(err, &transient):
		return transient, true
	case errors.As(err, &lasting):
		return lasting, true
	case errors.As(err, &unauthenticated):
		return unauthenticated, true
	}
	return nil, false
}

// lastError is the innermost of err's causes, without the words of those who passed it on.
func lastError(err error) error {
	for {
		var next error
		switch e := err.(type) { //nolint:errorlint // each link is looked at
		case interface{ Unwrap() error }:
			next = e.Unwrap()
		case interface{ Unwrap() []error }:
			if all := e.Unwrap(); len(all) > 0 {
				next = all[len(all)-1]
			}
		}
		var op *net.OpError
		if next == nil || errors.As(err, &op) && err == error(op) { //nolint:errorlint // netError reads what an OpError says
			return err
		}
		err = next
	}
}

// pgRefused words the refusal of a server, by its code: https://www.postgresql.org/docs/current/errcodes-appendix.html
func (v *postgresVisit) pgRefused(e *pgconn.PgError) error {
	fault := func(saw, why string) error {
		return &postgresFault{want: fmt.Sprintf("a connection of %s to database %s", v.user, v.database), saw: saw, why: why}
	}
	said := oneLine(e.Message)
	switch {
	case e.Code == "08P01" && (strings.Contains(said, "authentication failed") || strings.Contains(said, "no such user") || strings.Contains(said, "no such database")):
		return fault(said, "") // PgBouncer has one code for all that it refuses
	case e.Code == "28P01":
		return fault(fmt.Sprintf("the password of %s is refused", v.user), "there may be no such role, or it has no password: the server does not tell")
	case e.Code == "28000" && strings.Contains(e.Message, "no encryption"):
		return fault(said, "the server lets this in with TLS only: sslmode is "+v.sslmode)
	case e.Code == "3D000", e.Code == "42501", strings.HasPrefix(e.Code, "28"):
		return fault(said, "")
	case passing(e.Code):
		return &check.Transient{Err: fmt.Errorf("the server at %s lets nobody in now: %s", v.place(), said)}
	}
	return fmt.Errorf("the server at %s refuses the connection: %s (%s)", v.place(), said, e.Code)
}

// passing tells of conditions that a server leaves by itself: it is full, starts, stops, or was interrupted.
func passing(code string) bool {
	return strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") || code == "40001" || code == "40P01"
}
