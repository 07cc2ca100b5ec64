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
	vaults     []string // addresses of HashiCorp Vaults that hold a key
	values     int      // that are encrypted
}

// sopsKeys are the fields that name a recipient, by the kind of key.
var sopsKeys = map[string]string{"age": "recipient", "pgp": "fp", "kms": "arn", "gcp_kms": "resource_id", "azure_kv": "vault_url", "hc_vault": "vault_address", "hckms": "key_id"}

var sopsForms = sync.OnceValue(func() (f struct{ value, flat *regexp.Regexp }) {
	f.value = regexp.MustCompile(`ENC\[[A-Z0-9_]+,data:`)
	f.flat = regexp.MustCompile(`(?m)^(?:sops_)?([a-z_]+?)__list_\d+__map_([a-z_]+)\s*=\s*(\S+)\s*$`)
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
		return m
	}
	v, err := decodeYAML(data)
	if docs, several := v.([]any); several && len(docs) > 0 {
		v = docs[0] // sops writes it into each
	}
	sops := objMap(v, "sops")
	if err != nil || objString(sops, "mac") == "" {
		return m
	}
	m.group(sops)
	for _, group := range objList(sops, "key_groups") {
		m.group(objMap(group))
	}
	return m
}

// group takes in a group of keys.
func (m *sopsMeta) group(keys map[string]any) {
	for kind, field := range sopsKeys {
		for _, key := range objList(keys, kind) {
			m.add(kind, objString(key, field))
		}
	}
	slices.Sort(m.recipients)
}

func (m *sopsMeta) add(kind, recipient string) {
	if recipient == "" || slices.Contains(m.recipients, recipient) {
		return
	}
	m.recipients = append(m.recipients, recipient)
	switch kind {
	case "age":
		m.age = append(m.age, recipient)
	case "hc_vault":
		m.vaults = append(m.vaults, recipient)
	}
}
