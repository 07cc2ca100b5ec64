package steps

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// testPostgresPool looks beside a look that goes on: a login serves those that are like it, until something may have
// changed, and nothing of one look is left to the next.
func testPostgresPool(t *testing.T, p *testsrv.Postgres, ca *testsrv.CA) {
	at, _ := postgresSite(t, ca, p)
	at.Secret = func(string) {}
	k := postgres{pool: &postgresPool{}}
	step := func(args, query string) string {
		return `{address: "` + p.Addr + `", user: web, database: web_db, passwordEnv: ` + args + `, query: "` + query + `"}`
	}
	look := func(at check.Site, src string) string {
		t.Helper()
		r, got := localLook(t, k.kind(), at, src)
		if self, ok := r.Self.(postgresSelf); ok && len(self.Rows) == 1 {
			return fmt.Sprint(self.Rows[0][0])
		}
		return got
	}
	changed := at
	changed.Changes++
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	for _, site := range []check.Site{at, changed} {
		wg.Go(func() {
			args, _ := localArgs(t, k.kind(), step("PASSWORD", "select pg_sleep(300)"))
			_, _ = k.kind().Look(ctx, site, args)
		})
	}
	for going := 0; going < 2; time.Sleep(time.Millisecond) {
		k.pool.mu.Lock()
		going = len(k.pool.shapes)
		k.pool.mu.Unlock()
	}

	const who = "select pg_backend_pid()"
	one, kept := "", false
	for range 20 { // a login may become too old in between
		one = look(at, step("PASSWORD", who))
		if kept = one == look(at, step("PASSWORD", who)); kept {
			break
		}
	}
	if !kept {
		t.Error("each look logs in")
	}
	look(at, step("PASSWORD", "select pg_advisory_lock(4711)"))
	if n := look(at, step("PASSWORD", "select count(*) from pg_locks where locktype = 'advisory'")); n != "0" {
		t.Errorf("%s locks are left", n)
	}
	if after := look(changed, step("PASSWORD", who)); after == one {
		t.Error("a login from before a change serves a look after it")
	}
	if got := look(at, step("WRONG", who)); !strings.Contains(got, "the password of web is refused") {
		t.Error(got)
	}
	boss := strings.Replace(step("PASSWORD", "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid = "+one), "user: web", "user: boss", 1)
	look(at, boss)
	if after := look(at, step("PASSWORD", who)); after == one || strings.Contains(after, " ") {
		t.Errorf("after the server has ended it: %s", after)
	}
	stop()
	wg.Wait()
	if len(k.pool.shapes) != 0 {
		t.Errorf("%d shapes are kept", len(k.pool.shapes))
	}
	left := strings.Replace(step("PASSWORD", "select count(*) from pg_stat_activity where application_name = 'wpctl' and state = 'idle'"), "user: web", "user: boss", 1)
	for look(at, left) != "0" {
		if time.Sleep(10 * time.Millisecond); t.Context().Err() != nil {
			t.Fatal("connections are left")
		}
	}
}
