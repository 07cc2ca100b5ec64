// Package certs has the certificates that a server shows: from files that may be replaced while it runs, or from an
// authority that speaks ACME (RFC 8555). It listens to nothing itself.
package certs

import (
	"crypto/tls"
	"os"
	"sync"
	"time"
)

// Files are a certificate with its chain and its key, in PEM.
type Files struct {
	Cert, Key string
	// Failed is told where new files cannot be used; the old certificate is shown on. May be nil.
	Failed func(error)

	mu    sync.Mutex
	pair  *tls.Certificate
	of    [2]stamp
	asked time.Time
}

// stamp tells one version of a file from another.
type stamp struct {
	at   time.Time
	size int64
}

// lookAgain is how often the files are looked at, at most.
const lookAgain = 5 * time.Second

// TLS reads the files, which have to be there, and shows what they hold from then on.
func (f *Files) TLS() (*tls.Config, error) {
	if err := f.read(); err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: f.get, MinVersion: tls.VersionTLS12}, nil
}

func (f *Files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.asked) >= lookAgain {
		f.asked = now
		if f.stamps() != f.of {
			if err := f.load(); err != nil && f.Failed != nil {
				f.Failed(err)
			}
		}
	}
	return f.pair, nil
}

func (f *Files) read() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.load()
}

// load reads both files. A pair that does not belong together is one that is being replaced: it is tried again.
func (f *Files) load() error {
	of := f.stamps()
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return err
	}
	f.pair, f.of = &pair, of
	return nil
}

func (f *Files) stamps() (out [2]stamp) {
	for i, name := range []string{f.Cert, f.Key} {
		if info, err := os.Stat(name); err == nil {
			out[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return out
}
