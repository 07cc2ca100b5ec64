package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// grant works out the grants and the keys: the user's, narrowed by the repository's, which is told what it cannot have.
func (c *Config) grant(layers []*layer) {
	c.Grants, c.Keys = Grants{Run: []string{}, Env: []string{}, Credentials: map[string][]string{}}, map[string]string{}
	var repo *layer
	for _, l := range layers {
		switch l.kind {
		case repoLayer:
			repo = l
		case userLayer, flagLayer, policyLayer:
			c.Grants = c.Grants.and(l.settings.Grants)
			maps.Copy(c.Keys, l.settings.Keys)
			c.takeTokens(l)
			c.grantOrigins(l)
		}
	}
	if repo == nil {
		return
	}
	c.refuse(repo)
	c.Limit = repo.settings.Grants
	c.Grants = c.Grants.Narrow(c.Limit)
	for key := range repo.keys {
		if from, ok := c.origins[key]; ok && strings.HasPrefix(key, "grants.") {
			c.origins[key] = from + ", narrowed by " + repo.origin(key)
		}
	}
}

// grantOrigins notes where grants and keys came from; several sources of one list are named together.
func (c *Config) grantOrigins(l *layer) {
	keys := []string{"grants.run", "grants.env"}
	for name := range l.settings.Grants.Credentials {
		keys = append(keys, "grants.credentials."+name)
	}
	for name := range l.settings.Keys {
		keys = append(keys, "keys."+name)
	}
	for _, key := range keys {
		switch before := c.origins[key]; {
		case !l.has(key):
		case before != "":
			c.origins[key] = before + ", " + l.origin(key)
		default:
			c.origins[key] = l.origin(key)
		}
	}
}

// refuse tells what the repository's file would grant beyond the user's own grants. Nothing of it holds.
func (c *Config) refuse(l *layer) {
	want := l.settings.Grants
	tell := func(n *yaml.Node, what string) {
		if l.wrong(n) {
			return
		}
		l.tell(diag.Diagnostic{
			Pos: l.at(n), Severity: diag.Warning, Code: "grant-ignored",
			Message: what + " is not granted by you, and a repository cannot grant it: ignored",
			Hint:    "if you want it, write it into " + c.userFileName(),
		})
	}
	each := func(path string, granted, want []string, meet meeting) {
		for i, p := range want {
			if !covered(granted, p, meet) {
				tell(l.item(path, i), fmt.Sprintf("%q", p))
			}
		}
	}
	each("grants.run", c.Grants.Run, want.Run, meetNames)
	each("grants.env", c.Grants.Env, want.Env, meetNames)
	for name, hosts := range want.Credentials {
		if _, ok := c.Grants.Credentials[name]; !ok {
			tell(l.values["grants.credentials."+name], fmt.Sprintf("the credential %q", name))
			continue
		}
		each("grants.credentials."+name, c.Grants.Credentials[name], hosts, meetHosts)
	}
	for address := range l.settings.Hub.Tokens {
		tell(l.values["hub.tokens."+address], "a token for a hub")
	}
	for i := range l.settings.Hub.Adapted {
		tell(l.item("hub.adapted", i), "the use of its routes with your token")
	}
	for name, key := range l.settings.Keys {
		if c.Keys[name] == key {
			continue
		}
		tell(l.values["keys."+name], fmt.Sprintf("trust in the key %q", name))
	}
}

func (c *Config) userFileName() string {
	if c.UserFile == "" {
		return "your own configuration"
	}
	return c.UserFile
}

// covered tells whether the patterns grant all that p matches.
func covered(granted []string, p string, meet meeting) bool {
	return slices.ContainsFunc(granted, func(g string) bool {
		m, ok := meet(g, p)
		same, _ := meet(p, p)
		return ok && m == same
	})
}
