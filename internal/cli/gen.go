package cli

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// gen writes the documents that are made from the code; it is for this project's own use.
func (c *command) gen() *cobra.Command {
	cmd := &cobra.Command{Use: "gen", Short: "Write documents that are made from the code", Hidden: true}
	cmd.AddCommand(&cobra.Command{
		Use:   "docs FOLDER",
		Short: "Write the reference of kinds, keys, commands and codes as markdown",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return genDocs(cmd.Root(), a, args[0])
		},
	}, &cobra.Command{
		Use:   "man FOLDER",
		Short: "Write manual pages of all commands",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			return genManuals(cmd.Root(), c.Version, args[0])
		},
	})
	return cmd
}

// page is a document of the reference: its file, its title, and what writes the rest.
type page struct {
	file, title, about string
	write              func(io.Writer) error
}

const madeFromCode = "This page is made from the code by `make generate`.\n"

// genDocs writes the reference into a folder: one page for each command, and the pages below.
func genDocs(root *cobra.Command, a *app.App, folder string) error {
	commands := filepath.Join(folder, "commands")
	if err := os.MkdirAll(commands, 0o755); err != nil {
		return err
	}
	if err := genCommands(root, commands); err != nil {
		return err
	}
	if err := genCodePages(filepath.Join(folder, "diagnostics")); err != nil {
		return err
	}
	pages := []page{
		{"kinds.md", "Kinds of step", "what each kind proves, its fields, and what `self` is", func(w io.Writer) error { return genKinds(w, a) }},
		{"keys.md", "Keys of the blocks", "front matter, task, decision, and the keys that all steps share", genBlocks},
		{"configuration.md", "Configuration", "the keys of `.wpctl.yaml` and of your own file", func(w io.Writer) error { return genConfig(w, root) }},
		{"environment.md", "Environment names", "what wpctl reads from its environment", topic(environment())},
		{"exit-codes.md", "Exit codes", "what the exit codes mean", topic(exitCodes())},
		{"json.md", "JSON documents", "the keys of what `-o json` and `--report json` write", genJSON},
		{"diagnostics.md", "Diagnostics", "the codes of what is told about a file", genCodes},
	}
	for _, p := range pages {
		if err := p.save(folder); err != nil {
			return err
		}
	}
	return index(root, pages).save(folder)
}

func (p page) save(folder string) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s\n\n%s\n", p.title, madeFromCode)
	if err := p.write(&out); err != nil {
		return err
	}
	text := append(bytes.TrimRight(out.Bytes(), "\n"), '\n')
	return os.WriteFile(filepath.Join(folder, p.file), text, 0o644)
}

// index is the page that leads to all others.
func index(root *cobra.Command, pages []page) page {
	return page{file: "README.md", title: "Reference", write: func(w io.Writer) error {
		for _, p := range pages {
			fmt.Fprintf(w, "- [%s](%s): %s\n", p.title, p.file, p.about)
		}
		fmt.Fprint(w, "\n## Commands\n\n")
		for _, c := range shown(root) {
			fmt.Fprintf(w, "- [%s](commands/%s): %s\n", c.Name(), pageOf(c), c.Short)
		}
		return nil
	}}
}

// plainView is how explanations look in a document.
var plainView = view.Options{Unicode: true, Width: 100}

func genKinds(w io.Writer, a *app.App) error {
	for _, k := range kindsOf(a) {
		if k.Base != "" {
			continue // of the configuration here
		}
		fmt.Fprintf(w, "## %s\n\n```text\n", k.Name)
		if err := view.Explain(w, k, nil, plainView); err != nil {
			return err
		}
		fmt.Fprint(w, "```\n\n")
	}
	return nil
}

func genBlocks(w io.Writer) error {
	for _, b := range blocks {
		if b.name == "config" {
			continue // has its own page
		}
		fmt.Fprintf(w, "## %s\n\n```text\n", b.name)
		if err := view.ExplainKeys(w, b.name, b.doc, b.keys, nil, plainView); err != nil {
			return err
		}
		fmt.Fprint(w, "```\n\n")
	}
	return nil
}

func genConfig(w io.Writer, root *cobra.Command) error {
	fmt.Fprint(w, "```text\n")
	if err := view.ExplainKeys(w, "config", configDoc, reflect.TypeFor[config.Settings](), nil, plainView); err != nil {
		return err
	}
	fmt.Fprint(w, "```\n\n## Flags and environment names\n\nA flag wins over the environment, the environment over the nearest `.wpctl.yaml`, and that over your own file.\n\n| key | flag | environment |\n|---|---|---|\n")
	flags, env, rows := config.Flags(), config.Environment(), map[string][2]string{}
	for name, key := range flags {
		if hasFlag(root, name) {
			rows[key] = [2]string{"`--" + name + "`", ""}
		}
	}
	for name, key := range env {
		rows[key] = [2]string{rows[key][0], "`" + name + "`"}
	}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", key, rows[key][0], rows[key][1])
	}
	return nil
}

// hasFlag tells whether any command has the flag.
func hasFlag(c *cobra.Command, name string) bool {
	return c.Flags().Lookup(name) != nil || c.PersistentFlags().Lookup(name) != nil ||
		slices.ContainsFunc(c.Commands(), func(sub *cobra.Command) bool { return hasFlag(sub, name) })
}

func topic(c *cobra.Command) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "```text\n%s\n```\n", c.Long)
		return err
	}
}

func genCodes(w io.Writer) error {
	fmt.Fprint(w, "A diagnostic is told as `FILE:LINE:COLUMN: SEVERITY: MESSAGE (CODE)`, with a hint where there is one.\nThe codes are stable; the words of the messages are not.\n\n| code | what it tells |\n|---|---|\n")
	for _, c := range diag.Codes() {
		name := "`" + c.Name + "`"
		if diag.Page(c.Name) != "" {
			name = "[" + name + "](diagnostics/" + c.Name + ".md)"
		}
		fmt.Fprintf(w, "| %s | %s |\n", name, c.Doc)
	}
	return nil
}

// genCodePages writes a page for each code that has one.
func genCodePages(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, c := range diag.Codes() {
		if diag.Page(c.Name) == "" {
			continue
		}
		p := page{file: c.Name + ".md", title: c.Name, write: func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s\n\n%s", c.Doc, diag.Page(c.Name))
			return err
		}}
		if err := p.save(folder); err != nil {
			return err
		}
	}
	return nil
}
