package workspace

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/mapping"
)

// document is crosswalk.yaml as it is written.
type document struct {
	Version yamlfile.Text               `yaml:"version,required" doc:"The version of this format, which is 1."`
	Systems yamlfile.Map[yamlfile.Node] `yaml:"systems,required" doc:"The systems that rows come from, each under a name of your choice."`
	Hub     Database                    `yaml:"hub,required" doc:"The new entitlement store."`
	Ledger  Database                    `yaml:"ledger,required" doc:"Where crosswalk keeps its runs, findings and approvals."`
	Lines   []lineDocument              `yaml:"lines,required" doc:"The product lines, in the order in which they move."`
	Masking maskingDocument             `yaml:"masking" doc:"How personal data is hidden."`
	Deletes *DeleteCap                  `yaml:"deletes" doc:"The most that one plan may delete from a table: the larger of the two. Without it, 50 rows or 1 percent."`
}

type lineDocument struct {
	Code     yamlfile.Text   `yaml:"code,required" doc:"The code of the product line, as commands name it."`
	Name     string          `yaml:"name,required" doc:"The name of the product line, as reports show it."`
	Mappings []yamlfile.Text `yaml:"mappings,required" doc:"Mapping files, or patterns such as licdb/*.yaml, below the folder mappings. Their order does not matter."`
}

type maskingDocument struct {
	Key string `yaml:"key,required" doc:"The secret under which masked values are digested; best taken from the environment."`
}

// defaultDeletes bounds plans of a workspace that does not say how.
var defaultDeletes = DeleteCap{Rows: 50, Percent: 1}

func read(file *yamlfile.File) (*Workspace, error) {
	var doc document
	if err := file.Decode(&doc); err != nil {
		return nil, err
	}
	w := &Workspace{Hub: doc.Hub, Ledger: doc.Ledger, Deletes: defaultDeletes, MaskKey: []byte(doc.Masking.Key), file: file}
	if doc.Deletes != nil {
		w.Deletes = *doc.Deletes
	}
	r := &reader{file: file, w: w, named: map[string]string{}}
	if doc.Version.Value != "1" {
		r.fail(doc.Version, "version %s is unknown; this crosswalk reads version 1", doc.Version)
	}
	for _, s := range doc.Systems {
		r.system(s.Key, s.Value)
	}
	for _, l := range doc.Lines {
		r.line(l)
	}
	return w, r.err()
}

// reader fills a Workspace and collects what is wrong.
type reader struct {
	file *yamlfile.File
	w    *Workspace
	own  yamlfile.Problems // of crosswalk.yaml
	maps yamlfile.Problems // of mapping files

	named map[string]string // the file of each mapping of the lines so far
}

func (r *reader) fail(at yamlfile.Text, format string, args ...any) {
	r.own = append(r.own, r.file.Problem(at, format, args...))
}

// err tells the problems of crosswalk.yaml first, then those of each mapping
// file. A mapping that several lines share is wrong only once.
func (r *reader) err() error {
	_ = r.own.Err() // puts them in order
	all := r.own
	for _, p := range r.maps {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// plainName is what system names and line codes are made of: they become part
// of arguments and of file names.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

func (r *reader) system(name yamlfile.Text, node yamlfile.Node) {
	switch {
	case name.Value == "hub":
		r.fail(name, "`hub` is the new store; call the system something else")
	case !plainName.MatchString(name.Value):
		r.fail(name, "system name %q: use letters, digits, - and _", name.Value)
	}
	kind, settings := node.Cut("kind")
	s := System{Name: name.Value, settings: settings}
	if kind.IsZero() {
		r.fail(name, "system %s needs `kind`, such as csv, xlsx or postgres", name)
	} else {
		s.Kind = kind.Text().Value
	}
	r.w.Systems = append(r.w.Systems, s)
}

func (r *reader) line(doc lineDocument) {
	code := doc.Code.Value
	switch {
	case !plainName.MatchString(code):
		r.fail(doc.Code, "line code %q: use letters, digits, - and _", code)
	case slices.ContainsFunc(r.w.Lines, func(l Line) bool { return l.Code == code }):
		r.fail(doc.Code, "product line %s stands here twice", code)
	}
	line := Line{Code: code, Name: doc.Name}
	var files []*mapping.File
	named := map[string]string{}
	whole := true
	for _, path := range r.paths(doc) {
		f, problems := r.mapping(path)
		if len(problems) > 0 {
			r.maps, whole = append(r.maps, problems...), false
			continue
		}
		named[f.Name] = filepath.ToSlash(path)
		files = append(files, f)
	}
	r.unique(doc.Code, named)
	if whole {
		ordered, err := mapping.Order(files)
		if err != nil {
			r.maps = append(r.maps, r.file.In(doc.Code, err)...)
		}
		line.Mappings = ordered
	}
	for _, other := range r.w.Lines {
		r.apart(doc.Code, other, line)
	}
	r.w.Lines = append(r.w.Lines, line)
}

// paths finds the mapping files of a line, each once.
func (r *reader) paths(doc lineDocument) []string {
	var all []string
	for _, pattern := range doc.Mappings {
		found, err := filepath.Glob(filepath.Join("mappings", filepath.FromSlash(pattern.Value)))
		if err != nil || len(found) == 0 {
			r.fail(pattern, "no mapping file matches mappings/%s", pattern.Value)
		}
		slices.Sort(found)
		for _, path := range found {
			if !slices.Contains(all, path) {
				all = append(all, path)
			}
		}
	}
	if len(doc.Mappings) == 0 {
		r.fail(doc.Code, "product line %s has no mappings", doc.Code)
	}
	return all
}

func (r *reader) mapping(path string) (*mapping.File, yamlfile.Problems) {
	name := filepath.ToSlash(path)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, yamlfile.Problems{{File: name, Line: 1, Column: 1, Message: err.Error()}}
	}
	f, err := mapping.Parse(name, data)
	if err != nil {
		return nil, r.file.In(yamlfile.Text{}, err)
	}
	var problems yamlfile.Problems
	for _, side := range []struct{ key, system string }{{"source", f.Source.System}, {"target", f.Target.System}} {
		if side.system != mapping.Hub && !slices.Contains(r.w.systemNames(), side.system) {
			problems = append(problems, r.unknownSystem(name, data, side.key, side.system)...)
		}
	}
	return f, problems
}

// unknownSystem points at the system that a mapping file names as its source or
// target.
func (r *reader) unknownSystem(name string, data []byte, key, system string) yamlfile.Problems {
	file, err := yamlfile.Parse(name, data)
	if err != nil {
		return r.file.In(yamlfile.Text{}, err)
	}
	side, _ := file.Root().Cut(key)
	at, _ := side.Cut("system")
	return yamlfile.Problems{at.Problem("%s has no system %q; it has %s", FileName, system, strings.Join(r.w.systemNames(), ", "))}
}

// DecodeYAML reads a Database, of which each driver has a setting of its own.
func (d *Database) DecodeYAML(n yamlfile.Node) error {
	driver, settings := n.Cut("driver")
	if driver.IsZero() {
		return n.Problem("key `driver` is missing; it is sqlite or postgres")
	}
	*d = Database{Driver: driver.Text().Value}
	switch d.Driver {
	case "sqlite":
		var s sqliteSettings
		err := settings.Decode(&s)
		d.Path = s.Path
		return err
	case "postgres":
		var s postgresSettings
		err := settings.Decode(&s)
		d.DSN = s.DSN
		return err
	}
	return driver.Problem("driver %q is unknown; it is sqlite or postgres", d.Driver)
}

type sqliteSettings struct {
	Path string `yaml:"path,required" doc:"The file. It is made if it is not there."`
}

type postgresSettings struct {
	DSN string `yaml:"dsn,required" doc:"postgres://user:password@host:5432/database; take the password from the environment: ${HUB_PASSWORD}."`
}

// DecodeYAML reads a DeleteCap.
func (c *DeleteCap) DecodeYAML(n yamlfile.Node) error {
	type plain DeleteCap
	if err := n.Decode((*plain)(c)); err != nil {
		return err
	}
	if c.Rows < 0 || c.Percent < 0 || c.Percent > 100 {
		return n.Problem("deletes: rows is at least 0, percent is from 0 to 100")
	}
	return nil
}
