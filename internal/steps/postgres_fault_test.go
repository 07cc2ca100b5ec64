package steps

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// speaker is a server that lets everybody in and then does as it is told; the fault is what a real one does not do.
func speaker(t *testing.T, say func(*pgproto3.Backend)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b := pgproto3.NewBackend(c, c)
				for {
					m, err := b.ReceiveStartupMessage()
					if err != nil {
						return
					}
					if _, ok := m.(*pgproto3.SSLRequest); !ok {
						break
					}
					if _, err := c.Write([]byte("N")); err != nil {
						return
					}
				}
				say(b)
			}()
		}
	}()
	return l.Addr().String()
}

// TestPostgresTalksForEver meets servers whose answer never ends: each look ends long before its time.
func TestPostgresTalksForEver(t *testing.T) {
	letIn := func(b *pgproto3.Backend) {
		b.Send(&pgproto3.AuthenticationOk{})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		_ = b.Flush()
	}
	forEver := func(b *pgproto3.Backend, m func(n int) pgproto3.BackendMessage) {
		for n := 0; ; n++ {
			b.Send(m(n))
			if b.Flush() != nil {
				return
			}
		}
	}
	long := strings.Repeat("x", 64<<10)
	for name, say := range map[string]func(*pgproto3.Backend){
		"Rows": func(b *pgproto3.Backend) {
			letIn(b)
			b.Send(&pgproto3.ParseComplete{})
			b.Send(&pgproto3.BindComplete{})
			b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("a"), DataTypeOID: 25}}})
			forEver(b, func(int) pgproto3.BackendMessage { return &pgproto3.DataRow{Values: [][]byte{[]byte(long)}} })
		},
		"Notices": func(b *pgproto3.Backend) {
			letIn(b)
			forEver(b, func(int) pgproto3.BackendMessage { return &pgproto3.NoticeResponse{Message: long} })
		},
		"Parameters": func(b *pgproto3.Backend) {
			forEver(b, func(n int) pgproto3.BackendMessage {
				return &pgproto3.ParameterStatus{Name: fmt.Sprint(n), Value: long}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			args, _ := localArgs(t, postgresKind(Deps{}), `{address: "`+speaker(t, say)+`", user: web, sslmode: disable}`)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := postgresKind(Deps{}).Look(ctx, localSite(t, nil), args)
			if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "says more than") {
				t.Error(err)
			}
		})
	}
}

// TestPostgresKeepsThePassword meets a server without TLS that asks for the password in clear.
func TestPostgresKeepsThePassword(t *testing.T) {
	var got atomic.Value
	addr := speaker(t, func(b *pgproto3.Backend) {
		b.Send(&pgproto3.AuthenticationCleartextPassword{})
		_ = b.SetAuthType(pgproto3.AuthTypeCleartextPassword)
		_ = b.Flush()
		if m, err := b.Receive(); err == nil {
			if p, ok := m.(*pgproto3.PasswordMessage); ok {
				got.Store(p.Password)
			}
		}
		b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "no"})
		_ = b.Flush()
	})
	at := localSite(t, nil)
	at.Env = func(string) (string, bool) { return "swordfish", true }
	at.Grant, at.Secret = func(string, string) error { return nil }, func(string) {}
	_, said := localLook(t, postgresKind(Deps{}), at, `{address: "`+addr+`", user: web, passwordEnv: PW}`)
	if got.Load() != nil || !strings.HasPrefix(said, "error: "+addr+" asks for the password in clear") {
		t.Errorf("%v: %s", got.Load(), said)
	}
	if _, said = localLook(t, postgresKind(Deps{}), at, `{address: "`+addr+`", user: web, passwordEnv: PW, sslmode: disable}`); got.Load() != "swordfish" {
		t.Error(said)
	}
}
