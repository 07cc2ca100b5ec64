package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

type layerKind int

const (
	builtinLayer layerKind = iota
	userLayer
	repoLayer
	envLayer
	flagLayer
	policyLayer
)

// layer is the settings of one source, with the places at which they stand.
type layer struct {
	kind     layerKind
	path     string // of the file; for other sources their name, as `env WPCTL_TIMEOUT`
	plansDir string
	home     string

	settings Settings
	file     *text.File
	keys     map[string]*yaml.Node // by path: "defaults.cluster"
	values   map[string]*yaml.Node // by path, and the items of lists: "plans.0"
	problems diag.List
	told     map[text.Pos]bool // where problems are
}

// defaultLayer is what holds where nobody says otherwise.
func defaultLayer(root string) *layer {
	l := &layer{kind: builtinLayer, path: "default", plansDir: root}
	l.parse([]byte("plans: ['workplans/**/*.md']\nfindings: full\nparallelism: 10\nkeep: {runs: 200, age: 90d}\n"))
	return l
}

// readFile reads and parses the layer's file, if there is one.
func (l *layer) readFile() (found bool, err error) {
	if l.path == "" {
		return false, nil
	}
	src, err := disk.Files{}.Read(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load the configuration: %w", err)
	}
	l.parse(src)
	return true, nil
}

func (l *layer) has(key string) bool { return l.keys[key] != nil }

// origin says where a setting of this layer stands.
func (l *layer) origin(key string) string {
	if n := l.keys[key]; n != nil && n.Line > 0 && l.kind != builtinLayer {
		return fmt.Sprintf("%s:%d", l.path, n.Line)
	}
	return l.path
}

// source says what a path in this layer is relative to.
func (l *layer) source(key string) source {
	dir := l.plansDir
	if l.kind == userLayer {
		dir = filepath.Dir(l.path)
	}
	return source{origin: l.origin(key), dir: dir, home: l.home, ours: l.kind != repoLayer}
}
