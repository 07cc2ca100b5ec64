package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// secretsOf are random secrets of several shapes.
func secretsOf() map[string]string {
	a, b, c := rand.Text(), rand.Text(), rand.Text()
	return map[string]string{
		"Plain":   a + b,
		"URL":     "a+b/" + a + "?x=y&%20" + b + "#=",
		"Quotes":  `q"'` + a + "<\\>`$" + b + "'",
		"Unicode": "é€😀" + a + "ß" + b,
		"Blanks":  a + "  " + b + "\t" + c,
		"Lines":   "line " + a + "\nline " + b + "\n",
	}
}

// formsIn are texts in which a secret can be said. None of them may come out, nor a part of one.
func formsIn(secret string) []string {
	inner := func(v any, strip int) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(b[strip : len(b)-strip])
	}
	out := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), inner(secret, 1), inner(inner(secret, 0), 3),
		strings.Trim(strconv.Quote(secret), `"`), strings.Trim(strconv.QuoteToASCII(secret), `"`),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	for i, before := range []string{"", "x", "xy"} {
		encodings := []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding}
		out = append(out, encodings[i].EncodeToString([]byte(before+secret)), encodings[i+1].EncodeToString([]byte(before+secret+"after")))
	}
	return out
}

// someOf are a secret and some of its forms, others each time.
func someOf(secret string) []string {
	out := formsIn(secret)[1:]
	mathrand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	out = append([]string{secret}, out[:6]...)
	slices.Sort(out)
	return slices.Compact(out)
}

// window is how much of a form may not come out.
const window = 16

// leak finds a part of a form in what was said.
func leak(said string, forms []string) string {
	for _, form := range forms {
		for _, line := range strings.Split(form, "\n") {
			for i := 2; i+window <= len(line)-8; i++ { // the ends of base64 are also those of the text around
				if part := line[i : i+window]; strings.Contains(said, part) {
					at := strings.Index(said, part)
					return fmt.Sprintf("%q of the form %q in …%s…", part, line, said[max(0, at-300):min(len(said), at+100)])
				}
			}
		}
	}
	return ""
}

// TestSecretsStayInside plants random secrets, in some of their forms, wherever a step can see them, runs all verbs with
// all reports, and looks for them in every byte that was written.
func TestSecretsStayInside(t *testing.T) {
	for name, secret := range secretsOf() {
		t.Run(name, func(t *testing.T) {
			o := newOutside(t, someOf(secret)...)
			o.env = append(o.env, "APP_TOKEN="+secret)
			if err := writeUnder(o.dir, ".CONFIG/config.yaml", fmt.Sprintf("grants: {env: [APP_TOKEN], credentials: {APP_TOKEN: [%q]}}\n", o.addr)); err != nil {
				t.Fatal(err)
			}
			tasks := []string{o.known()}
			for i := range o.texts {
				tasks = append(tasks, o.steps(t, i))
			}
			o.file(t, "plan.md", aPlan(tasks...))
			said := o.verbs(t)
			if !strings.Contains(said["run"], "•••") {
				t.Errorf("no secret was seen:\n%s", said["run"])
			}
			for name, text := range o.made(t) {
				said["the file "+name] = name + "\n" + text
			}
			for name, text := range said {
				if part := leak(text, formsIn(secret)); part != "" {
					t.Errorf("%s: %s", name, part)
				}
			}
		})
	}
}

// known are steps that are given the secret, and send it.
func (o *outside) known() string {
	return "- " + strings.Join([]string{
		`sh: {run: 'echo "$TOKEN" >&2; exit 1', env: {TOKEN: "${{ env.APP_TOKEN }}"}}` + "\n  record: {says: self.stderr}",
		`sh: {run: 'printf %s "$APP_TOKEN" | base64; printf %s "$APP_TOKEN" | od -An -tx1 | tr -d " \n"; exit 1'}` + "\n  record: {says: self.stdout}",
		`sh: {run: 'printf %s "${APP_TOKEN%%????????????????}" >&2; sleep 0.1; printf %s "${APP_TOKEN#"${APP_TOKEN%%????????????????}"}" >&2; exit 1'}`,
		// What is kept of the output begins in the middle of the secret.
		`sh: {run: 'head -c 600000 /dev/zero | tr "\0" x; printf %s "$APP_TOKEN"; head -c 524260 /dev/zero | tr "\0" y; exit 1'}`,
		`sh: {run: 'head -c 524260 /dev/zero | tr "\0" x >&2; printf %s "$APP_TOKEN" >&2; head -c 600000 /dev/zero | tr "\0" y >&2; exit 1'}` + "\n  record: {says: 'self.stderr.substring(524200, 524400)'}",
		`http: {url: "http://127.0.0.1:1/${{ env.APP_TOKEN }}?says=${{ env.APP_TOKEN }}"}`,
		`http: {url: "http://` + o.addr + `/0/nowhere?says=${{ env.APP_TOKEN }}", body: {contains: [nothing of the kind]}}`,
		`http: {url: "http://` + o.addr + `/0/nowhere", method: POST, request: {headers: {X-Says: "${{ env.APP_TOKEN }}"}, body: "${{ env.APP_TOKEN }}"}}`,
		`http: {url: "http://` + o.addr + `/0/body", auth: {bearer: {env: APP_TOKEN}}, body: {contains: [nothing of the kind]}}`,
		`http: {url: "http://` + o.addr + `/0/body", auth: {basic: {user: web, passwordEnv: APP_TOKEN}}, body: {contains: [nothing of the kind]}}`,
		`http: {url: "http://` + o.addr + `/0/body", maxBody: 30, auth: {bearer: {env: APP_TOKEN}}, body: {lacks: ["."]}}`,
		`file: {path: "in/${{ env.APP_TOKEN }}"}`,
		`tcp: {address: "${{ env.APP_TOKEN }}.example:22"}`,
		`file: plan.md` + "\n  assert: env.APP_TOKEN == 'another'\n  record: {says: env.APP_TOKEN}",
		`file: plan.md` + "\n  assert: int(env.APP_TOKEN) == 1",
	}, "\n- ")
}
