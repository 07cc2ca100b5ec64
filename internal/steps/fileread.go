package steps

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// file is what is at a path.
type file struct {
	data    []byte
	mode    uint32 // its permissions
	none    string // what is there instead of a regular file
	missing bool   // that is nothing at all
	why     []string
}

// readFile reads a regular file of the checkout, and opens nothing else: no device, no named pipe.
func readFile(at check.Site, path string) (file, error) {
	root, rel, err := openRoot(at, path)
	if err != nil {
		return file{}, err
	}
	defer root.Close()
	if err := strange(at, root, rel); err != nil {
		return file{}, err
	}
	info, err := root.Stat(rel)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return file{none: "nothing", missing: true, why: similarNames(at, root, rel)}, nil
	}
	if err != nil {
		return file{}, fileFault(path, err)
	}
	if what := describeMode(info.Mode()); what != "" {
		return file{none: what}, nil
	}
	f, err := root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return file{}, fileFault(path, err)
	}
	defer f.Close()
	return readOpened(path, f)
}

func readOpened(path string, f *os.File) (file, error) {
	info, err := f.Stat()
	if err != nil {
		return file{}, fileFault(path, err)
	}
	if what := describeMode(info.Mode()); what != "" { // it was changed meanwhile
		return file{none: what}, nil
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return file{}, fileFault(path, err)
	}
	if len(data) > maxFile {
		return file{}, fmt.Errorf("read %s: it is larger than the %d MiB that are read", path, maxFile>>20)
	}
	return file{data: data, mode: uint32(info.Mode().Perm())}, nil
}

// openRoot opens the checkout, and returns the path relative to it.
func openRoot(at check.Site, path string) (*os.Root, string, error) {
	if at.Dir == "" {
		return nil, "", errors.New("there is no checkout to look into")
	}
	base := at.Root
	if base == "" {
		base = at.Dir
	}
	abs := path
	if !filepath.IsAbs(path) {
		abs = filepath.Join(at.Dir, path)
	}
	rel, err := filepath.Rel(base, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, "", outside(path)
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, "", fmt.Errorf("open the checkout: %w", err)
	}
	return root, rel, nil
}

func outside(path string) error {
	return &check.Denied{Reason: fmt.Sprintf("%s leads out of the checkout", path)}
}

// fileFault is the error of a file that could not be looked at. os.Root has no value for paths that lead out of it.
func fileFault(path string, err error) error {
	if err = withoutPath(err); strings.Contains(err.Error(), "escapes") {
		return outside(path)
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// describeMode says what is no regular file; "" for one that is.
func describeMode(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return ""
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}

// strange refuses to read for a stranger's plan what is not a part of the repository: what is reached through links,
// what lies in .git, and what is none of the files that git knows, nor a folder of theirs. Whether that is there at all is
// not told either: it is refused in the same words.
func strange(at check.Site, root *os.Root, rel string) error {
	if !at.Untrusted {
		return nil
	}
	deny := func(why string) error {
		return &check.Denied{Reason: fmt.Sprintf("%s %s, and this plan is not trusted", filepath.ToSlash(rel), why)}
	}
	path := ""
	for part := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		path = filepath.Join(path, part)
		switch {
		case strings.EqualFold(part, ".git"):
			return deny("lies in .git")
		case path != "." && (at.Tracked == nil || !at.Tracked(filepath.ToSlash(path))):
			return deny("is no file of the repository")
		}
		info, err := root.Lstat(path)
		switch {
		case err != nil:
			return nil // there is nothing to read
		case info.Mode()&fs.ModeSymlink != 0:
			return deny("is reached through a link")
		}
	}
	return nil
}

// similarNames says what in the same directory the author may have meant.
func similarNames(at check.Site, root *os.Root, rel string) []string {
	if at.Untrusted {
		return nil // names are no stranger's business
	}
	dir, err := root.Open(filepath.Dir(rel))
	if err != nil {
		return nil
	}
	defer dir.Close()
	if info, err := dir.Stat(); err != nil || !info.IsDir() {
		return nil
	}
	names, _ := dir.Readdirnames(1000)
	if hint := diag.DidYouMean(filepath.Base(rel), names); hint != "" {
		return []string{"in " + filepath.ToSlash(filepath.Dir(rel)) + ": " + hint}
	}
	return nil
}
