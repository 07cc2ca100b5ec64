package disk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"
)

// errAgain is the error of a try that met another program's write; the next try starts from what is there then.
var errAgain = errors.New("changed meanwhile")

// original is a file as it was read.
//
// While it is held, Linux makes other programs that open it for writing wait, and tells us of them (a lease), so that
// a save in place cannot fall between the last look and the exchange. Elsewhere, and on file systems without
// leases, only the bytes are compared.
type original struct {
	path  string
	file  *os.File
	info  os.FileInfo
	src   []byte
	lease bool
}

// readOriginal reads the file at path when nobody has it open for writing.
func readOriginal(ctx context.Context, path string) (*original, error) {
	file, info, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	o := &original{path: path, file: file, info: info}
	if err = o.settle(ctx); err == nil {
		o.src, err = readAll(file, nil)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return o, nil
}

// atOnce is for a file that is read now or not at all.
var atOnce = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// settle waits until no program has the file open for writing, and holds it so.
func (o *original) settle(ctx context.Context) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		held, busy := takeLease(o.file)
		if !busy {
			o.lease = held
			return nil
		}
		select {
		case <-ctx.Done():
			return conflict(ctx, "it is open for writing")
		case <-time.After(pause):
		}
	}
}

func (o *original) close() { o.file.Close() }

// isAt tells whether name is still the file that was read, with the bytes and the properties that were read.
func (o *original) isAt(name string) bool {
	info, err := os.Lstat(name)
	if err != nil || !os.SameFile(info, o.info) || info.Mode() != o.info.Mode() || owner(info) != owner(o.info) || links(info) != 1 {
		return false
	}
	src, err := readAll(o.file, nil)
	if err != nil || !bytes.Equal(src, o.src) {
		return false
	}
	return !o.lease || leaseHolds(o.file)
}
