package disk

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// aside is the new text of a file, beside it.
//
// It is .NAME.wpctl-PID-RANDOM while it is written and .NAME.wpctl-PID-RANDOM-OLD-NEW once it is whole, where OLD and
// NEW begin the digests of the text that was read and of the new one. A file of the second name that holds neither
// was a person's save when it came out in the exchange, and its wpctl was killed before it could put it back.
type aside struct {
	name string
	file *os.File
	info os.FileInfo
	text []byte
	out  bool // the name holds what came out of the exchange, and must not be dropped
}

// asideOf takes the name of an aside apart: the name of its file, and the two digests; nil where it is none.
func asideOf(name string) []string {
	if !strings.HasPrefix(name, ".") || !strings.Contains(name, ".wpctl-") {
		return nil // nearly all
	}
	return anyAside().FindStringSubmatch(name)
}

var anyAside = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\.(.+)\.wpctl-[0-9]+-[0-9a-f]{8}(?:-([0-9a-f]{16})-([0-9a-f]{16}))?$`)
})

// asidePrefix begins the names of all asides of the file at path. It is short, so that the whole name is allowed.
func asidePrefix(path string) string {
	base := filepath.Base(path)
	if len(base) > 120 {
		base = "~" + digest([]byte(base))
	}
	return "." + base + ".wpctl-"
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func random() string {
	var b [4]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// writeAside writes text beside old, with old's properties, down to the disk.
func writeAside(old *original, text []byte) (*aside, error) {
	file, err := openHeld(old.path, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write beside it: %w", bare(err))
	}
	a := &aside{name: file.Name(), file: file, text: text}
	if err := a.fill(old); err != nil {
		a.drop()
		return nil, fmt.Errorf("write beside it: %w", bare(err))
	}
	return a, nil
}

func (a *aside) fill(old *original) error {
	holdAside(old.file) // as the aside is: a sweep then knows that somebody works on it
	if _, err := a.file.Write(a.text); err != nil {
		return err
	}
	if err := keepProperties(a.file, old); err != nil {
		return err
	}
	if err := a.file.Sync(); err != nil {
		return err
	}
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	a.info = info
	whole := fmt.Sprintf("%s-%s-%s", a.name, digest(old.src), digest(a.text))
	if err := renameOpen(a, whole); err != nil {
		return err
	}
	a.name = whole
	return nil
}

// drop closes and removes the aside, unless it is another program's save. It may be called twice.
func (a *aside) drop() {
	a.file.Close()
	if !a.out {
		os.Remove(a.name)
	}
}

// keep gives another program's save a name by which it is found, since it could not be put back.
func (a *aside) keep(path string) error {
	a.out = true
	return keepSave(a.name, path)
}

func keepSave(name, path string) error {
	kept := path + ".wpctl-kept-" + random()
	if err := os.Rename(name, kept); err != nil {
		kept = name
	}
	return fmt.Errorf("%w: two saves crossed, and the earlier one is kept in %q", errConflict, kept)
}

// keepProperties gives file the owner, the mode and the attributes of old.
func keepProperties(file *os.File, old *original) error {
	if err := keepOwner(file, old.info); err != nil {
		return fmt.Errorf("keep its owner: %w", bare(err))
	}
	if err := file.Chmod(old.info.Mode()); err != nil && !chmodIsOptional {
		return fmt.Errorf("keep its mode: %w", bare(err))
	}
	copyAttributes(file, old.file)
	return nil
}
