//go:build unix

package steps

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestHTTPAuthorityFile(t *testing.T) {
	l := newHTTPLooker(t)
	dir := l.site.Dir
	outside := testCA(t, t.TempDir())
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Symlink(outside.File, filepath.Join(dir, "link.pem")))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe.pem"), 0o600))
	must(os.WriteFile(filepath.Join(dir, "empty.pem"), nil, 0o600))
	must(os.Mkdir(filepath.Join(dir, "dir.pem"), 0o700))
	l.run(t, []netRow{
		{"a link that leads out", `{url: "https://web.example/", ca: link.pem}`, "error: ca: read link.pem: path escapes from parent"},
		{"a pipe", `{url: "https://web.example/", ca: pipe.pem}`, "error: ca: read pipe.pem: it is not a regular file"},
		{"a folder", `{url: "https://web.example/", ca: dir.pem}`, "error: ca: read dir.pem: it is not a regular file"},
		{"nothing in it", `{url: "https://web.example/", ca: empty.pem}`, "error: ca: empty.pem holds no certificate in PEM"},
	})
}
