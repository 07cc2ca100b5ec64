// Command release makes what a release of wpctl consists of, with Go alone: programs for all platforms, archives,
// packages, the container image, manifests for installers, and the lists of what is in them.
//
// The same commit and the same Go give the same bytes, wherever and whenever that is done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("wanted a command: dist, image or version")
	}
	f := flag.NewFlagSet(args[0], flag.ExitOnError)
	root := f.String("root", "..", "folder of wpctl's sources")
	switch args[0] {
	case "version":
		_ = f.Parse(args[1:]) // ends the program
		v, err := versionOf(ctx, *root)
		if err != nil {
			return err
		}
		fmt.Println(v)
		return nil
	case "image":
		arch := f.String("arch", runtime.GOARCH, "amd64 or arm64")
		out := f.String("out", "", "file to write, for docker load, podman load and ctr images import")
		push := f.String("push", "", "where to push it as well, such as registry.example.org/tools/wpctl:1.2.3")
		_ = f.Parse(args[1:]) // ends the program
		if *out == "" && *push == "" {
			return errors.New("image wants --out or --push")
		}
		return oneImage(ctx, *root, *arch, *out, *push)
	case "dist":
		out := f.String("out", "dist", "folder to write to")
		only := f.String("platforms", "", "such as linux/amd64,darwin/arm64; unwritten: all")
		_ = f.Parse(args[1:]) // ends the program
		return everything(ctx, *root, *out, *only)
	}
	return fmt.Errorf("no command %q", args[0])
}

// everything makes a release of the checkout as it is.
func everything(ctx context.Context, root, out, only string) error {
	v, err := versionOf(ctx, root)
	if err != nil {
		return err
	}
	d := &distribution{root: root, version: v, platforms: platforms}
	if d.out, err = absolute(out); err != nil {
		return err
	}
	if only != "" {
		d.platforms = nil
		for _, name := range strings.Split(only, ",") {
			i := slices.IndexFunc(platforms, func(p platform) bool { return p.String() == name })
			if i < 0 {
				return fmt.Errorf("no platform %q; there are %v", name, platforms)
			}
			d.platforms = append(d.platforms, platforms[i])
		}
	}
	names, err := dist(ctx, d)
	for _, name := range names {
		fmt.Println(filepath.Join(d.out, name))
	}
	if err == nil && d.license == "" {
		fmt.Fprintln(os.Stderr, "warning: there is no file LICENSE: packages, formula and SBOMs name no licence; whoever owns wpctl has to choose one before a release, see docs/releasing.md")
	}
	return err
}

// absolute makes a path independent of the folder that programs are called in.
func absolute(path string) (string, error) {
	path, err := filepath.Abs(path)
	return strings.TrimRight(path, string(filepath.Separator)), err
}
