package box

import (
	"errors"
	"fmt"
	"testing"
)

func TestRootOfAContainerLacksCapabilities(t *testing.T) {
	for status, want := range map[string]int{
		"Name:\tx\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n": 0,
		"Name:\tx\nCapEff:\t00000000a80425fb\nCapBnd:\t0\n": 2,
		"Name:\tx\nCapEff:\t00000000a80435fb\n":             1,
		"":                                                  0,
	} {
		if got := missingCapabilities(status); len(got) != want {
			t.Errorf("%q: %v", status, got)
		}
	}
}

func TestResolversOfTheMachine(t *testing.T) {
	got := fmt.Sprint(resolvers("# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1\nnameserver 192.0.2.1\nnameserver ::1\nnameserver\n"))
	if got != "[127.0.0.1 192.0.2.1]" {
		t.Errorf("resolvers %s", got)
	}
}

func TestWhatIsMissingIsNamedWithItsPackage(t *testing.T) {
	lacks := func(programs ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			for _, p := range programs {
				if p == name {
					return "", errors.New("not found")
				}
			}
			return name, nil
		}
	}
	if err := missingPrograms(lacks()); err != nil {
		t.Errorf("nothing is missing: %v", err)
	}
	want := "a real node needs containerd, containerd-shim-runc-v2, /bin/busybox: apt-get install --no-install-recommends containerd busybox-static"
	if err := missingPrograms(lacks("containerd", "containerd-shim-runc-v2", Busybox)); err == nil || err.Error() != want {
		t.Errorf("error %v", err)
	}
}
