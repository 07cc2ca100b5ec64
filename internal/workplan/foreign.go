package workplan

import (
	"bytes"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// utf16Head is how much of a text in UTF-16 is looked at to see whether it is a workplan, in bytes.
const utf16Head = 1 << 14

// isUTF16 tells whether src begins with one of the byte order marks of UTF-16.
func isUTF16(src []byte) bool {
	return bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff"))
}

// headOf returns what there is to see of src in ASCII: all of it, or the beginning of a text in UTF-16 without the zeros.
func headOf(src []byte) []byte {
	if !isUTF16(src) {
		return src
	}
	return bytes.ReplaceAll(src[2:min(len(src), utf16Head)], []byte{0}, nil)
}

// foreignText tells of a file as a whole that other programs read and wpctl does not: in UTF-16, or with lines that end
// with CR alone.
func foreignText(f *text.File) (diag.Diagnostic, bool) {
	d := diag.Diagnostic{Pos: f.Pos(0), Severity: diag.Error}
	switch {
	case isUTF16(f.Src):
		d.Code, d.Message, d.Hint = "not-utf8", "the file is in UTF-16", "save it as UTF-8"
		return d, true
	case bytes.IndexByte(f.Src, '\n') < 0 && bytes.Count(f.Src, []byte("\r")) > 1:
		d.Code, d.Message, d.Hint = "lone-cr", "the lines end with CR alone, as on old Macs", "save it with LF or CR LF at the ends of lines"
		return d, true
	}
	return d, false
}
