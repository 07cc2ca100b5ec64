package binary

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kept is how many builds stay in the cache: there are up to three programs, and other working trees may be at other versions.
const kept = 9

// prune removes all but the builds that were used last, and what a killed build left.
func (b *Builder) prune() error {
	entries, err := os.ReadDir(b.Cache)
	if err != nil {
		return err
	}
	type build struct {
		path string
		used time.Time
	}
	var builds []build
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() {
			continue
		}
		builds = append(builds, build{filepath.Join(b.Cache, e.Name()), info.ModTime()})
	}
	slices.SortFunc(builds, func(x, y build) int { return y.used.Compare(x.used) })
	for i, old := range builds {
		if i < kept && !strings.HasPrefix(filepath.Base(old.path), "build-") {
			continue
		}
		if err := os.RemoveAll(old.path); err != nil {
			return err
		}
	}
	return nil
}
