package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// genManuals writes a manual page for a command and each below it; see genCommands for why it is our own.
func genManuals(c *cobra.Command, v Version, folder string) error {
	var out strings.Builder
	genManual(&out, c, v)
	if err := os.WriteFile(filepath.Join(folder, manualOf(c)+".1"), []byte(out.String()), 0o644); err != nil {
		return err
	}
	for _, sub := range shown(c) {
		if err := genManuals(sub, v, folder); err != nil {
			return err
		}
	}
	return nil
}

func manualOf(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

func genManual(w io.Writer, c *cobra.Command, v Version) {
	c.InitDefaultHelpFlag()
	day, _, _ := strings.Cut(v.Date, "T")
	fmt.Fprintf(w, ".TH %s 1 %q %q %q\n", roff(strings.ToUpper(manualOf(c))), day, "wpctl "+v.Version, "wpctl")
	fmt.Fprintf(w, ".SH NAME\n%s \\- %s\n", roff(manualOf(c)), roff(c.Short))
	fmt.Fprint(w, ".SH SYNOPSIS\n")
	if c.Runnable() {
		fmt.Fprintf(w, ".B %s\n", roff(c.UseLine()))
	} else {
		fmt.Fprintf(w, ".B %s\n.I COMMAND\n", roff(c.CommandPath()))
	}
	if c.Long != "" {
		fmt.Fprint(w, ".SH DESCRIPTION\n")
		roffText(w, c.Long)
	}
	manualFlags(w, "OPTIONS", c.NonInheritedFlags())
	manualFlags(w, "OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	if c.Example != "" {
		fmt.Fprint(w, ".SH EXAMPLES\n")
		roffText(w, c.Example)
	}
	var related []string
	if c.HasParent() {
		related = append(related, roffRef(c.Parent()))
	}
	for _, sub := range shown(c) {
		related = append(related, roffRef(sub))
	}
	if len(related) > 0 {
		fmt.Fprintf(w, ".SH SEE ALSO\n%s\n", strings.Join(related, " ,\n"))
	}
}

func roffRef(c *cobra.Command) string { return ".BR " + roff(manualOf(c)) + " (1)" }

func manualFlags(w io.Writer, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(w, ".SH %s\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(w, ".TP\n\\fB%s\\fR", roff(name))
		if value != "" {
			fmt.Fprintf(w, " \\fI%s\\fR", roff(value))
		}
		fmt.Fprintf(w, "\n%s\n", roff(usage))
	})
}

// roffText writes paragraphs; lines that begin with a blank stay as they are.
func roffText(w io.Writer, text string) {
	literal, blank, first := false, false, true
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\t", "    "), "\n") {
		indented := strings.HasPrefix(line, " ")
		switch {
		case line == "":
			blank = true
			continue
		case indented && !literal && first:
			fmt.Fprint(w, ".nf\n")
		case indented && !literal:
			fmt.Fprint(w, ".PP\n.nf\n")
		case !indented && literal:
			fmt.Fprint(w, ".fi\n.PP\n")
		case blank && first:
		case blank && !indented:
			fmt.Fprint(w, ".PP\n")
		case blank:
			fmt.Fprint(w, ".sp\n")
		}
		literal, blank, first = indented, false, false
		fmt.Fprintln(w, roff(line))
	}
	if literal {
		fmt.Fprint(w, ".fi\n")
	}
}

var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\(ga", "^", `\(ha`, "~", `\(ti`, "…", "...", "→", "->", "—", `\(em`)

// roff is a text that roff shows as it is.
func roff(s string) string {
	s = roffEscapes.Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}
