package prose

import (
	"strings"
	"sync"
)

var (
	codeSpans  = lazy("`([^`]+)`|(https?://[^\\s`<>()]+)")
	webAddress = lazy(`^https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[^\s<>{}$*|\\"]*)?$`)
	imageRef   = lazy(`^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?|localhost:\d{1,5})(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$`)
	hostName   = lazy(`^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$`)
	hostPort   = lazy(`^((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}|(?:\d{1,3}\.){3}\d{1,3}|localhost):\d{1,5}$`)
	objectName = lazy(`^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$`)
	statusCode = lazy(`(?i)(?:returns?|answers?|responds?|replies|status|→|with|gives?|is|code)[^.;0-9]{0,30}?\b([1-5]\d\d)\b`)
	inverse    = lazy(`(?i)\b(?:not|no longer|never|without|n't|nothing|refused|fails?|unreachable|instead of|rather than)\b`)
	gone       = lazy(`(?i)\b(?:is gone|are gone|was deleted|is deleted|is removed|are removed|no longer exists?|does not exist|is absent)\b`)
	wellWords  = lazy(`(?i)\b(?:ready|healthy|available|running|rolled out|up|green|stable)\b`)
	resolves   = lazy(`(?i)\b(?:resolves?|points?\s+(?:to|at))\b`)
	trusted    = lazy(`(?i)\b(?:certificate|cert|tls|trusted)\b`)
	serves     = lazy(`(?i)\b(?:serves?|served|reachable|answers?|responds?|opens|loads|https|shows|online)\b`)
	inSpace    = lazy("(?i)\\bnamespace\\s+`([a-z0-9-]+)`|`([a-z0-9-]+)`\\s+namespace\\b")
	kindBefore = lazy(`\b([A-Za-z]+)\s+$`)
)

// files are endings of names that look like hosts and are none.
var files = set(`md yaml yml json py sh go js ts sql toml txt csv lock conf cfg ini tf html css xml png svg log env sops tpl template jar zip gz tar
	whl db sock service timer exe bin pem crt key local`)

// proposals are steps for what a text names, as YAML.
func proposals(s string) []string {
	var out []string
	for _, part := range splitSentences(s) {
		out = append(out, sentenceProposals(part)...)
	}
	return out
}

// splitSentences splits at ends of sentences outside code.
func splitSentences(s string) []string {
	var out []string
	start, code := 0, false
	for i := 0; i+1 < len(s); i++ {
		switch {
		case s[i] == '`':
			code = !code
		case !code && (s[i] == '.' || s[i] == ';') && s[i+1] <= ' ':
			out = append(out, s[start:i+1])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func sentenceProposals(s string) []string {
	if inverse().MatchString(codeSpans().ReplaceAllString(s, "")) && !gone().MatchString(s) {
		return nil
	}
	space := ""
	if m := inSpace().FindStringSubmatch(s); m != nil {
		space = m[1] + m[2]
	}
	var out []string
	add := func(steps ...string) {
		for _, step := range steps {
			if step != "" {
				out = append(out, step)
			}
		}
	}
	spans := codeSpans().FindAllStringSubmatchIndex(s, -1)
	for i, m := range spans {
		near := around(s, spans, i)
		says, code := "", m[2] >= 0
		if code {
			says = strings.TrimSpace(oneLine(s[m[2]:m[3]]))
		} else {
			says = strings.TrimRight(s[m[4]:m[5]], ".,;:!?'\"")
		}
		if strings.ContainsAny(says, "<>{}$…") {
			continue // something is to be filled in
		}
		switch {
		case webAddress().MatchString(says):
			add(web(says, "", near), secured(says, s))
		case !code:
		case strings.HasPrefix(says, "curl "):
			add(curl(says, near))
		case strings.HasPrefix(says, "kubectl "):
			add(kubectl(says, s))
		case imageRef().MatchString(says):
			add("image: " + scalar(says))
		case hostPort().MatchString(says):
			add("tcp: " + scalar(says))
		case hostName().MatchString(says) && !files.has(says[strings.LastIndexByte(says, '.')+1:]):
			add(host(says, s)...)
		case strings.Contains(says, "/") && strings.Count(says, "/") == 1:
			kind, name, _ := strings.Cut(says, "/")
			add(object(kind, name, space, s))
		case objectName().MatchString(says):
			if k := kindBefore().FindStringSubmatch(s[:m[0]]); k != nil {
				if strings.EqualFold(k[1], "namespace") && !exists().MatchString(s) {
					continue
				}
				add(object(k[1], says, space, s))
			} else if says == space && exists().MatchString(s) {
				add(object("namespace", says, "", s))
			}
		}
	}
	return out
}

// around is what a sentence says of its i-th span: what follows, and before the first one also what precedes.
func around(s string, spans [][]int, i int) string {
	end := len(s)
	if i+1 < len(spans) {
		end = spans[i+1][0]
	}
	after := s[spans[i][1]:end]
	if i == 0 && statusCode().FindString(after) == "" {
		return s[:spans[i][0]]
	}
	return after
}

var exists = lazy(`(?i)\b(?:exists?|created|is there|gone|deleted|removed|labell?ed)\b`)

// web is a step for an address.
func web(url, method, s string) string {
	var more []string
	if method != "" {
		more = append(more, "method: "+method)
	}
	if m := statusCode().FindStringSubmatch(s); m != nil && m[1] != "200" {
		more = append(more, "status: "+m[1])
	}
	if len(more) == 0 {
		return "http: " + scalar(url)
	}
	return "http: {url: " + quoted(url) + ", " + strings.Join(more, ", ") + "}"
}

// secured is a step for the certificate of an address, where the text speaks of it.
func secured(url, s string) string {
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok || !trusted().MatchString(s) {
		return ""
	}
	at, _, _ := strings.Cut(rest, "/")
	return "tls: " + scalar(at)
}

// curl is a step for a command that asks for an address and sends nothing.
func curl(command, s string) string {
	url, method := "", ""
	words := strings.Fields(command)[1:]
	for i := 0; i < len(words); i++ {
		w := strings.Trim(words[i], `'"`)
		switch {
		case webAddress().MatchString(w):
			url = w
		case w == "-I" || w == "--head" || w == "-sI" || w == "-fsI":
			method = "HEAD"
		case w == "-o" || w == "--output" || w == "-w" || w == "--write-out" || w == "-m" || w == "--max-time":
			i++
		case strings.HasPrefix(w, "--"):
			if !harmlessLong.has(w) {
				return ""
			}
		case strings.HasPrefix(w, "-"):
			if strings.Trim(w, "-fsSvL") != "" {
				return ""
			}
		default:
			return ""
		}
	}
	if url == "" {
		return ""
	}
	return web(url, method, s)
}

var harmlessLong = set("--fail --silent --show-error --verbose --location")

// host is what a text says of a host.
func host(name, s string) []string {
	var out []string
	if resolves().MatchString(s) {
		out = append(out, "dns: "+name)
	}
	if trusted().MatchString(s) {
		out = append(out, "tls: "+name)
	}
	if serves().MatchString(s) {
		out = append(out, "http: https://"+name+"/")
	}
	return out
}

// objectKind is a kind of object of a cluster.
type objectKind struct {
	version, kind string
	everywhere    bool // it stands in no namespace
}

var objectKinds = sync.OnceValue(func() map[string]objectKind {
	m := map[string]objectKind{}
	for _, line := range strings.Split(`apps/v1 Deployment deploy deployment deployments
		apps/v1 StatefulSet sts statefulset statefulsets
		apps/v1 DaemonSet ds daemonset daemonsets
		v1 Service svc service services
		v1 Namespace! ns namespace namespaces
		v1 Pod po pod pods
		v1 Secret secret secrets
		v1 ConfigMap cm configmap configmaps
		v1 PersistentVolumeClaim pvc persistentvolumeclaim persistentvolumeclaims
		v1 ServiceAccount sa serviceaccount serviceaccounts
		v1 Node! no node nodes
		networking.k8s.io/v1 Ingress ing ingress ingresses
		networking.k8s.io/v1 NetworkPolicy netpol networkpolicy networkpolicies
		batch/v1 Job job jobs
		batch/v1 CronJob cj cronjob cronjobs
		cert-manager.io/v1 Certificate cert certificate certificates
		cert-manager.io/v1 Issuer issuer issuers
		cert-manager.io/v1 ClusterIssuer! clusterissuer clusterissuers`, "\n") {
		words := strings.Fields(line)
		kind, everywhere := strings.CutSuffix(words[1], "!")
		for _, w := range words[2:] {
			m[w] = objectKind{words[0], kind, everywhere}
		}
	}
	return m
})

// object is a step for an object of a cluster.
func object(word, name, space, s string, more ...string) string {
	k, ok := objectKinds()[strings.ToLower(word)]
	if !ok || !objectName().MatchString(name) {
		return ""
	}
	out := "k8s: {apiVersion: " + k.version + ", kind: " + k.kind
	if space != "" && !k.everywhere {
		out += ", namespace: " + quoted(space)
	}
	out += ", name: " + quoted(name)
	switch {
	case len(more) > 0:
		out += ", " + strings.Join(more, ", ")
	case gone().MatchString(s):
		out += ", absent: true"
	case wellWords().MatchString(s) && readies.has(k.kind):
		out += ", ready: true"
	}
	return out + "}"
}

// readies are kinds that become ready.
var readies = set("Deployment StatefulSet DaemonSet Pod PersistentVolumeClaim Certificate Issuer ClusterIssuer Job")

// kubectl is a step for a command that looks at one object.
func kubectl(command, s string) string {
	var words []string
	space, condition := "", ""
	all := strings.Fields(command)[1:]
	for i := 0; i < len(all); i++ {
		w := strings.Trim(all[i], `'"`)
		switch {
		case (w == "-n" || w == "--namespace") && i+1 < len(all):
			i++
			space = all[i]
		case strings.HasPrefix(w, "--namespace="):
			space = strings.TrimPrefix(w, "--namespace=")
		case strings.HasPrefix(w, "--for="):
			condition = strings.TrimPrefix(w, "--for=")
		case w == "--for" && i+1 < len(all):
			i++
			condition = all[i]
		case strings.HasPrefix(w, "--timeout") || strings.HasPrefix(w, "--watch") || w == "-w":
		case (w == "-o" || w == "--output") && i+1 < len(all):
			i++
		case strings.HasPrefix(w, "-"):
			return ""
		default:
			words = append(words, w)
		}
	}
	if space != "" && !objectName().MatchString(space) || len(words) < 2 {
		return ""
	}
	verb, rest := words[0], words[1:]
	if verb == "rollout" && rest[0] == "status" {
		rest = rest[1:]
	} else if verb == "rollout" {
		return ""
	}
	kind, name := "", ""
	switch len(rest) {
	case 1:
		kind, name, _ = strings.Cut(rest[0], "/")
	case 2:
		kind, name = rest[0], rest[1]
	}
	kind, _, _ = strings.Cut(kind, ".")
	switch verb {
	case "get":
		return object(kind, name, space, s)
	case "rollout":
		return object(kind, name, space, s, "ready: true")
	case "wait":
		if c, ok := strings.CutPrefix(condition, "condition="); ok {
			return object(kind, name, space, s, "condition: "+quoted(c))
		}
		if condition == "delete" {
			return object(kind, name, space, s, "absent: true")
		}
	}
	return ""
}

// scalar is s as a plain value in YAML, or in quotes.
func scalar(s string) string {
	if strings.ContainsAny(s, "#{}[],&*!|>'\"%@`\\ ") || strings.HasSuffix(s, ":") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

// quoted is s as a value in YAML's braces.
func quoted(s string) string {
	if s == "" || strings.ContainsAny(strings.ReplaceAll(s, " ", ""), ":,{}[]#&*!|>'\"%@`\\") || plainScalars.has(strings.ToLower(s)) || isDigit(s[0]) || s[0] == '-' {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

// plainScalars are words that YAML reads as something else than text.
var plainScalars = set("yes no on off true false null ~ y n")
