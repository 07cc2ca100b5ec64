package view

import (
	"io"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// Init writes what was found in a repository, which files it got, what else there is, and what to do next.
// A dry run shows the files whole, as diffs.
func Init(w io.Writer, b app.Begun, dry bool, o Options) error {
	if dry {
		for _, f := range b.Files {
			if !f.There {
				if err := Diff(w, f.Name, "", string(f.Text), o); err != nil {
					return err
				}
			}
		}
	}
	p := newPrinter(w, o)
	say := func(word, text string) { p.hang(p.bold(pad(word, 7))+" ", 8, Safe(text), "") }
	found := plural(b.Plans, "plan")
	if b.Plans > 0 {
		found += " in " + strings.Join(b.Folders, ", ")
	}
	say("found", found+"; "+contexts(b))
	for _, u := range b.Unread {
		say("unread", u)
	}
	for _, f := range b.Files {
		word := map[bool]string{true: "would", false: "wrote"}[dry]
		text := f.Name
		if f.There {
			word, text = "kept", f.Name+": it is there, and is never changed"
		} else if dry {
			text = "write " + f.Name
		}
		say(word, text)
		if f.Add != "" {
			p.hang("        "+p.arrow()+" ", 8+cells(p.arrow())+1, Safe(f.Add), cyan)
		}
	}
	for _, offer := range b.Offers {
		say("offers", "wpctl init "+offer.Flag+": "+offer.What)
	}
	for _, n := range b.Next {
		say("next", n)
	}
	return p.flush()
}

// contexts tells of the kubeconfig.
func contexts(b app.Begun) string {
	switch {
	case len(b.Contexts) == 0:
		return "no kubeconfig"
	case b.Current == "":
		return plural(len(b.Contexts), "context") + " in the kubeconfig"
	}
	return plural(len(b.Contexts), "context") + " in the kubeconfig, " + b.Current + " is current"
}

type initJSON struct {
	header
	DryRun   bool           `json:"dryRun" doc:"nothing was written"`
	Plans    int            `json:"plans" doc:"how many workplans there are"`
	Folders  []string       `json:"folders" doc:"the folders that they lie in"`
	Unread   []string       `json:"unread" doc:"what could not be read"`
	Contexts []string       `json:"contexts" doc:"the contexts of the kubeconfig"`
	Files    []initFileJSON `json:"files" doc:"the files that were written, or would be"`
	Offers   []string       `json:"offers" doc:"flags for more files"`
	Next     []string       `json:"next" doc:"what can be done next, as commands or sentences"`
}

type initFileJSON struct {
	File    string `json:"file" doc:"the file, as one would write it here"`
	There   bool   `json:"there" doc:"it was there already, and stays"`
	Written bool   `json:"written" doc:"it was written"`
	Text    string `json:"text" doc:"what is in it, where it is new"`
	Add     string `json:"add,omitempty" doc:"what it would want added, where it was there"`
}

// InitJSON is the same as a document.
func InitJSON(b app.Begun, dry bool) ([]byte, error) {
	return marshal(initJSON{
		head("Init"), dry, b.Plans, all(b.Folders), all(b.Unread), all(b.Contexts),
		each(b.Files, func(f app.InitFile) initFileJSON {
			text := string(f.Text)
			if f.There {
				text = ""
			}
			return initFileJSON{f.Name, f.There, f.Written, text, f.Add}
		}),
		each(b.Offers, func(o app.Offer) string { return o.Flag }), all(b.Next),
	})
}
