package prose

import "testing"

func TestStem(t *testing.T) {
	for _, same := range [][]string{
		{"install", "installs", "installed", "installing", "installation"},
		{"migrate", "migrated", "migration", "migrations", "migrating"},
		{"configure", "configured", "configuration", "config"},
		{"deploy", "deployed", "deployment", "deployments"},
		{"replicate", "replicated", "replication"},
		{"rotate", "rotated", "rotation"},
		{"create", "created", "creation"},
		{"verify", "verified", "verification", "verifies"},
		{"registry", "registries"},
		{"remove", "removed", "removal"},
		{"release", "released", "releases"},
		{"map", "mapped", "mapping", "maps"},
		{"copy", "copied", "copies"},
		{"choose", "chosen", "chose"},
		{"move", "moved", "moving"},
		{"sign", "signed", "signing"},
		{"policy", "policies"},
		{"switch", "switches", "switched"},
		{"rewrite", "rewritten"},
		{"database", "databases", "db"},
		{"measure", "measured", "measurement", "measurements"},
		{"order", "ordered", "orders"},
		{"index", "indexed", "indexes", "indexing"},
		{"provision", "provisioned", "provisioning"},
		{"authorize", "authorized", "authorization", "authorisation"},
	} {
		for _, w := range same[1:] {
			if stem(w) != stem(same[0]) {
				t.Errorf("%s is %s, and %s is %s", same[0], stem(same[0]), w, stem(w))
			}
		}
	}
	for _, pair := range [][2]string{{"server", "serve"}, {"relay", "rely"}, {"host", "hold"}, {"record", "recover"}, {"vault", "value"}, {"probe", "problem"}} {
		if stem(pair[0]) == stem(pair[1]) {
			t.Errorf("%s and %s are both %s", pair[0], pair[1], stem(pair[0]))
		}
	}
}
