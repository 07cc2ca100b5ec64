package steps

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxCA bounds a file of authorities; the bundle of a whole system has 250 KiB.
const maxCA = 4 << 20

// readCA returns the bytes of the CA file, or nothing where none is named.
// The file stays inside the checkout: os.Root does not follow links out of it.
func (r netReach) readCA(at check.Site) ([]byte, error) {
	if r.CA == "" {
		return nil, nil
	}
	name := r.CA
	if !filepath.IsAbs(name) {
		name = filepath.Join(at.Dir, name)
	}
	rel, err := filepath.Rel(at.Root, name)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, &check.Denied{Reason: fmt.Sprintf("ca: %s lies outside the checkout", r.CA)}
	}
	root, err := os.OpenRoot(at.Root)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	defer func() { _ = root.Close() }()
	if err := strange(at, root, rel); err != nil {
		return nil, err
	}
	b, err := readRegular(root, rel)
	if err != nil {
		return nil, fmt.Errorf("ca: read %s: %w", r.CA, withoutPath(err))
	}
	return b, nil
}

// readRegular does not block on a named pipe, as opening one without O_NONBLOCK would.
func readRegular(root *os.Root, name string) ([]byte, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxCA:
		return nil, fmt.Errorf("it is larger than %d bytes", maxCA)
	}
	return io.ReadAll(io.LimitReader(f, maxCA))
}

// withoutPath drops the operation and the path, which the caller tells in the author's words.
func withoutPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// parseCA makes a pool of PEM bytes; nil means this machine's own.
func parseCA(name string, pem []byte) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca: %s holds no certificate in PEM", name)
	}
	return pool, nil
}
