package cluster

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

// cacheFor is how long discovery is believed across runs, as kubectl does.
// It may be wrong meanwhile: a kind that it does not know is asked for, and one that is gone is forgotten.
const cacheFor = 6 * time.Hour

type kindsFile struct {
	Server    string      `json:"server"`
	Resources []*Resource `json:"resources"`
}

func (k *kinds) load() []*Resource {
	info, err := os.Stat(k.file)
	if err != nil || time.Since(info.ModTime()) > cacheFor {
		return nil
	}
	data, err := os.ReadFile(k.file)
	var f kindsFile
	if err != nil || json.Unmarshal(data, &f) != nil || f.Server != k.client.base.String() {
		return nil
	}
	return f.Resources
}

// save keeps what was discovered for the next run. A cache that cannot be written is none.
func (k *kinds) save(all []*Resource) {
	if k.file == "" || len(all) == 0 || os.MkdirAll(filepath.Dir(k.file), 0o700) != nil {
		return
	}
	if data, err := json.Marshal(kindsFile{k.client.base.String(), all}); err == nil {
		_ = disk.Put(k.file, data, disk.Own{Perm: 0o600})
	}
}
