package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/play"
)

// audience is a person at a terminal. What goes wrong ends the play.
type audience struct{ ctx context.Context }

// failure is what is thrown to end it.
type failure struct{ error }

func (a audience) Context() context.Context { return a.ctx }
func (audience) Helper()                    {}
func (audience) Logf(string, ...any)        {}
func (audience) Fatal(args ...any)          { panic(failure{errors.New(fmt.Sprint(args...))}) }
func (audience) Fatalf(format string, args ...any) {
	panic(failure{fmt.Errorf(format, args...)})
}
func (a audience) Errorf(format string, args ...any) { a.Fatalf(format, args...) }

// firstActs is how many acts of the story are played.
const firstActs = 5

// show plays to a person.
func show(ctx context.Context, programs play.Programs, node bool) (err error) {
	dir, err := os.MkdirTemp("", "wpctl-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer func() {
		if thrown := recover(); thrown != nil {
			f, ok := thrown.(failure)
			if !ok {
				panic(thrown)
			}
			err = f.error
		}
	}()
	open, acts, drift, plan := play.NewStageAlone, play.Alone, "definition-upgraded", "APPS-WP-0004"
	if node {
		open, acts, drift, plan = play.NewStage, play.Story[:firstActs], "tag-moved", "APPS-WP-0002"
	}
	s := open(audience{ctx}, dir, programs)
	defer s.World.Close()
	s.Told, s.Out = say, os.Stdout
	if terminal(os.Stderr) { // its progress is drawn there, and gone in the end
		s.Err = os.Stderr
	}
	s.Look = func(args []string) {
		fmt.Printf("%s %s\n", paint("$", "1;32"), paint(play.Line(args), "1"))
	}
	s.Saw = func(_ []string, _ string, code int) {
		if code != 0 {
			fmt.Println(paint(fmt.Sprintf("exit code %d", code), "2"))
		}
		fmt.Println()
	}
	for _, act := range acts {
		act.Play(s)
	}
	say("What wpctl has written into the plan; everything else kept its bytes.")
	s.Diff(play.PlanOf(plan))
	fmt.Println()
	breaks(s, play.DriftOf(drift), acts, plan, "PLAT-WP-0003")
	say("Where to look next: make e2e plays the rest, docs/tutorial.md tells it; bin/wpctl explain, and the plans in e2e/workspace.")
	return nil
}

// breaks has something break behind the back of plans that say done, and repairs it.
func breaks(s *play.Stage, d play.Drift, acts []play.Act, named ...string) {
	verify := func() int {
		_, code := s.Wpctl(append([]string{"verify"}, named...)...)
		return code
	}
	before := plans(s, acts)
	say("Later, something breaks. " + d.Says)
	d.Breaks(s)
	if code := verify(); code != 1 {
		s.Fatalf("verify ended with exit code %d, and something is broken", code)
	}
	say("It is repaired.")
	d.Repairs(s)
	if err := cast.Until(s.Context(), func() error {
		if code := verify(); code != 0 {
			return fmt.Errorf("verify ended with exit code %d after the repair", code)
		}
		return nil
	}); err != nil {
		s.Fatal(err)
	}
	if plans(s, acts) != before {
		s.Fatal("verify has changed a plan")
	}
	say("verify has written nothing: the plans are what they were, byte for byte.")
}

// plans are the texts of all plans that acts are about.
func plans(s *play.Stage, acts []play.Act) (texts string) {
	for _, act := range acts {
		for _, plan := range act.Plans {
			texts += s.Read(plan)
		}
	}
	return texts
}

// say tells what happens next.
func say(text string) { fmt.Printf("%s %s\n\n", paint("==>", "1;36"), paint(text, "1")) }

func paint(text, code string) string {
	if !terminal(os.Stdout) || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
