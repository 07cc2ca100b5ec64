// Command site makes static pages of the documents: docs/, README.md, CHANGELOG.md and CONTRIBUTING.md.
// The links of docs/README.md, by its headings, are the navigation. The pages need no script.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	root := flag.String("root", ".", "the repository")
	out := flag.String("out", "dist/site", "the folder that the pages are written to; what was in it is removed")
	version := flag.String("version", "", "the version that the pages are about")
	flag.Parse()
	s, err := load(*root, *version)
	if err == nil {
		err = s.write(*out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
	fmt.Printf("%d pages in %s\n", len(s.pages), *out)
}
