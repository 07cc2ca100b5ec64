package box

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// shadowed are the directories in which the programs of a node insist on writing, and what they need there.
var shadowed = map[string][]string{
	"/var/lib": {"cni", "containerd", "kubelet"},
	"/var/log": {"containers", "pods"},
}

// Hide gives the process that Isolate prepared a /run of its own, and a /var whose new files are its own, so that nothing which the programs
// of a node write outside of the cluster's directory reaches the machine.
func Hide(scratch string) error {
	// Private, so that nothing leaves; then shared, so that the container runtime sees what the kubelet mounts.
	for _, propagation := range []uintptr{unix.MS_PRIVATE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", propagation|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("part with the mounts of the machine: %w", err)
		}
	}
	for dir, names := range shadowed {
		if err := shadow(dir, names, scratch); err != nil {
			return err
		}
	}
	return unix.Mount("run", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755")
}

// shadow replaces a directory by one with the same entries, but for those named, which are new and empty.
func shadow(dir string, names []string, scratch string) error {
	original := filepath.Join(scratch, filepath.Base(dir))
	if err := os.MkdirAll(original, 0o700); err != nil {
		return err
	}
	if err := unix.Mount(dir, original, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("set %s aside: %w", dir, err)
	}
	// What is unmounted below must stay in its new place.
	if err := unix.Mount("", original, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return err
	}
	if err := unix.Mount("shadow", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("shadow %s: %w", dir, err)
	}
	entries, err := os.ReadDir(original)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if err := reappear(filepath.Join(original, e.Name()), filepath.Join(dir, e.Name()), e); err != nil {
			return err
		}
	}
	if err := unix.Unmount(original, unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(original)
}

func reappear(from, to string, e os.DirEntry) error {
	var err error
	switch {
	case e.Type()&os.ModeSymlink != 0:
		var target string
		if target, err = os.Readlink(from); err == nil {
			err = os.Symlink(target, to)
		}
		return err
	case e.IsDir():
		err = os.Mkdir(to, 0o755)
	case e.Type().IsRegular():
		err = os.WriteFile(to, nil, 0o600)
	default:
		return nil // sockets and devices are of programs that a node does not talk to
	}
	if os.IsExist(err) { // one of the names
		return nil
	}
	if err != nil {
		return err
	}
	return unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
}
