package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// sealed is a backup with the digest of what it says by now.
func sealed(t *testing.T, text string) io.Reader {
	t.Helper()
	lines := strings.SplitAfter(text, "\n")
	text = strings.Join(lines[:len(lines)-2], "")
	return packed(t, text+fmt.Sprintf("{\"sha256\":\"%x\"}\n", sha256.Sum256([]byte(text))))
}

// TestForgedBackups restores backups that are whole, and that no hub has written: nothing is changed by them.
func TestForgedBackups(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		w.want(201, "", call{Role: hub.Agent, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`})
		var out bytes.Buffer
		if err := w.Store.Backup(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		plain := unpacked(t, out.String())
		swap := func(old, text string) string {
			t.Helper()
			changed := strings.Replace(plain, old, text, 1)
			if changed == plain {
				t.Fatalf("no %s in the backup", old)
			}
			return changed
		}
		id := workstream[len("/v1/workstreams/"):]
		streamAt := strings.Index(plain, `["`+id+`",`)
		streamRow := plain[streamAt : streamAt+strings.Index(plain[streamAt:], "\n")]
		fence := number(plain, "fence")
		for name, text := range map[string]string{
			"leases without an end":  swap(`"fence":`+fence, `"fence":9223372036854775807`),
			"a lease without an end": swap(`\"fence\":`, `\"fence\":922337203685477580,\"was\":`),
			"changes without an end": swap(streamRow, `["`+id+`",9223372036854775807]`),
			"changes below nothing":  swap(streamRow, `["`+id+`",-7]`),
			"another kind":           swap(`"workstream","`+id, `"nonsense","`+id),
			"an id that is a path":   swap(streamRow, `["../../etc/passwd",7]`),
			"a body that is no JSON": swap(`"{\"key\"`, `"{{\"key\"`),
			"another role":           swap(`"the-admin","admin"`, `"the-admin","god"`),
			"scopes that are none":   swap(`"the-admin","admin","[]"`, `"the-admin","admin","{"`),
			"a row of a million":     swap(streamRow, `["`+id+`",1`+strings.Repeat(",1", 1_000_000)+"]"),
			"two rows in a line":     swap(streamRow, streamRow+streamRow),
			"a head without an end":  swap(`{"form"`, `{"x":"`+strings.Repeat("x", 1<<20)+`","form"`),
			"many tables":            swap(`{"rows":{`, `{"rows":{`+strings.Repeat(`"x":1,`, 1<<16)),
		} {
			for _, restore := range []func(io.Reader) (store.Restored, error){
				func(r io.Reader) (store.Restored, error) { return w.Store.Restore(t.Context(), r, true) },
				func(r io.Reader) (store.Restored, error) { return store.CheckBackup(t.Context(), r) },
			} {
				if _, err := restore(sealed(t, text)); !errors.Is(err, store.ErrBackup) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream})
		if _, err := w.Store.Restore(t.Context(), sealed(t, plain), true); err != nil {
			t.Error(err)
		}
	})
}

// endless is a line of a backup again and again.
type endless struct {
	line []byte
	at   int
}

func (e *endless) Read(p []byte) (n int, err error) {
	n = copy(p, e.line[e.at:])
	e.at = (e.at + n) % len(e.line)
	return n, nil
}

// TestABackupThatUnpacksForEver ends when nobody waits any more.
func TestABackupThatUnpacksForEver(t *testing.T) {
	in, out := io.Pipe()
	packer := gzip.NewWriter(out)
	go func() {
		_, _ = io.WriteString(packer, "{\"form\":\"wpctl-hub-backup\",\"version\":1}\n{\"table\":\"streams\",\"columns\":[\"id\",\"seq#\"]}\n")
		_, err := io.Copy(packer, &endless{line: []byte("[\"6111fc9b-0083-5913-853e-2069837dfed8\",1]\n")})
		out.CloseWithError(err)
	}()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := store.CheckBackup(ctx, in); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	in.Close()
}
