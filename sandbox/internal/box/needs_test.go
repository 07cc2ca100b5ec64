package box

import (
	"errors"
	"testing"
)

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
