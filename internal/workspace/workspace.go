// Package workspace reads a migration's folder: crosswalk.yaml and the mapping
// files that it names.
//
//	crosswalk.yaml ──▶ systems   how to open each source and target
//	               ├─▶ hub, ledger
//	               └─▶ lines ──▶ mappings/*.yaml, by target, in dependency order
//
// Reading is strict and complete: every mistake in every file is told at once,
// with file, line and column. Check adds the mistakes in the settings of the
// systems, and none of it opens one. What came from the environment or a file
// of secrets is in no message.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/internal/yamlfile"
	"crosswalk/mapping"
)

// FileName is the file that makes a folder a workspace.
const FileName = "crosswalk.yaml"

// Workspace is a folder's settings.
type Workspace struct {
	Hub     Database
	Ledger  Database
	Systems []System
	Lines   []Line
	MaskKey []byte
	Deletes DeleteCap

	file *yamlfile.File
}

// Database says where the hub or the ledger lives.
type Database struct {
	Driver string // sqlite or postgres
	Path   string // sqlite: the file
	DSN    string // postgres: postgres://user:password@host/database
}

// Location is the path or the DSN.
func (d Database) Location() string {
	if d.Driver == "sqlite" {
		return d.Path
	}
	return d.DSN
}

// System is one source or target as the workspace names it.
type System struct {
	Name     string
	Kind     string
	settings yamlfile.Node
}

// Line is one product line.
type Line struct {
	Code     string
	Name     string
	Mappings []*mapping.File // in dependency order
}

// To returns the mappings whose rows go to a system.
func (l Line) To(system string) []*mapping.File {
	var all []*mapping.File
	for _, m := range l.Mappings {
		if m.Target.System == system {
			all = append(all, m)
		}
	}
	return all
}

// Targets names the systems that rows of the line go to: the hub first, then
// the others in alphabetical order.
func (l Line) Targets() []string {
	var others []string
	for _, m := range l.Mappings {
		if !m.Target.InHub() {
			others = append(others, m.Target.System)
		}
	}
	slices.Sort(others)
	others = slices.Compact(others)
	if len(l.To(mapping.Hub)) == 0 {
		return others
	}
	return append([]string{mapping.Hub}, others...)
}

// DeleteCap bounds what one plan may delete from a table: the larger of a
// number of rows and a share of the rows that the table holds for the line.
type DeleteCap struct {
	Rows    int     `yaml:"rows" doc:"So many rows; 0 if not given."`
	Percent float64 `yaml:"percent" doc:"So much of what the table holds for the line, from 0 to 100; 0 if not given."`
}

// Load reads the workspace in the current folder. Environment variables come
// from env.
func Load(env func(string) (string, bool)) (*Workspace, error) {
	data, err := os.ReadFile(FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s here; go to a workspace, name one with --workspace DIR, or make one with `crosswalk init DIR`", FileName)
	}
	if err != nil {
		return nil, err
	}
	file, err := yamlfile.Parse(FileName, data)
	if err != nil {
		return nil, err
	}
	if err := file.Interpolate(env, os.ReadFile); err != nil {
		return nil, err
	}
	w, err := read(file)
	if err != nil {
		return nil, discreet(err, file.Secrets())
	}
	return w, nil
}

// Line returns the product line of that code.
func (w *Workspace) Line(code string) (Line, error) {
	var codes []string
	for _, l := range w.Lines {
		if l.Code == code {
			return l, nil
		}
		codes = append(codes, l.Code)
	}
	return Line{}, fmt.Errorf("no product line %q; %s has %s", code, FileName, strings.Join(codes, ", "))
}

// System returns the system of that name.
func (w *Workspace) System(name string) (System, bool) {
	for _, s := range w.Systems {
		if s.Name == name {
			return s, true
		}
	}
	return System{}, false
}

func (w *Workspace) systemNames() []string {
	names := make([]string, len(w.Systems))
	for i, s := range w.Systems {
		names[i] = s.Name
	}
	return names
}

// Check reads the settings of every system and opens none. Its error is of
// type yamlfile.Problems.
func (w *Workspace) Check(registry *connectors.Registry) error {
	var problems yamlfile.Problems
	for _, s := range w.Systems {
		settings := registry.Settings(s.Kind)
		if settings == nil {
			problems = append(problems, s.settings.Problem("system %s: no kind of system is called %q; %s", s.Name, s.Kind, yamlfile.Suggest(s.Kind, registry.Kinds())))
			continue
		}
		into := reflect.New(reflect.TypeOf(settings))
		err := s.settings.Decode(into.Interface())
		if err == nil {
			err = into.Interface().(connectors.Config).Validate()
		}
		if err != nil {
			problems = append(problems, w.file.In(s.settings.Text(), s.named(err))...)
		}
	}
	return discreet(problems.Err(), w.file.Secrets())
}

// Open opens a system.
func (w *Workspace) Open(ctx context.Context, registry *connectors.Registry, name string) (connectors.Source, error) {
	s, ok := w.System(name)
	if !ok {
		return nil, fmt.Errorf("no system %q; %s has %s", name, FileName, strings.Join(w.systemNames(), ", "))
	}
	source, err := registry.Open(ctx, s.Kind, s.settings.Decode)
	if err == nil {
		return source, nil
	}
	if err = s.named(err); connectors.ClassOf(err) == connectors.Unknown {
		// No connector has said what to do about it: it is the settings.
		err = w.file.In(s.settings.Text(), err)
	}
	return nil, discreet(err, w.file.Secrets())
}

// named says in which system err happened, unless it points at the place.
func (s System) named(err error) error {
	if problems, ok := errors.AsType[yamlfile.Problems](err); ok {
		return problems
	}
	return fmt.Errorf("system %s: %w", s.Name, err)
}
