// Package filesource is what sources made of files have in common: they find
// their files, choose rows and columns while reading, and read several files
// or sheets one after another as one table.
//
//	path ──Find──▶ files ──▶ Catalog ──▶ Table ──▶ Part, Part, ... ─┐
//	                                                                ├─▶ Reader ──▶ Batch
//	                          Query ──Select──▶ Selection ──────────┘
package filesource

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"crosswalk/connectors"
)

// Find returns the files that path means, sorted: one file, every file of a
// folder that has one of the extensions (".csv"), or every file that matches a
// pattern such as 2024/*.csv. Hidden files and the lock files of spreadsheet
// programs are left out. Finding nothing is an Error of class Missing.
func Find(path string, extensions ...string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return []string{path}, nil
	case err == nil:
		return inFolder(path, extensions)
	case IsPattern(path):
		return matching(path)
	}
	return nil, Fail("open", path, err)
}

// IsPattern reports whether path may mean several files by its wildcards.
func IsPattern(path string) bool { return strings.ContainsAny(path, "*?[") }

func inFolder(folder string, extensions []string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, Fail("open", folder, err)
	}
	var files []string
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		wanted := slices.ContainsFunc(extensions, func(x string) bool { return strings.HasSuffix(name, x) })
		if wanted && !e.IsDir() && !ignored(e.Name()) {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if files == nil {
		return nil, connectors.Errorf(connectors.Missing, "open", folder,
			"the folder holds no file that ends in %s; put one there, or give a pattern that names the files", strings.Join(extensions, ", "))
	}
	return files, nil
}

func matching(pattern string) ([]string, error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, connectors.Errorf(connectors.Missing, "open", pattern, "not a pattern: %w", err)
	}
	var files []string
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && !info.IsDir() && !ignored(filepath.Base(path)) {
			files = append(files, path)
		}
	}
	if files == nil {
		return nil, connectors.Errorf(connectors.Missing, "open", pattern, "no file matches the pattern; check it, and that the files have arrived")
	}
	return files, nil
}

func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$")
}

// Fail makes the Error of a failed file operation, classed by its cause.
func Fail(op, path string, err error) *connectors.Error {
	var classed *connectors.Error
	if errors.As(err, &classed) {
		return classed
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the path is in the message already
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return connectors.Errorf(connectors.Missing, op, path, "%w; check the path, and that the file has arrived", err)
	case errors.Is(err, fs.ErrPermission):
		return connectors.Errorf(connectors.Denied, op, path, "%w; give this user the right to read it", err)
	}
	return connectors.Errorf(connectors.Unknown, op, path, "%w", err)
}
