package steps

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"filippo.io/age"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// sopsEnv are the names of the environment that say to sops where the operator's own keys are.
var sopsEnv = []string{"SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_FILE", "SOPS_GPG_EXEC", "GNUPGHOME"}

// ageKeys are the operator's own age keys, as sops finds them.
type ageKeys struct {
	env    map[string]string // for sops
	own    []string          // the recipients of the keys
	places []string          // where keys are
	gone   string            // the file that SOPS_AGE_KEY_FILE names, where it is not there
}

const maxKeyFile = 1 << 20

// findAgeKeys looks for keys where sops does. It keeps nothing of them but for whom they are.
func findAgeKeys(at check.Site) ageKeys {
	k := ageKeys{env: map[string]string{}}
	for _, name := range sopsEnv {
		if v, ok := os.LookupEnv(name); ok && v != "" {
			k.env[name] = v
		}
	}
	if key := k.env["SOPS_AGE_KEY"]; key != "" {
		for line := range strings.Lines(key) {
			nameSecret(at, strings.TrimSpace(line))
		}
		k.read("SOPS_AGE_KEY", strings.NewReader(key))
	}
	files := defaultKeyFiles()
	if named := k.env["SOPS_AGE_KEY_FILE"]; named != "" {
		files = []string{named}
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			if name == k.env["SOPS_AGE_KEY_FILE"] {
				k.gone = name
			}
			continue
		}
		k.read(name, io.LimitReader(f, maxKeyFile))
		_ = f.Close()
	}
	if k.env["SOPS_AGE_KEY_CMD"] != "" {
		k.places = append(k.places, "SOPS_AGE_KEY_CMD")
	}
	return k
}

func defaultKeyFiles() (out []string) {
	add := func(dir string) {
		if path := filepath.Join(dir, "sops", "age", "keys.txt"); dir != "" && !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	if dir, err := os.UserConfigDir(); err == nil {
		add(dir)
	}
	if runtime.GOOS == "darwin" {
		add(os.Getenv("XDG_CONFIG_HOME"))
	}
	return out
}

func (k *ageKeys) read(place string, r io.Reader) {
	k.places = append(k.places, place)
	ids, err := age.ParseIdentities(r)
	if err != nil {
		return
	}
	for _, id := range ids {
		switch id := id.(type) {
		case *age.X25519Identity:
			k.own = append(k.own, id.Recipient().String())
		case *age.HybridIdentity:
			k.own = append(k.own, id.Recipient().String())
		}
	}
}

// lacking says which key is missing here, and what to do about it.
func (k ageKeys) lacking(file string, m sopsMeta) string {
	wanted := bounded(m.recipients)
	switch {
	case len(m.age) == 0:
		return fmt.Sprintf("no key here decrypts %s, which is encrypted for %s: log in to where that key is, or get it from an operator", file, wanted)
	case k.gone != "":
		return fmt.Sprintf("you need the age key of %s to decrypt %s, and SOPS_AGE_KEY_FILE names %s, which is not there: get the key from an operator", wanted, file, k.gone)
	case len(k.places) == 0:
		where := "~/.config/sops/age/keys.txt"
		if files := defaultKeyFiles(); len(files) > 0 {
			where = homeless(files[0])
		}
		return fmt.Sprintf("you need the age key of %s to decrypt %s, and there is no key here: put it into %s, or name its file with SOPS_AGE_KEY_FILE", wanted, file, where)
	case len(k.own) == 0:
		return fmt.Sprintf("you need the age key of %s to decrypt %s, and %s holds none", wanted, file, homeless(strings.Join(k.places, ", ")))
	}
	return fmt.Sprintf("you need the age key of %s to decrypt %s, and the one in %s is that of %s: somebody who can decrypt the file adds that to .sops.yaml and runs sops updatekeys %s",
		wanted, file, homeless(strings.Join(k.places, ", ")), bounded(k.own), file)
}

// homeless writes a path below the home folder as people do.
func homeless(path string) string {
	if home, err := os.UserHomeDir(); err == nil && home != "/" && home != "" {
		return strings.ReplaceAll(path, home+string(filepath.Separator), "~"+string(filepath.Separator))
	}
	return path
}
