//go:build unix

package disk

import (
	"os"

	"github.com/google/renameio/v2"
)

// WriteFile is os.WriteFile that makes or replaces a file as a whole: a reader sees the old text or the new one. It is for
// files of wpctl's own; those of people are for Files.
func WriteFile(name string, text []byte, mode os.FileMode) error {
	return renameio.WriteFile(name, text, mode)
}
