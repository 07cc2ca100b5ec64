package config

import (
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/adapter"
)

// takeTokens takes the user's own tokens of hubs, which no repository gives and none redirects: each is bound to the
// scheme, the host and the port that it is written for.
func (c *Config) takeTokens(l *layer) {
	if l.kind != userLayer {
		return
	}
	for address, path := range l.settings.Hub.Tokens {
		origin, err := hub.Origin(address)
		if err != nil || path == "" {
			continue // told by validate
		}
		key := "hub.tokens." + address
		c.tokens[origin] = l.source(key).path(path)
		c.origins[key] = l.origin(key)
		if c.Hub.Tokens == nil {
			c.Hub.Tokens = map[string]string{}
		}
		c.Hub.Tokens[address] = path
	}
}

// TokenFile returns the path of the file with the token of the hub at an address; ok is false where the user has none
// for its scheme, host and port.
func (c *Config) TokenFile(address string) (path string, ok bool) {
	origin, err := hub.Origin(address)
	if err != nil {
		return "", false
	}
	path, ok = c.tokens[origin]
	return path, ok
}

// adapted are the routes of one file, for the hub at the address that stands beside them.
type adapted struct {
	address, origin string
	ours            bool // by the user
	settings        adapter.Settings
}

// takeAdapter takes a file's routes. Which of them count is found out when the hub is known.
func (c *Config) takeAdapter(l *layer) {
	h := &l.settings.Hub
	if l.kind == userLayer && l.has("hub.adapted") {
		c.Hub.Adapted = h.Adapted
		c.origins["hub.adapted"] = l.origin("hub.adapted")
	}
	if l.kind != userLayer && l.kind != repoLayer || !l.has("hub.routes") {
		return
	}
	address, err := hub.Address(h.Base)
	if err != nil {
		return // told by validate
	}
	for name := range h.Routes {
		c.origins["hub.routes."+name] = l.origin("hub.routes." + name)
	}
	c.adapters = append(c.adapters, adapted{address, l.origin("hub.routes"), l.kind == userLayer, adapter.Settings{Auth: h.Auth, StatusMap: h.StatusMap, Routes: h.Routes}})
	c.Hub.Auth, c.Hub.StatusMap, c.Hub.Routes = h.Auth, h.StatusMap, h.Routes
}

// NotAdapted is the error of routes that a repository wants to be used with the user's token, and that the user has
// not agreed to.
type NotAdapted struct{ Address, Origin, UserFile string }

func (e *NotAdapted) Error() string {
	return fmt.Sprintf("%s says what is asked of the hub with your token; if that is meant, write `hub: {adapted: [%q]}` into %s", e.Origin, e.Address, e.UserFile)
}

// Adapter returns how the hub at an address is asked; empty settings are for a hub of ours. Routes are for the base
// beside which they stand, the user's own before a repository's, and a repository's where the user has agreed.
func (c *Config) Adapter(address string) (adapter.Settings, error) {
	address, err := hub.Address(address)
	if err != nil {
		return adapter.Settings{}, err
	}
	var theirs *adapted
	for i, a := range c.adapters {
		switch {
		case a.address != address:
		case a.ours:
			return a.settings, nil
		default:
			theirs = &c.adapters[i]
		}
	}
	if theirs == nil {
		return adapter.Settings{}, nil
	}
	for _, agreed := range c.Hub.Adapted {
		if agreed, err := hub.Address(agreed); err == nil && agreed == address {
			return theirs.settings, nil
		}
	}
	return adapter.Settings{}, &NotAdapted{Address: address, Origin: theirs.origin, UserFile: c.userFileName()}
}

// validateAdapter tells of mistakes in routes.
func (l *layer) validateAdapter() {
	h := &l.settings.Hub
	for i, address := range h.Adapted {
		if _, err := hub.Address(address); err != nil {
			l.add(l.item("hub.adapted", i), "bad-value", "", "%v", err)
		}
	}
	if len(h.Routes) == 0 {
		for _, key := range []string{"hub.routes", "hub.auth", "hub.status_map"} {
			if l.has(key) {
				l.add(l.values[key], "bad-value", "", "without routes this says nothing: write hub.routes")
			}
		}
		return
	}
	if !l.has("hub.base") {
		l.add(l.values["hub.routes"], "bad-value", "", "routes are for the hub that hub.base beside them names")
	}
	for _, p := range adapter.Check(adapter.Settings{Auth: h.Auth, StatusMap: h.StatusMap, Routes: h.Routes}) {
		at := "hub." + p.Path
		for l.values[at] == nil && strings.Contains(at, ".") {
			at = at[:strings.LastIndexByte(at, '.')]
		}
		l.add(l.values[at], "bad-value", "", "%s: %s", p.Path, p.Message)
	}
}

func (l *layer) validateHub() {
	h := &l.settings.Hub
	l.validateAdapter()
	if l.has("hub.base") {
		if _, err := hub.Address(h.Base); err != nil {
			l.add(l.values["hub.base"], "bad-value", "", "%v", err)
		}
	}
	l.each("hub.tokens", h.Tokens, func(address, path string) (string, string) {
		wrong := ""
		if _, err := hub.Origin(address); err != nil {
			wrong = err.Error()
		}
		// The value is not repeated: it may be the token itself.
		return wrong, unless(path != "" && !strings.HasPrefix(path, hub.Prefix), "wanted the path of a file that holds the token, and not the token")
	})
}

// hubWords returns a setting of the hub as one line.
func (c *Config) hubWords(name string) string {
	if address, ok := strings.CutPrefix(name, "tokens."); ok {
		return c.Hub.Tokens[address]
	}
	if name == "adapted" {
		return strings.Join(c.Hub.Adapted, ", ")
	}
	if kind, ok := strings.CutPrefix(name, "routes."); ok {
		r := c.Hub.Routes[kind]
		return strings.Join(slices.DeleteFunc([]string{r.List, r.Read, r.Create, r.Update}, func(s string) bool { return s == "" }), ", ")
	}
	return c.Hub.Base
}
