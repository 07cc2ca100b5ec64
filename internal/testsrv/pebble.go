package testsrv

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Pebble is a real certificate authority that speaks ACME: Let's Encrypt's own, for tests.
type Pebble struct {
	Directory string // its address
	CA        string // a file with the authority of its own certificate

	management string
	cmd        *exec.Cmd
	ended      chan error
}

// StartPebble starts the program with its files in a folder. It looks at names with a DNS server, and at tlsPort; its
// certificates last for a while.
func StartPebble(ctx context.Context, program, dir, dnsServer string, tlsPort int, lasts time.Duration) (*Pebble, error) {
	ca, err := NewCA(dir)
	if err != nil {
		return nil, err
	}
	cert, err := ca.Issue(Leaf{Names: []string{"127.0.0.1"}})
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ { // another program may take the ports first
		p, err := startPebble(ctx, program, dir, dnsServer, tlsPort, lasts, cert)
		if err == nil {
			p.CA = ca.File
			return p, nil
		}
		if try == 3 || ctx.Err() != nil {
			return nil, err
		}
	}
}

func startPebble(ctx context.Context, program, dir, dnsServer string, tlsPort int, lasts time.Duration, cert tls.Certificate) (*Pebble, error) {
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return nil, err
	}
	var chain []byte
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": fmt.Sprintf("127.0.0.1:%d", ports[0]), "managementListenAddress": fmt.Sprintf("127.0.0.1:%d", ports[1]),
		"certificate": filepath.Join(dir, "pebble.pem"), "privateKey": filepath.Join(dir, "pebble.key"),
		"httpPort": ports[2], "tlsPort": tlsPort, "retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles": map[string]any{"default": map[string]any{"description": "as usual", "validityPeriod": int(lasts / time.Second)}},
	}})
	if err != nil {
		return nil, err
	}
	for name, text := range map[string][]byte{"pebble.pem": chain, "pebble.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), "pebble.json": config} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	said, err := os.Create(filepath.Join(dir, "pebble.log"))
	if err != nil {
		return nil, err
	}
	defer said.Close()
	p := &Pebble{Directory: fmt.Sprintf("https://127.0.0.1:%d/dir", ports[0]), management: fmt.Sprintf("https://127.0.0.1:%d", ports[1]), ended: make(chan error, 1)}
	p.cmd = exec.Command(program, "-config", filepath.Join(dir, "pebble.json"), "-strict", "-dnsserver", dnsServer)
	p.cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	p.cmd.Stdout, p.cmd.Stderr = said, said
	return p, p.begin(ctx, said.Name())
}

// freePorts are ports that nobody had a moment ago.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // when all are known: else the same one could come twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// begin starts the program, and waits until it answers.
func (p *Pebble) begin(ctx context.Context, said string) error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	for {
		if _, err := p.Root(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			p.Close()
			return ctx.Err()
		case err := <-p.ended:
			p.ended <- err
			text, _ := os.ReadFile(said)
			return errors.Join(err, fmt.Errorf("pebble ended: %s", text[max(0, len(text)-500):]))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Root is the authority of the certificates that it issues; it makes a new one at each start.
func (p *Pebble) Root() (*x509.CertPool, error) {
	c := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // a server of this test, on loopback
	}}
	res, err := c.Get(p.management + "/roots/0")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if res.StatusCode != http.StatusOK || !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("the roots: %s: %s", res.Status, strings.TrimSpace(string(text)))
	}
	return roots, nil
}

// Close ends it.
func (p *Pebble) Close() {
	_ = p.cmd.Process.Kill()
	err := <-p.ended
	p.ended <- err
}
