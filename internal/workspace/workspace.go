// Package workspace reads a migration's folder: crosswalk.yaml and the mapping
// files that it names.
//
//	crosswalk.yaml ──▶ systems   how to open each source
//	               ├─▶ hub, ledger
//	               └─▶ lines ──▶ mappings/*.yaml, in dependency order
//
// Reading is strict and complete: every mistake in every file is told at once,
// with file, line and column, before any system is opened.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	Driver string `yaml:"driver"` // sqlite or postgres
	Path   string `yaml:"path"`   // sqlite: the file
	DSN    string `yaml:"dsn"`    // postgres: postgres://user:password@host/database
}

// Location is the path or the DSN.
func (d Database) Location() string {
	if d.Driver == "sqlite" {
		return d.Path
	}
	return d.DSN
}

// System is one source as the workspace names it.
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

// DeleteCap bounds what one plan may delete from a table: the larger of a
// number of rows and a share of the rows that the table holds for the line.
type DeleteCap struct {
	Rows    int     `yaml:"rows"`
	Percent float64 `yaml:"percent"`
}

// document is crosswalk.yaml as it is written.
type document struct {
	Version int                         `yaml:"version,required"`
	Systems yamlfile.Map[yamlfile.Node] `yaml:"systems,required"`
	Hub     yamlfile.Node               `yaml:"hub,required"`
	Ledger  yamlfile.Node               `yaml:"ledger,required"`
	Lines   []lineDocument              `yaml:"lines,required"`
	Masking struct {
		Key string `yaml:"key,required"`
	} `yaml:"masking"`
	Deletes *DeleteCap `yaml:"deletes"`
}

type lineDocument struct {
	Code     yamlfile.Text   `yaml:"code,required"`
	Name     string          `yaml:"name,required"`
	Mappings []yamlfile.Text `yaml:"mappings,required"`
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
	var doc document
	if err := file.Decode(&doc); err != nil {
		return nil, err
	}
	return build(file, doc)
}

func build(file *yamlfile.File, doc document) (*Workspace, error) {
	w := &Workspace{file: file, Deletes: DeleteCap{Rows: 50, Percent: 1}, MaskKey: []byte(doc.Masking.Key)}
	if doc.Deletes != nil {
		w.Deletes = *doc.Deletes
	}
	var problems yamlfile.Problems
	if doc.Version != 1 {
		problems = append(problems, file.Problem(yamlfile.Text{Line: 1, Column: 1}, "version %d is unknown; this crosswalk reads version 1", doc.Version))
	}
	for _, d := range []struct {
		node yamlfile.Node
		into *Database
		name string
	}{{doc.Hub, &w.Hub, "hub"}, {doc.Ledger, &w.Ledger, "ledger"}} {
		problems = append(problems, readDatabase(file, d.node, d.into, d.name)...)
	}
	for _, e := range doc.Systems {
		s, err := readSystem(e.Key.Value, e.Value)
		if err != nil {
			problems = append(problems, file.In(e.Key, err)...)
			continue
		}
		w.Systems = append(w.Systems, s)
	}
	for _, l := range doc.Lines {
		line, found := w.readLine(file, l)
		w.Lines, problems = append(w.Lines, line), append(problems, found...)
	}
	return w, problems.Err()
}

func readDatabase(file *yamlfile.File, node yamlfile.Node, into *Database, name string) yamlfile.Problems {
	if err := node.Decode(into); err != nil {
		return file.In(node.Text(), err)
	}
	switch {
	case into.Driver == "sqlite" && into.Path != "", into.Driver == "postgres" && into.DSN != "":
		return nil
	case into.Driver == "sqlite":
		return yamlfile.Problems{node.Problem("%s needs path: the SQLite file", name)}
	case into.Driver == "postgres":
		return yamlfile.Problems{node.Problem("%s needs dsn: postgres://user:password@host/database", name)}
	}
	return yamlfile.Problems{node.Problem("%s needs driver: sqlite or postgres", name)}
}

func readSystem(name string, node yamlfile.Node) (System, error) {
	kind, settings := node.Cut("kind")
	if kind.IsZero() {
		return System{}, fmt.Errorf("system %q needs a kind", name)
	}
	return System{Name: name, Kind: kind.Text().Value, settings: settings}, nil
}

// readLine reads the mapping files of a line.
func (w *Workspace) readLine(file *yamlfile.File, doc lineDocument) (Line, yamlfile.Problems) {
	line := Line{Code: doc.Code.Value, Name: doc.Name}
	var problems yamlfile.Problems
	var files []*mapping.File
	for _, pattern := range doc.Mappings {
		paths, err := filepath.Glob(filepath.Join("mappings", filepath.FromSlash(pattern.Value)))
		if err != nil || len(paths) == 0 {
			problems = append(problems, file.Problem(pattern, "no mapping file matches mappings/%s", pattern.Value))
		}
		slices.Sort(paths)
		for _, path := range paths {
			f, err := w.readMapping(path)
			if err != nil {
				problems = append(problems, file.In(pattern, err)...)
				continue
			}
			files = append(files, f)
		}
	}
	if len(problems) > 0 {
		return line, problems
	}
	ordered, err := mapping.Order(files)
	if err != nil {
		return line, file.In(doc.Code, err)
	}
	line.Mappings = ordered
	return line, nil
}

func (w *Workspace) readMapping(path string) (*mapping.File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := mapping.Parse(filepath.ToSlash(path), data)
	if err != nil {
		return nil, err
	}
	if _, ok := w.System(f.Source.System); !ok {
		return nil, fmt.Errorf("mapping %s reads system %q, which %s does not have; it has %s", f.Name, f.Source.System, FileName, strings.Join(w.systemNames(), ", "))
	}
	return f, nil
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
	var problems yamlfile.Problems
	if errors.As(err, &problems) || connectors.ClassOf(err) != connectors.Unknown {
		return nil, fmt.Errorf("system %s: %w", name, err)
	}
	return nil, fmt.Errorf("%w", w.file.Problem(s.settings.Text(), "system %s: %v", name, err))
}

// Secrets returns every value that came from the environment or a file and
// must not be shown.
func (w *Workspace) Secrets() []string { return w.file.Secrets() }
