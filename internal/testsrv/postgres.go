package testsrv

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Postgres is a real PostgreSQL server with TLS, without anything durable.
type Postgres struct {
	Addr string // on loopback
	dir  string
	bin  string
	cmd  *exec.Cmd
	log  *bytes.Buffer
}

// ErrNoPostgres is the error of a machine without PostgreSQL.
var ErrNoPostgres = errors.New("no PostgreSQL is installed: apt-get install postgresql")

// PostgresPassword is the password of all roles: one that a URL cannot hold as it is.
const PostgresPassword = "p=ss/w+rd"

// postgresSetup makes roles with each attribute, and databases of several owners.
const postgresSetup = `
create role web login password 'PASSWORD';
create role owner login password 'PASSWORD';
create role boss login superuser password 'PASSWORD';
create role maker login createdb createrole replication bypassrls password 'PASSWORD';
create role climber login password 'PASSWORD' in role boss;
create role guest login password 'PASSWORD';
create role nobody_in password 'PASSWORD';
create role heir login password 'PASSWORD';
create role readers;
grant readers to guest;
grant owner to heir;
create database web_db owner web;
create database other_db owner owner;
create database tls_db owner owner;
create database closed_db owner owner;
revoke connect on database closed_db from public;
grant temporary on database other_db to readers;
\c web_db
create table migrations (id int primary key, name text);
insert into migrations values (1, 'one'), (2, 'two'), (3, 'three');
grant select on migrations to web;
create table private (id int);
`

const postgresHBA = `
local   all     all                 trust
hostssl tls_db  all 127.0.0.1/32    scram-sha-256
hostssl all     all 127.0.0.1/32    scram-sha-256
hostnossl web_db,other_db,closed_db,postgres all 127.0.0.1/32 scram-sha-256
`

// StartPostgres starts a server in an empty folder; ca issues its certificate, for db.example and 127.0.0.1.
// PostgreSQL refuses to run as root: then it runs as nobody, whom the folder must let in.
// Its roles are web (owner of web_db), owner, boss (superuser), maker (all other attributes), climber (a member of
// boss), guest (who may use other_db by the role readers), heir (a member of owner) and nobody_in (who may not log in); tls_db is there for TLS only.
func StartPostgres(ctx context.Context, dir string, ca *CA) (*Postgres, error) {
	return StartPostgresWith(ctx, dir, ca, PostgresOptions{
		Listen: "127.0.0.1", Setup: strings.ReplaceAll(postgresSetup, "PASSWORD", PostgresPassword), HBA: postgresHBA,
	})
}

// PostgresOptions say what a server is like; every field is required.
type PostgresOptions struct {
	Listen string // the address, on a free port
	Setup  string // what psql is told first
	HBA    string // the server's pg_hba.conf; by its socket, postgres may log in without a password
}

// StartPostgresWith starts a server with other roles and databases than those of StartPostgres.
func StartPostgresWith(ctx context.Context, dir string, ca *CA, o PostgresOptions) (*Postgres, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return nil, ErrNoPostgres
	}
	slices.Sort(found)
	p := &Postgres{dir: dir, bin: filepath.Dir(found[len(found)-1]), log: &bytes.Buffer{}}
	if os.Getuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
	}
	if err := p.start(ctx, ca, o); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

const nobody = 65534

func (p *Postgres) start(ctx context.Context, ca *CA, o PostgresOptions) error {
	data := filepath.Join(p.dir, "data")
	if err := p.run(ctx, "", "initdb", "--pgdata", data, "--no-sync", "--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--locale", "C"); err != nil {
		return err
	}
	cert, err := ca.Issue(Leaf{Names: []string{"db.example", "127.0.0.1"}})
	if err != nil {
		return err
	}
	if err := p.files(data, cert, o.HBA); err != nil {
		return err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(o.Listen, "0"))
	if err != nil {
		return err
	}
	p.Addr = l.Addr().String()
	_, port, _ := net.SplitHostPort(p.Addr)
	l.Close()
	p.cmd = p.command("postgres", "-D", data, "-p", port, "-k", p.dir, "-c", "listen_addresses="+o.Listen,
		"-c", "fsync=off", "-c", "ssl=on", "-c", "max_connections=100", "-c", "max_wal_senders=0", "-c", "shared_buffers=16MB")
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	for {
		if err = p.Tell(ctx, o.Setup); err == nil {
			return nil
		}
		if ctx.Err() != nil || !strings.Contains(err.Error(), "onnection to server") {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Tell runs a script of psql as the superuser.
func (p *Postgres) Tell(ctx context.Context, script string) error {
	_, port, _ := net.SplitHostPort(p.Addr)
	return p.run(ctx, script, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", p.dir, "-p", port, "-U", "postgres")
}

// files writes what initdb does not.
func (p *Postgres) files(data string, cert tls.Certificate, hba string) error {
	var chain bytes.Buffer
	for _, der := range cert.Certificate {
		_ = pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return err
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for name, text := range map[string][]byte{"server.crt": chain.Bytes(), "server.key": key, "pg_hba.conf": []byte(hba)} {
		path := filepath.Join(data, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
		if os.Getuid() == 0 {
			if err := os.Chown(path, nobody, nobody); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs one of PostgreSQL's programs.
func (p *Postgres) run(ctx context.Context, stdin, name string, args ...string) error {
	cmd := p.command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}

// Close ends the server.
func (p *Postgres) Close() {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	_ = p.cmd.Process.Signal(os.Interrupt) // ends sessions at once
	_ = p.cmd.Wait()
}
