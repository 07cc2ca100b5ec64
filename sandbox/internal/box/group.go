package box

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// groupTime is how long what is in a control group may take to end once it was killed.
const groupTime = 10 * time.Second

// groups is where the kernel shows control groups: of version 2 at the top, of version 1 one level below.
const groups = "/sys/fs/cgroup"

// Group is the name of the control group of the containers of the cluster in a directory.
func Group(dir string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(dir))
	return fmt.Sprintf("wpctl-sandbox-%x", h.Sum64())
}

// RemoveGroup kills what is left in a cluster's control group and removes it. That there is none is no error.
func RemoveGroup(dir string) error {
	var err error
	for _, pattern := range []string{groups, groups + "/*"} {
		found, _ := filepath.Glob(filepath.Join(pattern, Group(dir))) // the pattern is well-formed
		for _, group := range found {
			err = errors.Join(err, removeGroup(group))
		}
	}
	return err
}

func removeGroup(group string) error {
	for deadline := time.Now().Add(groupTime); ; {
		var left error
		for _, dir := range slices.Backward(below(group)) {
			kill(dir)
			if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				left = fmt.Errorf("remove control group %s: %w", dir, err)
			}
		}
		if left == nil || time.Now().After(deadline) {
			return left
		}
		time.Sleep(5 * time.Millisecond) // nobody tells when the last process of a group has ended
	}
}

// below returns the group and all in it, parents first.
func below(group string) []string {
	var dirs []string
	_ = filepath.WalkDir(group, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil // what goes away meanwhile need not be removed
	})
	return dirs
}

func kill(dir string) {
	b, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	for _, line := range strings.Fields(string(b)) {
		if pid, err := strconv.Atoi(line); err == nil && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended just now
		}
	}
}
