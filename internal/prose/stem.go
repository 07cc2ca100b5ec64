package prose

import (
	"strings"
	"sync"
)

// roots are forms of verbs that no ending tells.
var roots = forms(`choose:chose,chosen,choice; build:built; make:made; write:wrote,written; send:sent; take:took,taken; draw:drew,drawn;
	find:found; hold:held; keep:kept; begin:began,begun; run:ran; go:gone,went; sell:sold; tell:told; get:got,gotten; leave:left; lay:laid; meet:met;
	pay:paid; rewrite:rewrote,rewritten; spin:spun; stand:stood; teach:taught; throw:threw,thrown; freeze:froze,frozen; decide:decision,decisions;
	rebuild:rebuilt; grow:grew,grown; break:broke,broken; give:gave,given; hand:handover,handed; prove:proven,proof; lose:lost; win:won; see:saw,seen;
	database:db,dbs; kubernetes:k8s; repository:repo,repos; configuration:config,configs; certificate:cert,certs; environment:env; documentation:docs,doc;
	analyse:analysis,analyses,analyze,analyzed,analysing; discover:discovery; recover:recovery; test:tests; firewall:fw;
	order:buy,buys,bought,purchase,purchases,purchased,procure,procured,arrive,arrives,arrived,arrival,deliver,delivers,delivered,delivery,deliveries; authenticate:auth; credential:creds; production:prod; stage:staging; directory:dir; policy:policies; index:indices,indexes,indexer; provision:provisioned,provisioning,provisions; commission:commissioned,commissioning;
	condition:conditioned; synchronise:sync,syncs,synced,syncing`)

// rooted are these forms.
var rooted = &wordSet{fill: func(add func(string)) {
	for w := range roots() {
		add(w)
	}
}}

// forms reads "choose:chose,chosen; …" as the stems of the words behind the colons.
func forms(list string) func() map[string]string {
	return sync.OnceValue(func() map[string]string {
		m := map[string]string{}
		for _, entry := range strings.Split(list, ";") {
			root, others, _ := strings.Cut(strings.TrimSpace(entry), ":")
			for _, w := range strings.Split(others, ",") {
				m[w] = ending(root)
			}
		}
		return m
	})
}

// stem takes what bends a word off it, so that install, installed and installation are the same. It is rough, and
// only good for comparing words with each other.
func stem(w string) string {
	if rooted.has(w) {
		return roots()[w]
	}
	return ending(w)
}

// endings are taken off words where this many letters are left.
var endings = []struct {
	end  string
	left int
}{
	{"ization", 3},
	{"isation", 3},
	{"ation", 3},
	{"ating", 3},
	{"ated", 3},
	{"ate", 3},
	{"izing", 3},
	{"ising", 3},
	{"ized", 3},
	{"ised", 3},
	{"ize", 3},
	{"ise", 4},
	{"ition", 3},
	{"ment", 4},
	{"ings", 3},
	{"ing", 3},
	{"ied", 3},
	{"ion", 4},
	{"al", 4},
	{"ed", 3},
}

func ending(w string) string {
	n := len(w)
	switch {
	case n < 4:
		if n == 3 && w[2] == 's' && w[1] != 's' && w[1] != 'u' && w[1] != 'n' {
			return w[:2]
		}
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:n-3]
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
		w = w[:n-2]
	case w[n-1] == 's' && w[n-2] != 's' && w[n-2] != 'u' && w[n-2] != 'i':
		w = w[:n-1]
	}
	for _, e := range endings {
		if rest, ok := strings.CutSuffix(w, e.end); ok && len(rest) >= e.left {
			w = strings.TrimSuffix(rest, "ific")
			if len(w) < len(rest) {
				w = rest[:len(w)+2]
			}
			break
		}
	}
	if n := len(w); n > 3 && w[n-1] == w[n-2] && w[n-1] != 's' && w[n-1] != 'e' {
		w = w[:n-1]
	}
	if n := len(w); n > 3 && (w[n-1] == 'e' || w[n-1] == 'y') {
		w = w[:n-1]
	}
	return w
}
