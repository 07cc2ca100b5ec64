package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnLicense looks at what a file LICENSE makes of the formula; without one there is no word of a licence.
func TestOwnLicense(t *testing.T) {
	for name, tt := range map[string]struct{ text, id, formula string }{
		"none":           {"", "", ""},
		"a known one":    {"MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software and associated documentation files (the \"Software\")", "MIT", `license "MIT"`},
		"an unknown one": {"Do what you were told.", unknownLicense, "license :cannot_represent"},
		"in other lines": {"Apache License\n   Version 2.0, January 2004", "Apache-2.0", `license "Apache-2.0"`},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if tt.text != "" {
				if err := os.WriteFile(filepath.Join(root, "LICENSE"), []byte(tt.text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			id, err := ownLicense(root)
			if err != nil || id != tt.id {
				t.Fatalf("got %q, %v; want %q", id, err, tt.id)
			}
			formula := (&distribution{license: id}).formula()
			if tt.formula == "" && strings.Contains(formula, "license") || !strings.Contains(formula, tt.formula) {
				t.Errorf("want %q in:\n%s", tt.formula, formula)
			}
		})
	}
}
