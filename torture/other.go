//go:build !linux || !amd64

// Command torture breaks wpctl on purpose and counts what is lost. It needs Linux on amd64.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "torture: this needs Linux on amd64")
	os.Exit(1)
}
