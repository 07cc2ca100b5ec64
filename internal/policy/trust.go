package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
)

// TrustedStep is a step that runs code or changes something (see NeedsTrust), as the user read it.
type TrustedStep struct {
	Digest string // of the step
	Dir    string // where it runs: the repository's name or its checkout
}

// TrustDigest returns the hex SHA-256 over the steps that a user trusts, in their order; "" for none, which need no trust.
// It changes with each of these steps, their order and their places, and with nothing else: not with prose.
func TrustDigest(steps []TrustedStep) string {
	if len(steps) == 0 {
		return ""
	}
	h := sha256.New()
	_, _ = io.WriteString(h, "wpctl trust 1\n")
	for _, s := range steps {
		for _, part := range []string{s.Digest, s.Dir} {
			_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
			_, _ = io.WriteString(h, part)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
