package disk

import (
	"fmt"
	"os"
)

// Private returns an error where others may read or change a file that holds a secret of ours, as ssh does for keys.
// A file that belongs to somebody else, such as root's Secrets in a container, is theirs to protect.
func Private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return bare(err)
	}
	if mode := info.Mode().Perm(); owned(info) && mode&0o077 != 0 {
		return fmt.Errorf("it may be read by others (mode %04o): chmod 600 it, and make a new one if they may have", mode)
	}
	return nil
}
