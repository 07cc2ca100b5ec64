package steps

import (
	"context"
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// filesLook looks at each file that globs match. No file at all is no good news, unless none is wanted.
func filesLook(ctx context.Context, at check.Site, a fileArgs) (check.Result, error) {
	names, err := matchFiles(ctx, at, a.Files)
	if err != nil {
		return check.Result{}, err
	}
	all := check.Result{OK: a.Absent, Saw: "no file", Self: fileSelf{Headings: []string{}, Files: names}}
	if a.Absent && len(names) > 0 {
		return check.Result{Want: "no file that " + a.target() + " matches", Saw: boundedBy(", ", names), Self: all.Self}, nil
	}
	if len(names) == 0 {
		if !a.Absent {
			all.Want, all.Empty = "files that "+a.target()+" matches", true
		}
		return all, nil
	}
	var wants joined
	var faults []string
	for _, name := range names {
		one := a
		one.Files, one.Path = nil, name
		r, err := fileLook(ctx, at, one)
		if err != nil {
			return check.Result{}, err
		}
		if r.OK && len(faults) > 0 {
			continue
		}
		if !r.OK {
			wants.add(r.Want)
			faults = append(faults, name+": "+strings.TrimPrefix(r.Saw, "there; "))
		}
		if r.OK || len(faults) == 1 {
			self := r.Self.(fileSelf)
			self.Files = names
			all.Self = self
		}
	}
	all.OK, all.Saw = len(faults) == 0, plural(len(names), "file")
	if !all.OK {
		all.Want = strings.Join(wants, "; ")
		all.Saw = fmt.Sprintf("%d of %d not so: %s", len(faults), len(names), bounded(faults))
	}
	return all, nil
}
