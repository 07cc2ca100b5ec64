package steps

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// sopsArgs are the fields of a sops step.
type sopsArgs struct {
	File       string   `yaml:"file" required:"true" doc:"the encrypted file, inside the checkout"`
	Recipients []string `yaml:"recipients" doc:"for whom it must be encrypted, all of them and nobody else: age1…, fingerprints of PGP keys, names of cloud keys"`
}

// sopsSelf is what a sops step saw.
type sopsSelf struct {
	Recipients []string `json:"recipients" doc:"for whom it is encrypted"`
	Values     int      `json:"values" doc:"how many of its values are encrypted"`
	Decrypts   bool     `json:"decrypts" doc:"the keys of whoever runs this decrypt it"`
}

// sopsKind lets the sops of this machine decrypt a file with the keys of whoever runs this, and keeps nothing of it.
//
// What it makes of trouble: a file that is not encrypted, or for others than wanted, or was changed by hand, is a
// finding. Not to have the key is unknown: whoever has it may find that all is well. What sops says is never repeated,
// because it quotes values.
func sopsKind() check.Kind {
	return check.Define(check.Spec[sopsArgs]{
		Name:     "sops",
		Doc:      "Expect a file to be encrypted, and to decrypt with the keys of whoever runs this.",
		Bare:     "file",
		Example:  "sops: {file: helm/web-values.sops.yaml}",
		Self:     sopsSelf{},
		Timeout:  time.Minute,
		Caps:     []check.Capability{check.ReadsFiles, check.ReadsSecrets, check.Network}, // the network where a key lies in a cloud
		Check:    sopsCheck,
		Target:   func(a sopsArgs) string { return a.File },
		Programs: func(sopsArgs) []string { return []string{"sops"} },
		Look:     sopsLook,
	})
}

func sopsCheck(a sopsArgs) (out []check.Problem) {
	if strings.TrimSpace(a.File) == "" || strings.Contains(a.File, "\x00") {
		out = append(out, problem("this is no path", "", "file"))
	} else if !filepath.IsAbs(a.File) && !filepath.IsLocal(a.File) {
		out = append(out, problem("the path leads out of the checkout", "name the other repository with repo, and the path inside it", "file"))
	}
	if a.Recipients != nil && len(a.Recipients) == 0 {
		out = append(out, problem("nobody could read such a file", "name the recipients, or leave them out", "recipients"))
	}
	for i, r := range a.Recipients {
		switch {
		case strings.HasPrefix(r, "AGE-SECRET-KEY-"):
			out = append(out, problem("this is a secret key, and now it is in the plan: make a new one", "recipients are public keys: age1…", "recipients", i))
		case strings.TrimSpace(r) == "":
			out = append(out, problem("this is no recipient", "age1…", "recipients", i))
		}
	}
	return out
}

func sopsLook(ctx context.Context, at check.Site, a sopsArgs) (check.Result, error) {
	f, err := readFile(at, a.File)
	if err != nil {
		return check.Result{}, err
	}
	if f.none != "" {
		return check.Result{Want: "an encrypted file at " + a.File, Saw: f.none, Why: f.why, Self: sopsSelf{Recipients: []string{}}}, nil
	}
	meta := readSops(a.File, f.data)
	self := sopsSelf{Recipients: meta.recipients, Values: meta.values}
	switch {
	case len(meta.recipients) == 0:
		return check.Result{Want: a.File + " encrypted", Saw: "it is not encrypted: there is nothing of sops in it", Self: self, Why: []string{
			"sops encrypt --in-place " + a.File + ", and change what stood in it, if it was ever committed",
		}}, nil
	case meta.values == 0:
		return check.Result{Want: a.File + " encrypted", Saw: "no value in it is encrypted, although it went through sops", Self: self, Why: []string{
			"see encrypted_regex and the like at its end",
		}}, nil
	}
	if ms := a.wrongRecipients(meta.recipients); len(ms) > 0 {
		return netVerdict("encrypted", ms, []string{"mend the recipients in .sops.yaml, then sops updatekeys " + a.File}, self), nil
	}
	fault, err := sopsDecrypt(ctx, at, a, meta)
	if err != nil {
		return check.Result{}, err
	}
	if fault != "" {
		return netVerdict("encrypted", []Mismatch{{a.File + " decrypts", fault}}, []string{"edit it with sops " + a.File + ", never by hand"}, self), nil
	}
	self.Decrypts = true
	return check.Result{OK: true, Saw: "decrypts; encrypted for " + bounded(meta.recipients), Self: self}, nil
}

// wrongRecipients compares for whom a file is encrypted with for whom it should be.
func (a sopsArgs) wrongRecipients(have []string) (ms []Mismatch) {
	if a.Recipients == nil {
		return nil
	}
	for _, want := range a.Recipients {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, want) }) {
			ms = append(ms, Mismatch{"for " + want, "not for " + want})
		}
	}
	for _, h := range have {
		if !slices.ContainsFunc(a.Recipients, func(want string) bool { return strings.EqualFold(h, want) }) {
			ms = append(ms, Mismatch{"for nobody else", "for " + h + " as well"})
		}
	}
	return ms
}

// sopsDecrypt lets sops decrypt the file into nothing, and returns what is wrong with the file.
func sopsDecrypt(ctx context.Context, at check.Site, a sopsArgs, meta sopsMeta) (fault string, err error) {
	sops, err := findProgram(at, "sops")
	if err != nil {
		return "", err
	}
	path, err := checkoutPath(at, a.File)
	if err != nil {
		return "", err
	}
	for _, address := range meta.vaults {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User != nil {
			return "", &check.Denied{Reason: fmt.Sprintf("the address of a vault in %s cannot be read: your token goes to none", a.File)}
		}
		if at.Grant != nil {
			if err := at.Grant("vault", u.Host); err != nil {
				return "", err
			}
		}
	}
	keys := findAgeKeys(at)
	if len(meta.vaults) == 0 {
		keys.env["VAULT_TOKEN"] = "none" // else sops has that of ~/.vault-token for whatever it takes for a vault
	}
	r, err := sops.run(ctx, at, call{env: keys.env, keep: 64 << 10, args: []string{"decrypt", "--output", os.DevNull, path}})
	switch {
	case err != nil:
		return "", err
	case r.Exit == 0:
		return "", nil
	case r.Exit == 25: // https://github.com/getsops/sops/blob/v3.13.3/cmd/sops/codes/codes.go
		return "a value in it was changed by hand, or was never encrypted", nil
	case r.Exit == 51:
		return "it was changed after it was encrypted: its checksum (MAC) does not fit", nil
	case r.Exit == 128:
		return "", &check.Unauthenticated{Err: errors.New(keys.lacking(a.File, meta))}
	}
	return "", fmt.Errorf("sops cannot decrypt %s: it ended with exit %d", a.File, r.Exit)
}
