package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// legal are the files that modules keep their licences in.
var legal = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([.-].*)?$`)

// texts returns the licences and notices of a module, by file.
func (m module) texts() (names []string, contents [][]byte, err error) {
	dir := m.dir
	if m.path == "std" {
		dir = runtime.GOROOT() //nolint:staticcheck // the Go that builds the release is the one that runs this
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !legal.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, nil, err
		}
		names, contents = append(names, e.Name()), append(contents, content)
	}
	return names, contents, nil
}

// notices are the licences of all that is linked into a program, each text once: most of them ask for that.
// A module without any is an error.
func notices(modules []module) ([]byte, error) {
	type text struct {
		content string
		of      []string
	}
	var all []*text
	for _, m := range modules {
		names, contents, err := m.texts()
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s %s has no licence", m.path, m.version)
		}
		for i, content := range contents {
			clean := strings.TrimSpace(strings.ReplaceAll(string(content), "\r\n", "\n"))
			of := fmt.Sprintf("%s %s (%s)", m.path, m.version, names[i])
			if at := slices.IndexFunc(all, func(t *text) bool { return t.content == clean }); at >= 0 {
				all[at].of = append(all[at].of, of)
				continue
			}
			all = append(all, &text{clean, []string{of}})
		}
	}
	var out bytes.Buffer
	out.WriteString("wpctl is linked with the following.\n")
	for _, t := range all {
		out.WriteString("\n" + strings.Repeat("=", 80) + "\n" + strings.Join(t.of, "\n") + "\n" + strings.Repeat("-", 80) + "\n\n" + t.content + "\n")
	}
	return out.Bytes(), nil
}

// licenses are sentences that only one licence has.
var licenses = []struct{ id, sentence string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License, version 2.0"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"},
	{"ISC", "Permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files"},
	{"BSD-3-Clause", "may be used to endorse or promote products derived from"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms, with or without modification, are permitted provided that"},
	{"Unlicense", "This is free and unencumbered software released into the public domain"},
}

// licenseOf concludes from a module's files which licence it has; NOASSERTION where no sentence of them is known.
// Files with other texts beside it are joined: a module may have parts with licences of their own.
func licenseOf(m module) string {
	_, contents, err := m.texts()
	if err != nil {
		return unknownLicense
	}
	return licenseIn(contents)
}

// unknownLicense is what SPDX calls a licence of which nothing is said.
const unknownLicense = "NOASSERTION"

// ownLicense is the licence of wpctl as its file LICENSE has it; "" where there is none: its owners have not chosen one.
func ownLicense(root string) (string, error) {
	content, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	switch {
	case os.IsNotExist(err):
		return "", nil
	case err != nil:
		return "", err
	}
	return licenseIn([][]byte{content}), nil
}

// licenseIn names the licences whose sentences are in texts.
func licenseIn(contents [][]byte) string {
	var found []string
	for _, content := range contents {
		plain := strings.Join(strings.Fields(string(content)), " ")
		for _, l := range licenses {
			if strings.Contains(plain, l.sentence) {
				if !slices.Contains(found, l.id) {
					found = append(found, l.id)
				}
				break
			}
		}
	}
	if len(found) == 0 {
		return unknownLicense
	}
	return strings.Join(found, " AND ")
}
