package steps

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// sopsBench is a checkout with files that sops encrypted for the key of an operator, which lies in a file of its own.
type sopsBench struct {
	at           check.Site
	mine, theirs *age.X25519Identity
	keys, others string // files with keys
}

func newSopsBench(t testing.TB) *sopsBench {
	t.Helper()
	sops := testtools.Sops(t)
	t.Setenv("PATH", filepath.Dir(sops)+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(os.Getenv("HOME"), ".config"))
	for _, name := range sopsEnv {
		t.Setenv(name, "")
	}
	b := &sopsBench{at: localSite(t, map[string]string{
		"plain.yaml": "password: hunter2\n", "none.yaml": "a_unencrypted: hunter2\n", "plain.env": "A=hunter2\n",
	})}
	key := func(name string) (*age.X25519Identity, string) {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("# a key\n"+id.String()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return id, path
	}
	b.mine, b.keys = key("mine.txt")
	b.theirs, b.others = key("theirs.txt")
	for from, to := range map[string]string{"plain.yaml": "web.sops.yaml", "none.yaml": "none.sops.yaml", "plain.env": "web.sops.env"} {
		cmd := exec.Command(sops, "encrypt", "--age", b.mine.Recipient().String(), filepath.Join(b.at.Dir, from))
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(b.at.Dir, to), out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *sopsBench) change(t testing.TB, to string, edit func(string) string) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(b.at.Dir, "web.sops.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(b.at.Dir, to), []byte(edit(string(src))), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSopsLook(t *testing.T) {
	b := newSopsBench(t)
	b.change(t, "changed.sops.yaml", func(s string) string { return strings.Replace(s, "data:", "data:A", 1) })
	b.change(t, "added.sops.yaml", func(s string) string { return "added: hunter3\n" + s })
	b.change(t, "lost.sops.yaml", func(s string) string { return s[strings.Index(s, "sops:"):] })
	me, them := b.mine.Recipient().String(), b.theirs.Recipient().String()
	tests := []struct{ name, key, args, want string }{
		{"Decrypts", b.keys, "{file: web.sops.yaml}", "ok: decrypts; encrypted for ME"},
		{"Environment", b.keys, "{file: web.sops.env}", "ok: decrypts; encrypted for ME"},
		{"Recipients", b.keys, "{file: web.sops.yaml, recipients: [ME]}", "ok: decrypts; encrypted for ME"},
		{"WrongRecipients", b.keys, "{file: web.sops.yaml, recipients: [THEM]}", "failed: want for THEM; for nobody else, saw encrypted; not for THEM; for ME as well"},
		{"NotEncrypted", b.keys, "{file: plain.yaml}", "failed: want plain.yaml encrypted, saw it is not encrypted: there is nothing of sops in it"},
		{"NotEncryptedEnvironment", b.keys, "{file: plain.env}", "failed: want plain.env encrypted, saw it is not encrypted: there is nothing of sops in it"},
		{"NothingEncrypted", b.keys, "{file: none.sops.yaml}", "failed: want none.sops.yaml encrypted, saw no value in it is encrypted, although it went through sops"},
		{"NoFile", b.keys, "{file: nope.yaml}", "failed: want an encrypted file at nope.yaml, saw nothing"},
		{"Changed", b.keys, "{file: changed.sops.yaml}", "failed: want changed.sops.yaml decrypts, saw encrypted; a value in it was changed by hand, or was never encrypted"},
		{"Added", b.keys, "{file: added.sops.yaml}", "failed: want added.sops.yaml decrypts, saw encrypted; a value in it was changed by hand, or was never encrypted"},
		{"NoKey", "", "{file: web.sops.yaml}", "error: you need the age key of ME to decrypt web.sops.yaml, and there is no key here: put it into ~/.config/sops/age/keys.txt, or name its file with SOPS_AGE_KEY_FILE"},
		{"KeyFileGone", "/nowhere/keys.txt", "{file: web.sops.yaml}", "error: you need the age key of ME to decrypt web.sops.yaml, and SOPS_AGE_KEY_FILE names /nowhere/keys.txt, which is not there: get the key from an operator"},
		{"KeyOfSomebodyElse", b.others, "{file: web.sops.yaml}", "error: you need the age key of ME to decrypt web.sops.yaml, and the one in " + b.others + " is that of THEM: somebody who can decrypt the file adds that to .sops.yaml and runs sops updatekeys web.sops.yaml"},
	}
	names := strings.NewReplacer("ME", me, "THEM", them)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("SOPS_AGE_KEY_FILE", tt.key)
			if _, got := localLook(t, sopsKind(), b.at, names.Replace(tt.args)); got != names.Replace(tt.want) {
				t.Errorf("got  %s\nwant %s", got, names.Replace(tt.want))
			}
		})
	}
}

func TestSopsKeyInEnvironment(t *testing.T) {
	b := newSopsBench(t)
	t.Setenv("SOPS_AGE_KEY", b.mine.String())
	var secrets []string
	b.at.Secret = func(s string) { secrets = append(secrets, s) }
	if _, got := localLook(t, sopsKind(), b.at, "{file: web.sops.yaml}"); !strings.HasPrefix(got, "ok") {
		t.Error(got)
	}
	if len(secrets) != 1 || secrets[0] != b.mine.String() {
		t.Error("the key was not named to the redactor")
	}
}

func TestSopsMissing(t *testing.T) {
	b := newSopsBench(t)
	t.Setenv("PATH", t.TempDir())
	if _, got := localLook(t, sopsKind(), b.at, "{file: web.sops.yaml}"); !strings.HasPrefix(got, "error: there is no sops on PATH: ") {
		t.Error(got)
	}
}

func TestSopsVaultNeedsAGrant(t *testing.T) {
	b := newSopsBench(t)
	b.change(t, "vault.sops.yaml", func(s string) string {
		return strings.Replace(s, "sops:\n", "sops:\n    hc_vault:\n        - vault_address: https://vault.example:8200\n          engine_path: t\n          key_name: k\n          created_at: \"2026-05-18T10:00:00Z\"\n          enc: vault:v1:abcd\n", 1)
	})
	b.at.Grant = func(credential, host string) error {
		return &check.Denied{Reason: credential + " may not go to " + host}
	}
	if _, got := localLook(t, sopsKind(), b.at, "{file: vault.sops.yaml}"); got != "denied: vault may not go to vault.example:8200" {
		t.Error(got)
	}
}

// What a file hides from us sops finds: the token of ~/.vault-token goes to no address that is not granted.
func TestSopsTokenStaysHere(t *testing.T) {
	b := newSopsBench(t)
	var mu sync.Mutex
	var told []string
	vault := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r.Header.Get("X-Vault-Token"))
		w.WriteHeader(http.StatusForbidden)
	}))
	taken := func() []string {
		mu.Lock()
		defer mu.Unlock()
		tokens := told
		told = nil
		return tokens
	}
	t.Cleanup(vault.Close)
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte("hvs.mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.at.Grant = func(credential, host string) error {
		return &check.Denied{Reason: credential + " may not go to " + host}
	}
	const value = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]"
	const when = "2026-05-18T10:00:00Z"
	flat := "__list_0__map_hc_vault__list_0__map_"
	files := map[string]string{
		"letters.json": `{"a":"` + value + `","sops":{"age":[{"recipient":"age1x","enc":"x"}],"HC_Vault":[{"Vault_Addre\u017fs":"` + vault.URL + `",` +
			`"engine_path":"t","key_name":"k","enc":"vault:v1:x","created_at":"` + when + `"}],"lastmodified":"` + when + `","mac":"` + value + `","version":"3.9.0"}}`,
		"groups.env": "age__list_0__map_recipient=age1x\nA=" + value + "\nsops_key_groups" + flat + "vault_address=" + vault.URL + "\nsops_key_groups" + flat + "engine_path=t\nsops_key_groups" +
			flat + "key_name=k\nsops_key_groups" + flat + "enc=vault:v1:x\nsops_key_groups" + flat + "created_at=" + when + "\nsops_lastmodified=" + when + "\nsops_mac=" + value + "\nsops_version=3.9.0\n",
		"colon.ini": "[a]\nage__list_0__map_recipient = age1x\nb = " + value + "\n[sops]\nhc_vault__list_0__map_vault_address: " + vault.URL + "\nhc_vault__list_0__map_engine_path = t\n" +
			"hc_vault__list_0__map_key_name = k\nhc_vault__list_0__map_enc = vault:v1:x\nhc_vault__list_0__map_created_at = " + when + "\nlastmodified = " + when + "\nmac = " + value + "\nversion = 3.9.0\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(b.at.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, got := localLook(t, sopsKind(), b.at, "{file: "+name+"}")
		if tokens := taken(); !strings.HasPrefix(got, "denied: vault may not go to 127.0.0.1:") || tokens != nil {
			t.Errorf("%s: %s; the vault got %q", name, got, tokens)
		}
	}
	_, err := sopsDecrypt(t.Context(), b.at, sopsArgs{File: "letters.json"}, sopsMeta{})
	if tokens := taken(); err == nil || len(tokens) == 0 || slices.ContainsFunc(tokens, func(s string) bool { return s != "none" }) {
		t.Errorf("what is not seen in a file: %v; the vault got %q", err, tokens)
	}
}

func TestSopsArguments(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"Good", "{file: a.yaml, recipients: [age1x]}", ""},
		{"Empty", "{file: ''}", "[file]: this is no path"},
		{"Outside", "{file: ../a.yaml}", "[file]: the path leads out of the checkout"},
		{"Nobody", "{file: a, recipients: []}", "[recipients]: nobody could read such a file"},
		{"Secret", "{file: a, recipients: AGE-SECRET-KEY-1X}", "[recipients 0]: this is a secret key, and now it is in the plan: make a new one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, problems := localArgs(t, sopsKind(), tt.args); problemLine(problems) != tt.want {
				t.Errorf("got  %s\nwant %s", problemLine(problems), tt.want)
			}
		})
	}
}
