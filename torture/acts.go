//go:build linux && amd64

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/torture/trace"
)

// act is what somebody else does to the first plan while wpctl stands still before one of its calls.
type act struct {
	name string
	// do acts, and returns what waits for an end of it that needs wpctl to go on.
	do func(w *world) func()
	// judge returns what is wrong in the end.
	judge func(w *world, t trial, b *base, ended trace.Ended, now texts) string
	// save: it is a person's save, which must not be lost
	save bool
}

var acts = []act{
	{name: "saved by renaming", do: saveByRenaming, judge: nothingOfThePersonIsLost, save: true},
	{name: "saved in place", do: saveInPlace, judge: nothingOfThePersonIsLost, save: true},
	{name: "saved after moving the old one away", do: saveAfterMoving, judge: nothingOfThePersonIsLost, save: true},
	{name: "git checkout", do: checkOut, judge: nothingOfTheBranchIsLost, save: true},
	{name: "removed", do: remove, judge: itStaysAway},
	{name: "its folder moved away", do: moveFolder, judge: theFolderIsWhole},
	{name: "its folder became a link", do: linkFolder, judge: theFolderIsWhole},
	{name: "it became a link", do: linkFile, judge: theLinkStays},
	{name: "it got a hard link", do: hardLink, judge: bothNamesSayTheSame},
	{name: "made read-only", do: readOnly, judge: theModeStays},
}

func (w *world) path(name string) string { return filepath.Join(w.repo, name) }

// personsText is the text of the first plan as a person has it in the editor: the old one with a word more.
func (w *world) personsText() []byte { return []byte(start.saved()[planOne]) }

func done() {}

func must(err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		panic(err)
	}
}

func saveByRenaming(w *world) func() {
	tmp := w.path(plansDir + "/4913~")
	must(os.WriteFile(tmp, w.personsText(), 0o644))
	must(os.Rename(tmp, w.path(planOne)))
	return done
}

func saveAfterMoving(w *world) func() {
	must(os.Rename(w.path(planOne), w.path(planOne+"~")))
	must(os.WriteFile(w.path(planOne), w.personsText(), 0o644))
	return done
}

// saveInPlace writes over the text. Where wpctl holds the file, opening it waits for that.
func saveInPlace(w *world) func() {
	tried, saved := make(chan bool), make(chan bool)
	go func() {
		defer close(saved)
		told := false
		tell := func() {
			if !told {
				told = true
				close(tried)
			}
		}
		defer tell()
		for {
			file, err := os.OpenFile(w.path(planOne), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NONBLOCK, 0o644)
			if errors.Is(err, unix.EWOULDBLOCK) { // wpctl has been told, and gives way
				tell()
				time.Sleep(100 * time.Microsecond)
				continue
			}
			must(err)
			_, err = file.Write(w.personsText())
			must(err)
			must(file.Close())
			return
		}
	}()
	<-tried
	return func() { <-saved }
}

func checkOut(w *world) func() {
	must(w.runGit("checkout", "-q", "-f", "other"))
	return done
}

func remove(w *world) func() { must(os.Remove(w.path(planOne))); return done }

func moveFolder(w *world) func() {
	must(os.Rename(w.path(plansDir), w.path("gone")))
	return done
}

func linkFolder(w *world) func() {
	must(os.Rename(w.path(plansDir), w.path("gone")))
	must(os.Symlink("gone", w.path(plansDir)))
	return done
}

func linkFile(w *world) func() {
	must(os.Rename(w.path(planOne), w.path("real.md")))
	must(os.Symlink("../real.md", w.path(planOne)))
	return done
}

// present is the first plan's name as it is now: wpctl may have given it the new one already.
func (w *world) present() string {
	if w.exists(planOne) {
		return planOne
	}
	return renamed(planOne)
}

func hardLink(w *world) func() {
	must(os.Link(w.path(w.present()), w.path("other.md")))
	return done
}

func readOnly(w *world) func() { must(os.Chmod(w.path(w.present()), 0o444)); return done }

// nothingOfThePersonIsLost: the person's text is there, with or without what wpctl had to say.
func nothingOfThePersonIsLost(w *world, t trial, b *base, ended trace.Ended, now texts) string {
	plans, asides := apart(now)
	if err := w.sameGit(); err != nil {
		return err.Error()
	}
	delete(plans, planOne+"~")
	if s := b.savedOrMore(t, plans, asides); s != "" {
		return s
	}
	if len(asides) > 0 && !ended.Killed {
		return fmt.Sprintf("left aside: %q", asides.names())
	}
	return w.savedAfterwards(t, b)
}

// savedOrMore returns what is wrong with the plans where the first one was saved meanwhile.
func (b *base) savedOrMore(t trial, plans, asides texts) string {
	kept, crossed := false, false
	for name := range plans {
		crossed = crossed || strings.HasPrefix(name, planOne+".wpctl-kept-")
	}
	for name, text := range plans {
		allowed := []string{b.old[name], b.made[name]}
		switch {
		case name == planOne || name == renamed(planOne):
			allowed = []string{b.saved[planOne], b.onSaved[planOne], b.onSaved[renamed(planOne)]}
			if crossed {
				allowed = append(allowed, b.old[planOne]) // the save is beside it then
			}
			if len(asides) > 0 || t.verb.parts {
				// Killed, before it could put the save back; or before its file got its new name.
				allowed = append(allowed, b.made[name], b.made[renamed(planOne)])
			}
			if asides.have(word) {
				allowed = append(allowed, b.old[planOne]) // killed between giving back the old text and keeping the save beside it
			}
			if name == renamed(planOne) && plans[planOne] != "" {
				allowed = append(allowed, b.old[planOne]) // saved by its old name, after it had got the new one
			}
		case strings.HasPrefix(name, planOne+".wpctl-kept-"):
			allowed = []string{b.saved[planOne]}
		}
		fits := false
		for _, a := range allowed {
			fits = fits || a != "" && a == text
		}
		if !fits {
			return fmt.Sprintf("%s is none of what it may be:\n%s", name, bounded(text))
		}
		kept = kept || strings.Contains(text, word)
	}
	if !kept && !asides.have(word) {
		return "the person's save is lost"
	}
	return ""
}

// have tells whether a text is in one of them.
func (t texts) have(text string) bool {
	for _, s := range t {
		if strings.Contains(s, text) {
			return true
		}
	}
	return false
}

// savedAfterwards writes again: the save is there then, and nothing is left aside.
func (w *world) savedAfterwards(t trial, b *base) string {
	for range 2 { // where a save cannot be put back, an error tells where it is kept, and the next call goes on
		if _, _, err := w.call(t.verb.args...); err != nil {
			return err.Error()
		}
		for _, name := range []string{planOne, renamed(planOne)} { // a renaming that has come to its end is not made again
			if !w.exists(name) {
				continue
			}
			if _, _, err := w.call("set", "T02", "--plan", name, "x-swept=seen"); err != nil {
				return err.Error()
			}
		}
	}
	now, err := w.look()
	if err != nil {
		return err.Error()
	}
	plans, asides := apart(now)
	if len(asides) > 0 {
		return fmt.Sprintf("after the next write there is aside: %q", asides.names())
	}
	for name, text := range plans {
		if strings.HasPrefix(name, plansDir) && strings.Contains(text, word) && name != planOne+"~" {
			return ""
		}
	}
	return "after the next write the person's save is lost"
}

// nothingOfTheBranchIsLost: what git has checked out is there, with or without what wpctl had to say, and what git
// keeps is whole.
func nothingOfTheBranchIsLost(w *world, t trial, b *base, ended trace.Ended, now texts) string {
	defer func() { must(w.runGit("checkout", "-q", "-f", "main")); w.git, _ = digestOf(w.path(".git")) }()
	if err := w.runGit("fsck", "--strict", "--no-dangling"); err != nil {
		return err.Error()
	}
	if err := w.runGit("symbolic-ref", "-q", "HEAD"); err != nil {
		return err.Error()
	}
	plans, asides := apart(now)
	// The other branch has all plans as a person saved them.
	for name, text := range plans {
		allowed := []string{b.saved[name], b.onSaved[name]}
		if len(asides) > 0 || t.verb.parts || t.verb.grows {
			allowed = append(allowed, b.made[name], b.made[renamed(planOne)], b.onSaved[renamed(planOne)], b.saved[planOne])
		}
		if name == renamed(planOne) && plans[planOne] != "" {
			allowed = append(allowed, b.old[planOne]) // git made the old name anew after the file had got its new one
		}
		fits := false
		for _, a := range allowed {
			fits = fits || a != "" && a == text
		}
		if !fits {
			return fmt.Sprintf("%s is none of what it may be:\n%s", name, bounded(text))
		}
	}
	if len(asides) > 0 && !ended.Killed {
		return fmt.Sprintf("left aside: %q", asides.names())
	}
	return w.savedAfterwards(t, b)
}

// itStaysAway: what was removed is not made anew.
func itStaysAway(w *world, t trial, b *base, ended trace.Ended, now texts) string {
	plans, asides := apart(now)
	if len(asides) > 0 && !ended.Killed {
		return fmt.Sprintf("left aside: %q", asides.names())
	}
	if _, ok := plans[planOne]; ok {
		return "it was made anew"
	}
	for name, text := range plans {
		if text != b.old[name] && text != b.made[name] {
			return fmt.Sprintf("%s is none of what it may be:\n%s", name, bounded(text))
		}
	}
	return ""
}

// theFolderIsWhole: in the folder, wherever it is now, all is old or new, and the next write there clears up.
func theFolderIsWhole(w *world, t trial, b *base, ended trace.Ended, now texts) string {
	link := now[plansDir]
	there := texts{}
	for name, text := range now {
		if link != "" && name == plansDir {
			continue
		}
		moved := strings.Replace(name, "gone/", plansDir+"/", 1)
		if _, twice := now["gone/"+filepath.Base(name)]; twice && moved == name {
			continue // a new plan in a folder that was empty then: it has an id that is free there
		}
		there[moved] = text
	}
	plans, _ := apart(there)
	for name, text := range plans {
		// A plan's file gets its new name first: where writing it fails then, that is told, and its text is the old one.
		begun := name == renamed(planOne) && ended.Exit != 0 && text == b.old[planOne]
		if text != b.old[name] && text != b.made[name] && text != b.made[renamed(planOne)] && !begun {
			return fmt.Sprintf("%s is none of what it may be:\n%s", name, bounded(text))
		}
	}
	for name := range b.old {
		if plans[name] == "" && plans[renamed(name)] == "" {
			return name + " has gone"
		}
	}
	if link == "" {
		// wpctl may have made a folder of the old name for a new plan
		must(os.MkdirAll(w.path(plansDir), 0o755))
		entries, err := os.ReadDir(w.path(plansDir))
		must(err)
		for _, e := range entries {
			if w.exists("gone/" + e.Name()) {
				must(os.Remove(w.path(plansDir + "/" + e.Name())))
				continue
			}
			must(os.Rename(w.path(plansDir+"/"+e.Name()), w.path("gone/"+e.Name())))
		}
		must(os.Remove(w.path(plansDir)))
		must(os.Rename(w.path("gone"), w.path(plansDir)))
	} else {
		must(os.Remove(w.path(plansDir)))
		must(os.Rename(w.path("gone"), w.path(plansDir)))
	}
	return w.nextWrite(plans)
}

// theLinkStays: the link is a link, and what it leads to is old or new.
func theLinkStays(w *world, t trial, b *base, ended trace.Ended, now texts) string {
	plans, asides := apart(now)
	if len(asides) > 0 && !ended.Killed {
		return fmt.Sprintf("left aside: %q", asides.names())
	}
	link, real := plans[planOne], plans["real.md"]
	if link == "" {
		link = plans[renamed(planOne)]
	}
	if link != "-> ../real.md" {
		return "the link has become " + link
	}
	if real != b.old[planOne] && real != b.made[planOne] && real != b.made[renamed(planOne)] {
		return "what the link leads to is none of what it may be:\n" + bounded(real)
	}
	return ""
}

// bothNamesSayTheSame: no name of the file keeps an old text that another one has not.
func bothNamesSayTheSame(w *world, t trial, b *base, ended trace.Ended, now texts) string {
	plans, asides := apart(now)
	if len(asides) > 0 && !ended.Killed {
		return fmt.Sprintf("left aside: %q", asides.names())
	}
	one, two := plans[planOne], plans["other.md"]
	if one == "" {
		one = plans[renamed(planOne)]
	}
	if one != two {
		return fmt.Sprintf("one name has\n%s\nand the other\n%s", bounded(one), bounded(two))
	}
	return ""
}

// theModeStays: the mode is the one that the person gave.
func theModeStays(w *world, t trial, b *base, ended trace.Ended, now texts) string {
	plans, asides := apart(now)
	if len(asides) > 0 && !ended.Killed {
		return fmt.Sprintf("left aside: %q", asides.names())
	}
	path := w.path(planOne)
	if !w.exists(planOne) {
		path = w.path(renamed(planOne))
	}
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	if info.Mode() != 0o444 {
		return fmt.Sprintf("its mode is %v", info.Mode())
	}
	return b.oneOfTwo(t.verb, plans)
}
