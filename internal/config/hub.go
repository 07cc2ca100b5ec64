package config

import (
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
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

func (l *layer) validateHub() {
	h := &l.settings.Hub
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
	return c.Hub.Base
}
