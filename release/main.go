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
		return errors.New("wanted a command: image or version")
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
	}
	return fmt.Errorf("no command %q", args[0])
}

// absolute makes a path independent of the folder that programs are called in.
func absolute(path string) (string, error) {
	path, err := filepath.Abs(path)
	return strings.TrimRight(path, string(filepath.Separator)), err
}
