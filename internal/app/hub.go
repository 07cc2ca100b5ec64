package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/adapter"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/exchange"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/keep"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

var errStranger = errors.New("these plans are a stranger's, and a hub is not told of them")

// NoHub is the error where no hub is configured.
type NoHub struct{ Hint string }

func (e *NoHub) Error() string { return "no hub is configured; " + e.Hint }

// NoToken is the error where the user has no token for a hub. It is asked for nothing, and told nothing.
type NoToken struct{ Hub, Hint string }

func (e *NoToken) Error() string { return fmt.Sprintf("no token for the hub %s; %s", e.Hub, e.Hint) }

// noTokenFile is the error where the file that the user named for a token is not there.
type noTokenFile struct{ err error }

func (e *noTokenFile) Error() string { return "the hub's token: " + e.err.Error() }
func (e *noTokenFile) Unwrap() error { return e.err }

// hubAddress is the address of the configured hub.
func (a *App) hubAddress() (string, error) {
	if a.Config.Hub.Base == "" {
		file := a.Config.File
		if file == "" {
			file = ".wpctl.yaml"
		}
		return "", &NoHub{Hint: fmt.Sprintf("write `hub: {base: https://…}` into %s, or set WPCTL_HUB_BASE", a.relative(file))}
	}
	return hub.Address(a.Config.Hub.Base)
}

// hubToken is the user's token for the hub at an address: that of the environment, which is for the hub that the
// environment names, or the one in the file that the user's configuration names for that scheme, host and port.
// A repository's hub never gets the token of another one.
func (a *App) hubToken(address string) (string, error) {
	origin, err := hub.Origin(address)
	if err != nil {
		return "", err
	}
	if token, ok := a.Env("WPCTL_HUB_TOKEN"); ok && token != "" {
		base, _ := a.Env("WPCTL_HUB_BASE")
		if own, err := hub.Origin(base); err == nil && own == origin {
			a.Redactor.Add(strings.TrimSpace(token))
			return strings.TrimSpace(token), nil
		}
	}
	path, ok := a.Config.TokenFile(address)
	if !ok {
		return "", &NoToken{Hub: origin, Hint: fmt.Sprintf("write `hub: {tokens: {%q: PATH}}` into %s, or set WPCTL_HUB_TOKEN together with WPCTL_HUB_BASE", origin, a.Config.UserFile)}
	}
	return a.readToken(path)
}

func (a *App) readToken(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", &noTokenFile{err}
	}
	if err != nil {
		return "", fmt.Errorf("the hub's token: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > 4096 {
		return "", fmt.Errorf("the hub's token: %s is no file with a token", path)
	}
	if err := disk.Private(path); err != nil {
		return "", fmt.Errorf("the hub's token %s: %w", path, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the hub's token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	a.Redactor.Add(token)
	return token, nil
}

// closing is a hub that is closed after use.
type closing interface {
	hub.Remote
	Close()
}

// remote is the configured hub, ours or one of others. Close it after use. A stranger's plans are told to nobody: it
// would be with the user's token.
func (a *App) remote() (closing, error) {
	if a.Untrusted {
		return nil, errStranger
	}
	address, err := a.hubAddress()
	if err != nil {
		return nil, err
	}
	settings, err := a.Config.Adapter(address)
	if err != nil {
		return nil, err
	}
	token, err := a.hubToken(address)
	if err != nil {
		return nil, err
	}
	if settings.Empty() {
		return client.New(address, token, "wpctl/"+a.Version)
	}
	return adapter.New(address, token, "wpctl/"+a.Version, settings)
}

// errOthers is the error of what only a hub of ours can do.
var errOthers = errors.New("the hub is one of others: through routes there are no claims, no messages and nothing that the kind hub looks at")

// Outbox is what waits for hubs.
func (a *App) Outbox() (*outbox.Box, error) {
	st, err := a.State()
	if err != nil {
		return nil, err
	}
	box, err := outbox.Open(filepath.Join(st.Dir(), "outbox"))
	if err != nil {
		return nil, err
	}
	box.Redact, box.Now, box.At = a.Redactor.String, a.Now, a.At
	return box, nil
}

// exchange is what plans are brought in step with.
func (a *App) exchange(r hub.Remote) (*exchange.Exchange, error) {
	box, err := a.Outbox()
	if err != nil {
		return nil, err
	}
	st, err := a.State()
	if err != nil {
		return nil, err
	}
	kept, err := keep.Open(filepath.Join(st.Dir(), "hub"))
	if err != nil {
		return nil, err
	}
	kept.At = a.At
	return &exchange.Exchange{Remote: r, Box: box, Keep: kept, Root: real(a.Config.Root), NewKey: hubid.New, At: a.At}, nil
}

// exitOfHub is the exit code of an error of a hub.
func exitOfHub(err error) int {
	var p *hub.Problem
	var noToken *NoToken
	var noFile *noTokenFile
	var noHub *NoHub
	var plan *unidentified
	var notAdapted *config.NotAdapted
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &noHub), errors.As(err, &plan), errors.Is(err, errOthers), errors.As(err, &notAdapted):
		return ExitUsage
	case errors.As(err, &noToken), errors.As(err, &noFile), errors.As(err, &p) && p.Code == hub.CodeToken:
		return ExitAuth
	case errors.As(err, &p) && p.Code == hub.CodeLeaseHeld:
		return ExitWaiting
	}
	return ExitUnknown
}

// unsynced says in an error of the hub's, where it does not know what it was asked about, how it gets to know.
func unsynced(err error, id, plan string) error {
	var p *hub.Problem
	if errors.As(err, &p) && p.Code == hub.CodeNotFound {
		return fmt.Errorf("the hub does not know %s: `wpctl sync %s` tells it: %w", id, plan, err)
	}
	return err
}
