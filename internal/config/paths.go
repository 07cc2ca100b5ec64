package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// Env looks up an environment name, as os.LookupEnv does.
type Env func(name string) (string, bool)

// configDir returns the folder of the user's configuration: WPCTL_CONFIG_DIR, else wpctl in XDG_CONFIG_HOME, else in
// ~/.config, on macOS too.
func configDir(env Env) (string, error) {
	return userDir(env, "WPCTL_CONFIG_DIR", "XDG_CONFIG_HOME", "APPDATA", ".config")
}

// StateDir returns the folder of what wpctl remembers: WPCTL_STATE_DIR, else wpctl in XDG_STATE_HOME, else in
// ~/.local/state.
func StateDir(env Env) (string, error) {
	return userDir(env, "WPCTL_STATE_DIR", "XDG_STATE_HOME", "LOCALAPPDATA", filepath.Join(".local", "state"))
}

// CacheDir returns the folder of what can be had again: WPCTL_CACHE_DIR, else wpctl in XDG_CACHE_HOME, else in ~/.cache.
func CacheDir(env Env) (string, error) {
	return userDir(env, "WPCTL_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA", ".cache")
}

func userDir(env Env, own, xdg, windows, home string) (string, error) {
	if dir, ok := env(own); ok && dir != "" {
		return filepath.Abs(dir)
	}
	if dir, ok := env(xdg); ok && filepath.IsAbs(dir) { // the specification has relative ones ignored
		return filepath.Join(dir, "wpctl"), nil
	}
	if dir, ok := env(windows); ok && runtime.GOOS == "windows" && filepath.IsAbs(dir) {
		return filepath.Join(dir, "wpctl"), nil
	}
	dir, err := homeDir(env)
	if err != nil {
		return "", errors.New("there is no home folder: set " + own)
	}
	return filepath.Join(dir, home, "wpctl"), nil
}

func homeDir(env Env) (string, error) {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if dir, ok := env(name); ok && filepath.IsAbs(dir) {
		return dir, nil
	}
	return "", errors.New("no home folder")
}

// Root returns the root of the git checkout that dir is in; without one, git is false and root is the root of
// the file system. A .git file, as worktrees and submodules have it, counts as a folder does.
func Root(dir string) (root string, git bool) {
	for {
		if isCheckout(dir) {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return dir, false
		}
		dir = up
	}
}

func isCheckout(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil
}

// findFile returns the nearest configuration from dir upwards to root, or "".
func findFile(dir, root string) string {
	for {
		path := filepath.Join(dir, FileName)
		if _, err := os.Lstat(path); err == nil {
			return path
		}
		if dir == root || dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}
