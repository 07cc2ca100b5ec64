package runner

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func TestSaysInside(t *testing.T) {
	for text, want := range map[string]bool{
		"It answers from inside the cluster.":           true,
		"Within your Kubernetes cluster it has a name.": true,
		"An IN-CLUSTER check.":                          true,
		"in-cluster":                                    true,
		"inside our cluster,":                           true,
		"inside the clusters":                           false,
		"within-cluster":                                false,
		"besinside the cluster":                         false,
		"inside this cluster":                           false,
		"The cluster is inside the house":               false,
		"plain-clustered":                               false,
		"lustre, LUSTER and cluster":                    false,
		"":                                              false,
	} {
		if got := saysInside([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestSaysInsideAsItsWords: looking at the places where a cluster is named finds what looking everywhere does.
func TestSaysInsideAsItsWords(t *testing.T) {
	everywhere := regexp.MustCompile(`(?i)\b(inside|within) (the|a|your|our) (kubernetes )?cluster\b|\bin-cluster\b`)
	pieces := []string{"inside", "within", "Within", " ", " ", "the", "your", "kubernetes ", "Kubernetes ", "cluster", "Cluster", "CLUSTER", "in-", "s", ".", "\n", "é", "x"}
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		want := everywhere.MatchString(b.String())
		if got := saysInside([]byte(b.String())); got != want {
			t.Fatalf("%q: %v", b.String(), got)
		}
		if want {
			found++
		}
	}
	if found < 1000 {
		t.Errorf("only %d texts said so", found)
	}
}
