//go:build linux && amd64

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/torture/trace"
)

// trial is one call of wpctl, with what is done to it.
type trial struct {
	verb *verb
	kill int        // the call before which it is killed; 0: none
	how  string     // "before", "behind", "half" of it
	fail int        // the call that fails; 0: none
	with unix.Errno // how
	good bool       // so do all calls after it that change something
	act  *act       // what happens meanwhile; nil: nothing
	at   int        // before which call
}

func (t trial) String() string {
	s := t.verb.name
	if t.act != nil {
		s += fmt.Sprintf(", %s before call %d", t.act.name, t.at)
	}
	if t.kill > 0 {
		s += fmt.Sprintf(", killed %s change %d", t.how, t.kill)
	}
	if t.fail > 0 {
		s += fmt.Sprintf(", change %d fails with %s", t.fail, unix.ErrnoName(t.with))
		if t.good {
			s += " and all after it"
		}
	}
	return s
}

// base is what a verb does undisturbed.
type base struct {
	old, made, again texts // before, after, and after a second time
	exit, exit2      int
	saved, onSaved   texts // a person's save, and the verb on it
	calls, changes   int
	writes           map[int]bool // changes that write bytes
}

func (w *world) base(v *verb) (b base, err error) {
	b.old, b.writes = start, map[int]bool{}
	run := func(from texts, twice bool) (texts, texts, int, int, error) {
		if err := w.reset(from); err != nil {
			return nil, nil, 0, 0, err
		}
		exit, said, err := w.call(v.args...)
		if err != nil {
			return nil, nil, 0, 0, err
		}
		one, err := w.look()
		if err != nil || !twice {
			return one, nil, exit, 0, err
		}
		if exit > 0 && v.exit != exit {
			return nil, nil, 0, 0, fmt.Errorf("%s undisturbed: exit %d: %s", v.name, exit, said)
		}
		exit2, _, err := w.call(v.args...)
		if err != nil {
			return nil, nil, 0, 0, err
		}
		two, err := w.look()
		return one, two, exit, exit2, err
	}
	if b.made, b.again, b.exit, b.exit2, err = run(start, true); err != nil {
		return b, err
	}
	b.saved = start.saved()
	if b.onSaved, _, _, _, err = run(b.saved, false); err != nil {
		return b, err
	}
	if err := w.reset(start); err != nil {
		return b, err
	}
	ended, _, err := w.traced(func(c trace.Call) trace.Do {
		if c.Changes {
			b.changes++
			b.writes[b.changes] = c.Writes
		}
		return trace.Do{}
	}, v.args...)
	b.calls = ended.Calls
	return b, err
}

var asideName = regexp.MustCompile(`(^|/)\.[^/]*\.wpctl-[0-9]+-[0-9a-f]+[^/]*$`)

// apart takes the files that wpctl writes aside out of what is there.
func apart(now texts) (plans, asides texts) {
	plans, asides = texts{}, texts{}
	for name, text := range now {
		if asideName.MatchString(name) {
			asides[name] = text
		} else {
			plans[name] = text
		}
	}
	return plans, asides
}

// outcome is what a trial came to.
type outcome struct {
	struck bool // the blow fell: the call was reached
	left   bool // something was aside afterwards
	wrong  string
}

// try makes a trial and checks what is left of it.
func (w *world) try(t trial, b *base) (o outcome, err error) {
	if err := w.reset(b.old); err != nil {
		return o, err
	}
	changes, ever := 0, false
	var killed, failed, met bool
	var settle func()
	ended, said, err := w.traced(func(c trace.Call) (do trace.Do) {
		if c.Changes {
			changes++
		}
		if t.act != nil && c.N == t.at {
			met = true
			settle = t.act.do(w)
		}
		if t.kill > 0 && c.Changes && changes == t.kill {
			killed = true
			switch t.how {
			case "before":
				do.Kill = true
			case "behind":
				do.Then = true
			case "half":
				do.Half, do.Then = true, true
			}
		}
		if c.Changes && (changes == t.fail || ever) {
			failed, ever = true, t.good
			do.Fail = t.with
		}
		return do
	}, t.verb.args...)
	if settle != nil {
		settle()
	}
	if err != nil {
		o.wrong = err.Error()
		return o, nil
	}
	killed = killed && ended.Killed
	o.struck = killed || t.kill == 0 && (failed || met)
	if !killed && t.kill > 0 && t.act == nil {
		return o, nil // this time it made fewer calls
	}
	now, err := w.look()
	if err != nil {
		return o, err
	}
	if !met {
		t.act = nil // it was killed before anybody could act
	}
	_, asides := apart(now)
	o.left = len(asides) > 0
	o.wrong = w.judge(t, b, ended, now)
	if o.wrong != "" {
		o.wrong = fmt.Sprintf("%s\nexit %d, it said:\n%s\nthere are %q", o.wrong, ended.Exit, said, now.names())
	}
	return o, nil
}

// judge returns what is wrong after a trial, "" for nothing.
func (w *world) judge(t trial, b *base, ended trace.Ended, now texts) string {
	plans, _ := apart(now)
	if t.act != nil {
		return t.act.judge(w, t, b, ended, now)
	}
	if s := b.oneOfTwo(t.verb, plans); s != "" {
		return s
	}
	if ended.Exit == b.exit && !ended.Killed && plans.differs(b.made) != "" {
		return "it says that all is well, and has not written: " + plans.differs(b.made)
	}
	if err := w.sameGit(); err != nil {
		return err.Error()
	}
	if err := w.homeIsWhole(false); err != nil {
		return err.Error()
	}
	return w.afterwards(t, b, plans)
}

// oneOfTwo returns what is wrong where the files are neither the old ones nor the new ones.
func (b *base) oneOfTwo(v *verb, plans texts) string {
	if plans.differs(b.old) == "" || plans.differs(b.made) == "" {
		return ""
	}
	if !v.parts {
		return "neither the old text nor the new one: " + plans.differs(b.made)
	}
	for name, text := range plans {
		was, had := b.old[name]
		is, has := b.made[name]
		if (!had || text != was) && (!has || text != is) && text != b.made[renamed(name)] && (name != renamed(planOne) || text != b.old[planOne]) {
			return fmt.Sprintf("%s is neither the old text nor the new one:\n%s", name, bounded(text))
		}
	}
	for name := range b.old {
		if _, ok := plans[name]; !ok && plans[renamed(name)] == "" {
			return name + " has gone"
		}
	}
	return ""
}

// renamed is what the file of the first plan is called when its plan was.
func renamed(name string) string {
	if name == planOne {
		return plansDir + "/TO-WP-0007.md"
	}
	return name
}

// afterwards calls wpctl again, which must not be held up, and write once more, which must clear up.
func (w *world) afterwards(t trial, b *base, was texts) string {
	exit, said, err := w.call(t.verb.args...)
	if err != nil {
		return err.Error()
	}
	now, err := w.look()
	if err != nil {
		return err.Error()
	}
	plans, _ := apart(now)
	want, code := b.made, b.exit
	if was.differs(b.made) == "" && b.made.differs(b.old) != "" {
		want, code = b.again, b.exit2
	}
	if exit != code && !t.verb.parts {
		return fmt.Sprintf("called again it exits with %d, not %d: %s", exit, code, said)
	}
	if s := plans.differs(want); s != "" {
		return fmt.Sprintf("called again it does not end its work: %s\nit said: %s", s, said)
	}
	return w.nextWrite(plans)
}

const sweptLine = "x-swept: seen\n"

// nextWrite changes each plan: no other byte is changed, and nothing is left aside.
func (w *world) nextWrite(plans texts) string {
	for _, name := range plans.names() {
		if !strings.HasPrefix(name, plansDir+"/") || !strings.HasSuffix(name, ".md") {
			continue
		}
		task := "T01"
		if strings.Contains(plans[name], "id: T02") {
			task = "T02"
		}
		if exit, said, err := w.call("set", task, "--plan", name, "x-swept=seen"); err != nil || exit != 0 {
			return fmt.Sprintf("the next write of %s: exit %d, %v: %s", name, exit, err, said)
		}
	}
	now, err := w.look()
	if err != nil {
		return err.Error()
	}
	rest := maps.Clone(now)
	for name, text := range rest {
		rest[name] = strings.Replace(text, sweptLine, "", 1)
	}
	if s := rest.differs(plans); s != "" {
		return "after the next write: " + s
	}
	if err := w.homeIsWhole(true); err != nil {
		return err.Error()
	}
	return ""
}

// exists tells whether there is such a file in the repository.
func (w *world) exists(name string) bool {
	_, err := os.Lstat(filepath.Join(w.repo, name))
	return err == nil
}
