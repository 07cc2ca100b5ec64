package sign

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

// Key is a person's own key.
type Key struct{ private ed25519.PrivateKey }

// PublicKey is the part of a key that others know.
type PublicKey struct{ public ed25519.PublicKey }

const keyPrefix = "ed25519:"

// makeKey makes a key.
func makeKey() (Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("make a key: %w", err)
	}
	return Key{private}, nil
}

// Public returns the part of the key that others may know.
func (k Key) Public() PublicKey { return PublicKey{k.private.Public().(ed25519.PublicKey)} }

// String writes the key as ParsePublicKey reads it: one word.
func (p PublicKey) String() string { return keyPrefix + base64.StdEncoding.EncodeToString(p.public) }

// ParsePublicKey reads a key as String writes it.
func ParsePublicKey(s string) (PublicKey, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(s, keyPrefix))
	if err != nil || !strings.HasPrefix(s, keyPrefix) || len(b) != ed25519.PublicKeySize {
		return PublicKey{}, fmt.Errorf("%q is no public key: wanted %s and base64", s, keyPrefix)
	}
	return PublicKey{b}, nil
}

// Load reads the key in a file, which only its owner may be able to read.
func Load(path string) (Key, error) {
	if err := disk.Private(path); err != nil {
		return Key{}, fmt.Errorf("the signing key %s: %w", path, err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("the signing key: %w", err)
	}
	block, rest := pem.Decode(src)
	if block == nil || block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return Key{}, fmt.Errorf("the signing key %s: wanted one PRIVATE KEY in PEM", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("the signing key %s: %w", path, err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return Key{}, fmt.Errorf("the signing key %s is no Ed25519 key", path)
	}
	return Key{private}, nil
}

// LoadOrCreate reads the key in a file, and makes one where there is no such file.
// Of several processes that make it at once, all get the same key.
func LoadOrCreate(path string) (Key, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return Load(path)
	}
	k, err := makeKey()
	if err != nil {
		return Key{}, err
	}
	if err := k.store(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, fmt.Errorf("keep the signing key: %w", err)
	}
	return Load(path)
}

// store writes the key aside and links it to its place, so that nobody sees half of it or loses theirs to it.
func (k Key) store(path string) error {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return disk.Put(path, block, disk.Own{Perm: 0o600, New: true, Synced: true})
}
