package testsrv

import (
	"crypto/tls"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
)

// ClosedAddr is where nothing listens: port 1, which no system hands out.
const ClosedAddr = "127.0.0.1:1"

// Lab is one of each server, for scripts that look at them from a program of its own.
type Lab struct {
	env   []string
	close []func()
}

// labZone is what the lab's DNS servers know; the second authoritative server says otherwise of differ.web.example.
const labZone = `$ORIGIN web.example.
@      3600 IN SOA ns1 admin 1 7200 900 1209600 300
@      3600 IN NS ns1
@      3600 IN NS ns2
ns1    3600 IN A 127.0.0.2
ns2    3600 IN A 127.0.0.3
@      300 IN A 127.0.0.1
@      300 IN MX 10 mail
@      300 IN TXT "v=spf1 -all"
www    60  IN CNAME @
differ 300 IN A 127.0.0.7
`

// StartLab starts all servers; the authority's root lies in dir/ca.pem. Its variables are told by Env.
func StartLab(dir string) (*Lab, error) {
	l := &Lab{}
	if err := l.start(dir); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Env returns the variables of the lab, as NAME=value:
//
//	SITE_ADDR     the Site over HTTP; SITE_PORT
//	WEB_ADDR      the Site over HTTPS, for web.example and 127.0.0.1; WEB_PORT
//	EXPIRED_ADDR  a TLS server for web.example whose certificate has expired; likewise OTHER_ (for other.example),
//	              SELF_ (self-signed), LONE_ (without intermediate), SHORT_ (ends in 10 days)
//	SSH_ADDR      a server with an SSH banner
//	MUTE_ADDR     a server that accepts and says nothing
//	CLOSED_ADDR   nothing
//	DNS_ADDR      a resolver for web.example (127.0.0.1, 300 s, served by ns1 and ns2), to be used as server or via;
//	              fail.example is SERVFAIL, slow.example is not answered
//	CA_FILE       the authority's root in PEM
//	REGISTRY_ADDR an OCI registry with web:1 (careful), web:root (careless) and web:multi (two platforms), whose digests
//	              are WEB_DIGEST, ROOT_DIGEST and MULTI_DIGEST; web:1 has an SBOM
//	PRIVATE_ADDR  the same with tokens of the service at REALM_ADDR; open:1 is public, web:1 is not, see RegistryOptions
//	INDEX_ADDR    Packages
func (l *Lab) Env() []string { return l.env }

// Close stops all servers.
func (l *Lab) Close() {
	for _, f := range l.close {
		f()
	}
}

func (l *Lab) addr(name, addr string, stop func()) {
	_, port, _ := net.SplitHostPort(addr)
	l.env = append(l.env, name+"_ADDR="+addr, name+"_PORT="+port)
	l.close = append(l.close, stop)
}

func (l *Lab) start(dir string) error {
	ca, err := NewCA(dir)
	if err != nil {
		return err
	}
	file, err := filepath.Abs(ca.File)
	if err != nil {
		return err
	}
	l.env = append(l.env, "CA_FILE="+file)
	l.addr("CLOSED", ClosedAddr, func() {})
	site := httptest.NewServer(Site())
	l.addr("SITE", site.Listener.Addr().String(), site.Close)
	if err := l.startTLS(ca); err != nil {
		return err
	}
	ssh, err := StartRaw(Banner("SSH-2.0-OpenSSH_9.9\r\n"))
	if err != nil {
		return err
	}
	l.addr("SSH", ssh.Addr, ssh.Close)
	mute, err := StartRaw(Mute)
	if err != nil {
		return err
	}
	l.addr("MUTE", mute.Addr, mute.Close)
	names, err := StartDNS(
		Zone{Records: labZone, Lame: true, Faults: map[string]Fault{"fail.example.": ServFail, "slow.example.": Silent}},
		Zone{Records: labZone},
		Zone{Records: strings.Replace(labZone, "127.0.0.7", "127.0.0.8", 1)},
	)
	if err != nil {
		return err
	}
	l.addr("DNS", names.Addrs[0], names.Close)
	index := httptest.NewServer(Packages())
	l.addr("INDEX", index.Listener.Addr().String(), index.Close)
	return l.startRegistries()
}

func (l *Lab) startRegistries() error {
	for name, o := range map[string]RegistryOptions{"REGISTRY": {}, "PRIVATE": {Challenge: "Bearer", Public: []string{"open"}}} {
		r, err := StartRegistry(o)
		if err != nil {
			return err
		}
		l.addr(name, r.Addr, r.Close)
		if r.Realm != "" {
			l.addr("REALM", r.Realm, func() {})
		}
		digests, err := r.fill()
		if err != nil {
			return err
		}
		if name == "REGISTRY" {
			l.env = append(l.env, "WEB_DIGEST="+digests[0], "ROOT_DIGEST="+digests[1], "MULTI_DIGEST="+digests[2])
		}
	}
	return nil
}

func (l *Lab) startTLS(ca *CA) error {
	names, day := []string{"web.example", "127.0.0.1"}, 24*time.Hour
	good, err := ca.Issue(Leaf{Names: names})
	if err != nil {
		return err
	}
	web := httptest.NewUnstartedServer(Site())
	web.Config.ErrorLog = hclog.NewNullLogger().StandardLogger(nil)
	web.EnableHTTP2, web.TLS = true, &tls.Config{Certificates: []tls.Certificate{good}}
	web.StartTLS()
	l.addr("WEB", web.Listener.Addr().String(), web.Close)
	for name, leaf := range map[string]Leaf{
		"EXPIRED": {Names: names, NotBefore: -90 * day, NotAfter: -day},
		"OTHER":   {Names: []string{"other.example"}},
		"SELF":    {Names: names, SelfSigned: true},
		"LONE":    {Names: names, Lone: true},
		"SHORT":   {Names: names, NotAfter: 10 * day},
	} {
		cert, err := ca.Issue(leaf)
		if err != nil {
			return err
		}
		s, err := StartTLS(&tls.Config{Certificates: []tls.Certificate{cert}})
		if err != nil {
			return err
		}
		l.addr(name, s.Addr, s.Close)
	}
	return nil
}
