package steps

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// sopsMeta is what sops writes into a file beside its values.
type sopsMeta struct {
	recipients []string // none: it is not encrypted
	age        []string // those of them that are age keys
	vaults     []string // all that may be addresses of HashiCorp Vaults that sops would ask
	values     int      // that are encrypted
}

// sopsKeys are the fields that name a recipient, by the kind of key.
var sopsKeys = map[string]string{"age": "recipient", "pgp": "fp", "kms": "arn", "gcp_kms": "resource_id", "azure_kv": "vault_url", "hc_vault": "vault_address", "hckms": "key_id"}

var sopsForms = sync.OnceValue(func() (f struct{ value, flat, vault *regexp.Regexp }) {
	f.value = regexp.MustCompile(`ENC\[[A-Z0-9_]+,data:`)
	f.flat = regexp.MustCompile(`(?m)^(?:sops_)?([a-z_]+?)__list_\d+__map_([a-z_]+)\s*=\s*(\S+)\s*$`)
	f.vault = regexp.MustCompile(`(?im)__map_vault_address[^=:\n]*[=:]?(.*)$`)
	return f
})

// readSops reads what sops wrote: at the end of YAML and JSON, in lines of their own in .env and .ini files, and around
// everything else.
func readSops(name string, data []byte) (m sopsMeta) {
	m.recipients = []string{}
	m.values = max(len(sopsForms().value.FindAllIndex(data, -1))-1, 0) // less its checksum
	switch strings.ToLower(filepath.Ext(name)) {
	case ".env", ".ini":
		for _, f := range sopsForms().flat.FindAllStringSubmatch(string(data), -1) {
			if sopsKeys[f[1]] == f[2] {
				m.add(f[1], f[3])
			}
		}
		for _, f := range sopsForms().vault.FindAllStringSubmatch(string(data), -1) {
			m.addVault(strings.Trim(f[1], " \t\r\"'`"))
		}
		return m
	}
	v, err := decodeYAML(data)
	docs, several := v.([]any)
	if !several {
		docs = []any{v}
	}
	for _, doc := range docs {
		for key, value := range objMap(doc) {
			if strings.EqualFold(key, "sops") {
				m.findVaults(value)
			}
		}
	}
	if len(docs) > 0 {
		v = docs[0] // sops writes it into each
	}
	sops := objMap(v, "sops")
	if err != nil || objString(sops, "mac") == "" {
		return m
	}
	m.group(sops)
	for _, group := range folded(sops, "key_groups") {
		m.group(objMap(group))
	}
	return m
}

// findVaults takes in the addresses of all vaults, wherever they stand: it is sops that decides which of them it asks,
// and it takes the names of fields in JSON for the same whatever the case of their letters.
func (m *sopsMeta) findVaults(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			m.findVaults(item)
		}
	case map[string]any:
		for key, value := range v {
			if address, ok := value.(string); ok && strings.EqualFold(key, sopsKeys["hc_vault"]) {
				m.addVault(address)
			}
			m.findVaults(value)
		}
	}
}

func (m *sopsMeta) addVault(address string) {
	if !slices.Contains(m.vaults, address) {
		m.vaults = append(m.vaults, address)
	}
}

// folded are the items of the lists of that name, in any case of letters.
func folded(o map[string]any, name string) (out []any) {
	for key, value := range o {
		if items, ok := value.([]any); ok && strings.EqualFold(key, name) {
			out = append(out, items...)
		}
	}
	return out
}

// group takes in a group of keys.
func (m *sopsMeta) group(keys map[string]any) {
	for kind, field := range sopsKeys {
		for _, key := range folded(keys, kind) {
			for name, value := range objMap(key) {
				if recipient, ok := value.(string); ok && strings.EqualFold(name, field) {
					m.add(kind, recipient)
				}
			}
		}
	}
	slices.Sort(m.recipients)
}

func (m *sopsMeta) add(kind, recipient string) {
	if recipient == "" || slices.Contains(m.recipients, recipient) {
		return
	}
	m.recipients = append(m.recipients, recipient)
	if kind == "age" {
		m.age = append(m.age, recipient)
	}
}
