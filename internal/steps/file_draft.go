package steps

import (
	"context"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// fileFormats are the formats that names of files tell.
var fileFormats = map[string]string{".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}

// fileDraft expects that the file is there, of its format, with the headings of all levels, and that it may be
// executed. Neither its text nor its size is expected: a file is made to be edited.
func fileDraft(ctx context.Context, at check.Site, _ string, a fileArgs) (check.Draft, error) {
	var d check.Draft
	r, err := fileLook(ctx, at, a)
	if err != nil {
		return d, err
	}
	if !r.OK {
		return d, unfitAs(r)
	}
	if a.Absent || a.Files != nil {
		return d, nil
	}
	f, err := readFile(at, a.Path)
	if err != nil {
		return d, err
	}
	if len(strings.TrimSpace(string(f.data))) == 0 {
		d.Notes = append(d.Notes, "the file is empty")
		return d, nil
	}
	d.Add("minSize", 1)
	if isMarkdown(a.Path) {
		if found := headings(f.data); shownList(found) {
			d.Add("headings", anyList(found))
		} else {
			d.Notes = append(d.Notes, "its headings are not expected: there are none, too many, or ones that are too long")
		}
	}
	if format := fileFormats[strings.ToLower(filepath.Ext(a.Path))]; format != "" {
		if _, err := decodeFile(format, f.data); err == nil {
			d.Add("format", format)
		} else {
			d.Notes = append(d.Notes, "it is no valid "+strings.ToUpper(format)+": "+err.Error())
		}
	}
	if f.mode&0o100 != 0 {
		d.Add("executable", true)
	}
	return d, nil
}
