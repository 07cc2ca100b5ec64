package box

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// shadowed are the directories in which the programs of a node insist on writing, and what must be new there.
var shadowed = map[string][]string{
	"/run":     {"containerd", "netns"},
	"/var/lib": {"cni", "containerd", "kubelet"},
	"/var/log": {"containers", "pods"},
}

// tunables are settings of the whole kernel as the kubelet wants them: it sees them so, and leaves them alone.
var tunables = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// Hide changes what the process that Isolate prepared sees, so that nothing which the programs of a node do outside of the cluster's
// directory reaches the machine.
func Hide() error {
	// Private, so that nothing leaves; then shared, so that the container runtime sees what the kubelet mounts.
	for _, propagation := range []uintptr{unix.MS_PRIVATE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", propagation|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("part with the mounts of the machine: %w", err)
		}
	}
	for dir, names := range shadowed {
		if err := shadow(dir, names); err != nil {
			return err
		}
	}
	return pretend("/run/tunables")
}

// shadow replaces a directory by one with the same entries, but for those named, which are new and empty. What is made in it later stays in it.
func shadow(dir string, names []string) error {
	original, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer original.Close()
	entries, err := original.ReadDir(-1)
	if err != nil {
		return err
	}
	if err := unix.Mount("shadow", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("shadow %s: %w", dir, err)
	}
	for _, name := range names {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	below := fmt.Sprintf("/proc/self/fd/%d", original.Fd()) // its name leads to the new one
	for _, e := range entries {
		if err := reappear(filepath.Join(below, e.Name()), filepath.Join(dir, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
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
	if err == nil {
		err = unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", to, err)
	}
	return nil
}

// pretend puts files over the tunables.
func pretend(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, value := range tunables {
		file := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(file, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		if err := unix.Mount(file, filepath.Join("/proc/sys", name), "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("cover %s: %w", name, err)
		}
	}
	return nil
}
