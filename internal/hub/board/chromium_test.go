package board_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// browser is a tab of a real Chromium.
type browser struct {
	testing.TB
	ctx context.Context
}

// chromium starts a browser. Where there is none the test is skipped; in CI it fails.
func chromium(t testing.TB) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" && os.Getenv("CI") == "" {
		t.Skip("no chromium on this machine")
	}
	if path == "" {
		t.Fatal("no chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(t.TempDir()))
	all, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(all)
	ctx, end := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); end(); cancel(); stop() })
	b := &browser{TB: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// value is what a script says.
func value[T any](b *browser, script string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.Fatalf("%s: %v", script, err)
	}
	return v
}

// until waits for a script to say true.
func (b *browser) until(script string) {
	b.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if value[bool](b, script) {
			return
		}
		if time.Now().After(end) {
			b.shot("failed")
			b.Fatalf("never: %s\n%.2000s", script, value[string](b, "document.body.innerText"))
		}
	}
}

// shot takes a picture of the page, where a folder for them is named.
func (b *browser) shot(name string) {
	b.Helper()
	dir := os.Getenv("WPCTL_BOARD_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) scheme(name string) {
	b.Helper()
	p := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, p); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) login(w *world, name string, role hub.Role) {
	b.Helper()
	b.do(chromedp.Navigate(w.Base+"/login"), chromedp.SendKeys("#token", w.token(hub.Token{Name: name, Role: role})), chromedp.Click("button.primary"))
	b.until(`document.querySelector("header.top") !== null`)
}

func TestLooks(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "hub.db"))
	plan, tasks, decision := w.harbour()
	large := w.large("FLEET-WP-0002", 200)
	b := chromium(t)
	b.login(w, "ada", hub.Human)
	for _, size := range []struct {
		name string
		w, h int64
	}{{"wide", 1280, 1000}, {"narrow", 360, 780}} {
		b.do(chromedp.EmulateViewport(size.w, size.h))
		for _, scheme := range []string{"light", "dark"} {
			b.scheme(scheme)
			for name, path := range map[string]string{
				"plans": "/", "plan": "/plans/" + plan.ID, "task": "/plans/" + plan.ID + "/tasks/" + tasks[3], "decision": "/plans/" + plan.ID + "/decisions/" + decision,
				"large": "/plans/" + large.ID + "/tasks", "graph": "/plans/" + plan.ID + "/graph", "history": "/plans/" + plan.ID + "/history", "work": "/work", "search": "/search?q=registry", "help": "/help",
				"decisions": "/decisions",
			} {
				b.do(chromedp.Navigate(w.Base + path))
				b.shot(name + "-" + size.name + "-" + scheme)
			}
		}
	}
}
