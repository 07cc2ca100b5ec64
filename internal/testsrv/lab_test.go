package testsrv

import (
	"net"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestLab(t *testing.T) {
	defer goleak.VerifyNone(t)
	l, err := StartLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, v := range l.Env() {
		name, value, _ := strings.Cut(v, "=")
		if !strings.HasSuffix(name, "_ADDR") || value == ClosedAddr {
			continue
		}
		conn, err := net.Dial("tcp", value)
		if err != nil {
			t.Error(name, err)
			continue
		}
		conn.Close()
	}
}
