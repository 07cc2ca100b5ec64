// Package sign makes and checks signatures under sign-offs and decisions, with a key that each person keeps in their
// own configuration directory.
// It does not keep the sign-offs themselves, and it trusts nobody: whose keys count is handed in.
package sign

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Record is a person's word about one step (or decision), as it is kept, with the signature over it.
// Without Key and Sig it is a claim.
type Record struct {
	Plan   string    `json:"plan"`
	Task   string    `json:"task,omitempty"` // "" for the plan's own
	Step   string    `json:"step"`
	Digest string    `json:"digest"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Note   string    `json:"note,omitempty"`
	Key    string    `json:"key,omitempty"` // the public key, as PublicKey.String writes it
	Sig    string    `json:"sig,omitempty"` // base64
}

// The reasons for which Verify does not accept a record.
var (
	errUnsigned   = errors.New("it is not signed")
	errUnknownKey = errors.New("it is signed with a key that is not known here")
	errOtherName  = errors.New("it is signed with another person's key")
	ErrAltered    = errors.New("it was altered after it was signed")
)

// Bytes returns what is signed: every field but the key and the signature, each with its length before it, so that no
// two records have the same bytes. The moment counts to the second, whatever its time zone.
func (r Record) Bytes() []byte {
	out := []byte("wpctl sign-off 1\n")
	for _, s := range []string{r.Plan, r.Task, r.Step, r.Digest, r.By, r.At.UTC().Format(time.RFC3339), r.Note} {
		out = binary.BigEndian.AppendUint64(out, uint64(len(s)))
		out = append(out, s...)
	}
	return out
}

// Sign returns the record with the key's signature. Its moment is cut to the second.
func (k Key) Sign(r Record) Record {
	r.At = r.At.UTC().Truncate(time.Second)
	r.Key = k.Public().String()
	r.Sig = base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, r.Bytes()))
	return r
}

// Verify tells whether the record was signed by the person whom it names, as far as t knows their keys.
// The error is one of those above, or says what is wrong with the record's form.
func (t Trusted) Verify(r Record) error {
	if r.Key == "" || r.Sig == "" {
		return errUnsigned
	}
	key, err := ParsePublicKey(r.Key)
	if err != nil {
		return err
	}
	sig, err := base64.StdEncoding.DecodeString(r.Sig)
	if err != nil {
		return fmt.Errorf("the signature: %w", err)
	}
	names := t.names(key)
	switch {
	case len(names) == 0:
		return errUnknownKey
	case !ed25519.Verify(key.public, r.Bytes(), sig):
		return ErrAltered
	case !names[r.By]:
		return errOtherName
	}
	return nil
}

// Signoff is what a manual step sees of the record.
func (t Trusted) Signoff(r Record) check.Signoff {
	return check.Signoff{By: r.By, At: r.At, Note: r.Note, Digest: r.Digest, Verified: t.Verify(r) == nil}
}
