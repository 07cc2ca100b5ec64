// Command write replaces a file by its own text, safely: aside, sync, rename, and the folder's sync.
package main

import (
	"os"
	"path/filepath"
)

func main() {
	path := os.Args[1]
	text, err := os.ReadFile(path)
	must(err)
	f, err := os.Create(path + ".aside")
	must(err)
	_, err = f.Write(text)
	must(err)
	must(f.Sync())
	must(f.Close())
	must(os.Rename(f.Name(), path))
	dir, err := os.Open(filepath.Dir(path))
	must(err)
	must(dir.Sync())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
