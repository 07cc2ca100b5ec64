package sign

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func newKey(t *testing.T) Key {
	t.Helper()
	k, err := makeKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestVerify(t *testing.T) {
	bernd, anna, mallory := newKey(t), newKey(t), newKey(t)
	trusted := Trusted{}.With("bernd", bernd.Public()).With("anna", anna.Public())
	record := Record{Plan: "WP-1", Task: "WP-1-T01", Step: "login", Digest: "d1", By: "bernd", At: time.Now(), Note: "fine"}
	good := bernd.Sign(record)
	alter := func(f func(*Record)) Record {
		r := good
		f(&r)
		return r
	}
	tests := []struct {
		name   string
		record Record
		want   error
	}{
		{"Good", good, nil},
		{"GoodInOtherZone", alter(func(r *Record) { r.At = r.At.In(time.FixedZone("x", 3600)) }), nil},
		{"Unsigned", record, errUnsigned},
		{"KeyWithoutSignature", alter(func(r *Record) { r.Sig = "" }), errUnsigned},
		{"UnknownKey", mallory.Sign(record), errUnknownKey},
		{"OthersKey", anna.Sign(record), errOtherName},
		{"KeyExchanged", alter(func(r *Record) { r.Key = anna.Public().String() }), ErrAltered},
		{"Plan", alter(func(r *Record) { r.Plan = "WP-2" }), ErrAltered},
		{"Task", alter(func(r *Record) { r.Task = "" }), ErrAltered},
		{"Step", alter(func(r *Record) { r.Step = "logout" }), ErrAltered},
		{"Digest", alter(func(r *Record) { r.Digest = "d2" }), ErrAltered},
		{"By", alter(func(r *Record) { r.By = "anna" }), ErrAltered},
		{"At", alter(func(r *Record) { r.At = r.At.Add(time.Second) }), ErrAltered},
		{"Note", alter(func(r *Record) { r.Note = "" }), ErrAltered},
		{"FieldsShifted", alter(func(r *Record) { r.Step, r.Digest = "logind", "1" }), ErrAltered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := trusted.Verify(tt.record); !errors.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
			if s := trusted.Signoff(tt.record); s.Verified != (tt.want == nil) || s.By != tt.record.By {
				t.Errorf("got %+v", s)
			}
		})
	}
	for _, r := range []Record{alter(func(r *Record) { r.Key = "x" }), alter(func(r *Record) { r.Sig = "?" })} {
		if trusted.Verify(r) == nil {
			t.Errorf("%+v passes", r)
		}
	}
}

func TestRecordSurvivesJSON(t *testing.T) {
	k := newKey(t)
	b, err := json.Marshal(k.Sign(Record{By: "bernd", At: time.Now()}))
	if err != nil {
		t.Fatal(err)
	}
	var r Record
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if err := (Trusted{}).With("bernd", k.Public()).Verify(r); err != nil {
		t.Error(err)
	}
}

func TestBytesAreUnambiguous(t *testing.T) {
	record := rapid.Custom(func(t *rapid.T) Record {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00")), 0, 3, -1)
		return Record{Plan: s.Draw(t, "plan"), Task: s.Draw(t, "task"), Step: s.Draw(t, "step"), Digest: s.Draw(t, "digest"), By: s.Draw(t, "by"), Note: s.Draw(t, "note")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := record.Draw(t, "a"), record.Draw(t, "b")
		if (a == b) != bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func TestLoadOrCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config", "wpctl", "key.pem")
	keys := make([]string, 20)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := LoadOrCreate(path)
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = k.Public().String()
		})
	}
	wg.Wait()
	for _, k := range keys {
		if k != keys[0] {
			t.Errorf("%s and %s", k, keys[0])
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreate(path); err == nil {
		t.Error("a key that others can read is taken")
	}
}

func TestLoadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for _, src := range []string{"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreate(path); err == nil {
			t.Errorf("%q is taken", src)
		}
	}
}

func TestParsePublicKey(t *testing.T) {
	a := newKey(t).Public()
	if got, err := ParsePublicKey(a.String()); err != nil || got.String() != a.String() {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "bernd", "ed25519:AAAA", "ssh-ed25519:" + a.String()} {
		if _, err := ParsePublicKey(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
