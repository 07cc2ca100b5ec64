package testsrv

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Pool starts a PgBouncer before the server, which ends with it; its sessions serve for single transactions, and it
// calls web_db pooled. It returns the file of its log, and its address.
func (p *Postgres) Pool(ctx context.Context, bouncer string) (log, addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	addr = l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	l.Close()
	_, server, _ := net.SplitHostPort(p.Addr)
	log = filepath.Join(p.dir, "pgbouncer.log")
	files := map[string]string{
		"pgbouncer.ini": strings.Join([]string{
			"[databases]", "pooled = host=127.0.0.1 port=" + server + " dbname=web_db",
			"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + port, "unix_socket_dir =", "pool_mode = transaction",
			"auth_type = scram-sha-256", "auth_file = users.txt", "logfile = " + log, "server_tls_sslmode = require",
		}, "\n"),
		"users.txt": `"web" "` + PostgresPassword + `"`,
	}
	for name, text := range files {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			return "", "", err
		}
		if os.Getuid() == 0 {
			if err := os.Chown(path, nobody, nobody); err != nil {
				return "", "", err
			}
		}
	}
	cmd := p.command(bouncer, "pgbouncer.ini")
	cmd.Path = bouncer
	cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+os.Getenv("LD_LIBRARY_PATH"))
	if err := cmd.Start(); err != nil {
		return "", "", err
	}
	context.AfterFunc(ctx, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			return log, addr, c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", "", fmt.Errorf("no PgBouncer answers at %s", addr)
}
