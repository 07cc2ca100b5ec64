package steps

import (
	"context"
	"crypto/sha1" //nolint:gosec // old indexes give no other hash
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxDownload bounds a file that is loaded as a whole. It is hashed as it comes, and not kept.
const maxDownload = 512 << 20

// loads looks whether a file can be loaded: by its first byte, or, for download, as a whole and with its hash.
func (l *packageLook) loads(ctx context.Context, file packageFile) ([]Mismatch, error) {
	if file.URL == "" {
		return []Mismatch{{"a file that can be loaded", "the index gives no address of " + file.Name}}, nil
	}
	v, err := l.visit(ctx, file.URL, "*/*", !l.args.Download)
	if err != nil {
		return nil, err
	}
	resp, err := v.ask(ctx)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable: // the last: it is empty
	case http.StatusNotFound, http.StatusGone:
		return []Mismatch{{"a file that can be loaded", fmt.Sprintf("%d at %s", resp.StatusCode, withoutQuery(file.URL))}}, nil
	default:
		return nil, v.unasked(resp.StatusCode)
	}
	if !l.args.Download {
		return nil, nil
	}
	return l.hashes(ctx, v, resp.Body, file)
}

// hashes reads a file to its end and compares it with the index's hash.
func (l *packageLook) hashes(ctx context.Context, v *httpVisit, body io.Reader, file packageFile) ([]Mismatch, error) {
	sum, written := newHash(file.Hash)
	if sum == nil {
		return []Mismatch{{"a hash to compare the file with", "the index gives none for " + file.Name}}, nil
	}
	n, err := io.Copy(sum, io.LimitReader(body, maxDownload+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, netError(ctx, v.stage.waitedFor(), "", err)
	case err != nil:
		return nil, &check.Transient{Err: fmt.Errorf("GET %s: the body broke off", withoutQuery(file.URL))}
	case n > maxDownload:
		return nil, fmt.Errorf("%s is larger than %d bytes", file.Name, maxDownload)
	}
	if got := written(sum.Sum(nil)); got != file.Hash {
		return []Mismatch{{file.Name + " with " + file.Hash, "loaded: " + got}}, nil
	}
	return nil, nil
}

// newHash returns what computes a hash of that form, and how it is written; nil where the form is not known.
func newHash(form string) (hash.Hash, func([]byte) string) {
	separator, encode := ":", hex.EncodeToString
	algorithm, _, ok := strings.Cut(form, separator)
	if !ok { // as npm writes it, after Subresource Integrity
		separator, encode = "-", base64.StdEncoding.EncodeToString
		algorithm, _, _ = strings.Cut(form, separator)
	}
	written := func(sum []byte) string { return algorithm + separator + encode(sum) }
	switch algorithm {
	case "sha256":
		return sha256.New(), written
	case "sha384":
		return sha512.New384(), written
	case "sha512":
		return sha512.New(), written
	case "sha1":
		return sha1.New(), written //nolint:gosec // see above
	}
	return nil, nil
}
