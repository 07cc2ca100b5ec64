package steps

import "testing"

// kstatus calls every pod done that has ended.
func TestPodThatHasFailedIsNotReady(t *testing.T) {
	t.Parallel()
	for phase, want := range map[string]string{"Failed": "has failed", "Succeeded": ""} {
		pod := Object{"apiVersion": "v1", "kind": "Pod", "metadata": Object{"name": "web"}, "status": Object{"phase": phase}}
		if got := checkReady(pod); got != want {
			t.Errorf("%s: %q", phase, got)
		}
	}
}
