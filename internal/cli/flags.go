package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// wordFlag words pflag's error about a flag so that it says what was wanted, what was given, and what to do.
func wordFlag(cmd *cobra.Command, err error) error {
	message := err.Error()
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		message = "no flag --" + unknown.GetSpecifiedName()
		if hint := diag.DidYouMean("--"+unknown.GetSpecifiedName(), names); hint != "" {
			message += "; " + hint
		}
	} else if ok {
		message = "no flag -" + unknown.GetSpecifiedName()
		if file := "-" + unknown.GetSpecifiedShortnames(); strings.Contains(file, ".") {
			message += fmt.Sprintf("; a file whose name begins with a dash is written ./%s", file)
		}
	} else if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f := invalid.GetFlag()
		message = fmt.Sprintf("--%s is %s, not %q", f.Name, valueWords(f.Value.Type()), invalid.GetValue())
	} else if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		message = "no value for --" + missing.GetFlag().Name
	}
	return fmt.Errorf("%s; see `%s --help`", message, cmd.CommandPath())
}

func valueWords(t string) string {
	switch t {
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	case durationType:
		return strict.DurationWords
	}
	return "a " + t
}

const durationType = "duration"

// durationFlag is a duration as plans write them, with days.
type durationFlag struct{ d *time.Duration }

func (f durationFlag) Type() string { return durationType }

func (f durationFlag) String() string {
	if f.d == nil || *f.d == 0 {
		return ""
	}
	return strict.FormatDuration(*f.d)
}

func (f durationFlag) Set(s string) error {
	d, ok := strict.ParseDuration(s)
	if !ok {
		return errors.New("no duration")
	}
	*f.d = d
	return nil
}

// notEmpty refuses flags that are given without a value: an empty variable of a script must not mean the default. A
// command need not have all of them.
func notEmpty(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && strings.Trim(flagText(f), " \t\r\n,") == "" {
			return fmt.Errorf("--%s is empty", name)
		}
	}
	return nil
}

// hubFlag adds the flag that names the hub.
func hubFlag(cmd *cobra.Command) {
	cmd.Flags().String("hub", "", "the hub's address (default hub.base of the configuration; also WPCTL_HUB_BASE)")
}
