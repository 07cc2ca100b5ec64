package main

import (
	"fmt"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// image measures looks at images of a registry on loopback that wants tokens: at one image again and again, and at
// as many images as looks.
func (b *bench) image() error {
	r, err := testsrv.StartRegistry(testsrv.RegistryOptions{Challenge: "Bearer", Public: []string{"web"}})
	if err != nil {
		return err
	}
	defer r.Close()
	tags := make([]string, requests)
	for i := range tags {
		tags[i] = fmt.Sprint(i)
		image, err := testsrv.ImageOf(v1.Config{User: fmt.Sprint(i + 1)})
		if err == nil {
			_, err = r.Push("web:"+tags[i], image)
		}
		if err != nil {
			return err
		}
	}
	for _, c := range []struct {
		name  string
		tasks int
		tags  []string
	}{
		{"200 image checks, 1 task, 1 image", 1, tags[:1]},
		{"200 image checks, 200 tasks, 1 image", requests, tags[:1]},
		{"  1 task, 200 images", 1, tags},
	} {
		dir := fmt.Sprintf("image%d-%d", c.tasks, len(c.tags))
		path, err := b.file(dir, "plan.md", imagePlan(r.Addr, c.tasks, c.tags))
		if err != nil {
			return err
		}
		service := "http://" + r.Realm + "/token?service=test&scope=repository:web:pull"
		floor := append([]string{b.floor("image"), fmt.Sprint(requests), "16", service, "http://" + r.Addr + "/v2/web"}, c.tags...)
		m, err := b.turns(2*b.n, program{args: []string{b.wpctl, "run", path, "--no-write", "--quiet"}, dir: b.path(dir)}, program{args: floor})
		if err != nil {
			return err
		}
		b.add(c.name, m[0], &m[1], bound{2, 30 * time.Millisecond})
		r.Forget()
		if _, err := b.once(program{args: []string{b.wpctl, "run", path, "--no-write", "--quiet"}, dir: b.path(dir)}); err != nil {
			return err
		}
		tokens := 0
		for _, asked := range r.Asked() {
			if strings.HasPrefix(asked, "token ") {
				tokens++
			}
		}
		b.addFigure("  requests for them", "requests", float64(len(r.Asked())), float64(requests+len(c.tags)+20))
		b.addFigure("  tokens for them", "tokens", float64(tokens), 1)
	}
	return nil
}

// imagePlan spreads the looks over tasks that need nothing of each other.
func imagePlan(addr string, tasks int, tags []string) []byte {
	return shortPlan("independent", tasks, func(int) string { return "" }, func(task int) string {
		var out strings.Builder
		for i := task; i < requests; i += tasks {
			fmt.Fprintf(&out, "- image: {ref: %q, user: nonroot}\n", addr+"/web:"+tags[i%len(tags)])
		}
		return out.String()
	})
}
