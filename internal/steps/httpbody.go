package steps

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// read takes in the final answer: its headers, its body up to the bound, and what they mean.
// An error means that time ran out, in the body.
func (v *httpVisit) read(ctx context.Context, resp *http.Response) error {
	defer resp.Body.Close()
	v.stage.reach(stageBody)
	v.seen.Status, v.seen.Proto = resp.StatusCode, resp.Proto
	v.seen.Remote, _ = v.stage.connection()
	for name, values := range resp.Header {
		v.seen.Headers[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
	}
	for _, c := range resp.Cookies() {
		if len(c.Value) >= 8 {
			nameSecret(v.at, c.Value)
		}
	}
	if resp.TLS != nil {
		v.seen.TLS = newHTTPTLS(resp.TLS)
	}
	if err := v.readBody(ctx, resp.Body); err != nil {
		return err
	}
	v.seen.Body = decodeText(v.raw, resp.Header.Get("Content-Type"))
	if v.args.JSON != nil || v.isJSON() {
		v.seen.JSON, v.noJSON = parseJSON([]byte(v.seen.Body))
	}
	return nil
}

func (v *httpVisit) readBody(ctx context.Context, body io.Reader) (err error) {
	if v.mediaType() == "text/event-stream" {
		if !v.args.needsBody() {
			return nil // such a body does not end, and nobody asked for it
		}
		body = &firstEvent{r: bufio.NewReader(body)}
	}
	limit := int64(v.args.MaxBody)
	v.raw, err = io.ReadAll(io.LimitReader(body, limit+1))
	if v.seen.Truncated = int64(len(v.raw)) > limit; v.seen.Truncated {
		v.raw = v.raw[:limit]
		return nil
	}
	if err != nil {
		if ctx.Err() != nil || blind(err) {
			return netError(ctx, v.stage.waitedFor(), "", err)
		}
		v.broken = brokenBody(err)
	}
	return nil
}

func brokenBody(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "the body broke off before its end"
	}
	return fmt.Sprintf("the body broke off: %v", err)
}

// firstEvent reads a text/event-stream up to the end of its first event, an empty line.
type firstEvent struct {
	r    *bufio.Reader
	rest []byte
	done bool
}

func (f *firstEvent) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.done {
			return 0, io.EOF
		}
		line, err := f.r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil
		}
		f.rest = bytes.Clone(line)
		f.done = err != nil || len(bytes.TrimRight(line, "\r\n")) == 0
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func (v *httpVisit) mediaType() string {
	t, _, err := mime.ParseMediaType(v.seen.Headers["content-type"])
	if err != nil {
		t, _, _ = strings.Cut(v.seen.Headers["content-type"], ";")
	}
	return strings.ToLower(strings.TrimSpace(t))
}

func (v *httpVisit) isJSON() bool {
	t := v.mediaType()
	return t == "application/json" || t == "text/json" || strings.HasSuffix(t, "+json")
}

func (v *httpVisit) isHTML() bool {
	t := v.mediaType()
	return t == "text/html" || t == "application/xhtml+xml"
}

// decodeText makes UTF-8 of a body, by its declared or evident charset.
func decodeText(raw []byte, contentType string) string {
	if utf8.Valid(raw) && !strings.Contains(strings.ToLower(contentType), "charset=utf-16") {
		return string(bytes.TrimPrefix(raw, []byte("\ufeff")))
	}
	if strings.HasPrefix(strings.ToLower(contentType), "text/") {
		enc, _, _ := charset.DetermineEncoding(raw, contentType)
		if b, err := enc.NewDecoder().Bytes(raw); err == nil {
			return string(b)
		}
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}

func newHTTPTLS(state *tls.ConnectionState) *httpTLS {
	t := &httpTLS{Version: tlsVersion(state.Version), Names: []string{}}
	if len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		t.Issuer, t.Names = issuerName(leaf), certNames(leaf)
		t.NotAfter = leaf.NotAfter.UTC().Format(time.RFC3339)
	}
	return t
}
