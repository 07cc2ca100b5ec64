//go:build !unix

package disk

import (
	"context"
	"os"
)

const openFlags = 0

// chmodIsOptional: there are no modes to keep beyond "read only".
const chmodIsOptional = true

type ids struct{}

func owner(os.FileInfo) ids                                 { return ids{} }
func keepOwner(*os.File, os.FileInfo) error                 { return nil }
func lockDir(context.Context, string) (func(), bool, error) { return nil, false, nil }

// owned: there are no modes that say who may read a file.
func owned(os.FileInfo) bool { return false }

// links is not known from a FileInfo: hard links are not seen here.
func links(os.FileInfo) int { return 1 }

// Asides are not locked here: a sweep runs under the user's lock, and another user's aside cannot be removed.
func holdAside(*os.File)        {}
func isAbandoned(*os.File) bool { return true }
func waitAndHold(*os.File)      {}
func hasNoHolder(*os.File) bool { return false }

const renamesOpen = false

// renameOpen renames an aside, which must be closed for it.
func renameOpen(a *aside, name string) error {
	a.file.Close()
	return os.Rename(a.name, name)
}

// Directories cannot be synced here.
func syncDir(string) error { return nil }
