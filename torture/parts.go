//go:build linux && amd64

package main

import "golang.org/x/sys/unix"

// kills kills each verb at each of its calls that change something: before it, behind it, and in the middle of a
// write; and so, too, when somebody has saved before.
func kills(o options) ([]row, []string, error) {
	b, err := bases(o)
	if err != nil {
		return nil, nil, err
	}
	var all, met []trial
	for i := range verbs {
		v := &verbs[i]
		for n := 1; n <= b[v].changes; n++ {
			all = append(all, trial{verb: v, kill: n, how: "before"}, trial{verb: v, kill: n, how: "behind"})
			if b[v].writes[n] {
				all = append(all, trial{verb: v, kill: n, how: "half"})
			}
			for j := range acts {
				if !acts[j].save {
					continue
				}
				for at := 1; at <= b[v].calls; at++ {
					met = append(met, trial{verb: v, kill: n, how: "behind", act: &acts[j], at: at})
				}
			}
		}
	}
	first, wrong, err := tryAll("killed at each call", o, choose(all, o), b)
	if err != nil {
		return nil, nil, err
	}
	second, more, err := tryAll("killed at a call after somebody had saved", o, choose(met, o), b)
	return []row{first, second}, append(wrong, more...), err
}

var errnos = []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.EROFS, unix.EACCES, unix.EPERM, unix.EINVAL, unix.EMFILE, unix.ENOLCK}

// failures lets each call that changes something fail, once, or with all that follow.
func failures(o options) ([]row, []string, error) {
	b, err := bases(o)
	if err != nil {
		return nil, nil, err
	}
	var all []trial
	for i := range verbs {
		v := &verbs[i]
		for n := 1; n <= b[v].changes; n++ {
			for _, errno := range errnos {
				all = append(all, trial{verb: v, fail: n, with: errno}, trial{verb: v, fail: n, with: errno, good: true})
			}
		}
	}
	r, wrong, err := tryAll("a call fails, or all from it on", o, choose(all, o), b)
	return []row{r}, wrong, err
}

// meetings let somebody else act before each call of each verb.
func meetings(o options) ([]row, []string, error) {
	b, err := bases(o)
	if err != nil {
		return nil, nil, err
	}
	var rows []row
	var wrong []string
	for j := range acts {
		var all []trial
		for i := range verbs {
			v := &verbs[i]
			if v.name == "approve" || v.name == "trust" {
				continue
			}
			for at := 1; at <= b[v].calls; at++ {
				all = append(all, trial{verb: v, act: &acts[j], at: at})
			}
		}
		few := o
		few.kills = (o.kills + 4) / 5 // of each of them
		r, more, err := tryAll(acts[j].name+" meanwhile", few, choose(all, few), b)
		if err != nil {
			return nil, nil, err
		}
		rows, wrong = append(rows, r), append(wrong, more...)
	}
	return rows, wrong, nil
}
