package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"

	"crosswalk/internal/yamlfile"
	"crosswalk/mapping/expression"
	"crosswalk/record"
)

// Env is what a File is compiled against.
type Env struct {
	Source     *record.Schema // as the connector describes the table or query; what is masked there is hidden in messages
	SourceEnds EndDates
	Target     Table
	Line       string                            // the product line of this run; "" carries the rows of every line
	ReadFile   func(path string) ([]byte, error) // reads look-up files
	MaskKey    []byte                            // keys the digests of masked values in messages
}

// Table describes the table that is filled. In the hub, a column named line
// says that each of its rows belongs to one product line.
type Table struct {
	Schema      *record.Schema
	Allowed     func(column string) []string // the only values of a column; nil for any
	Ends        EndDates
	EmptyIsNull bool // the system keeps an empty text as null
}

// Compile checks the file against its source and its target. The error is of
// type yamlfile.Problems and tells everything that is wrong.
func (f *File) Compile(env Env) (*Program, error) {
	c := &compilation{file: f, env: env, hash: sha256.New(), scope: &expression.Scope{Columns: env.Source, Tables: map[string]*expression.Table{}}}
	c.program = &Program{
		system: f.Source.System, entity: f.Entity, scope: c.scope, maskKey: env.MaskKey, onlyLine: env.Line,
		id: -1, lineAt: -1, sourceAt: -1, entityAt: -1, keyAt: -1, emptyIsNull: env.Target.EmptyIsNull,
	}
	fmt.Fprintf(c.hash, "language %d\n%s\n", expression.Version, f.yaml.Root().Canonical())
	if env.Target.EmptyIsNull {
		fmt.Fprintln(c.hash, "an empty text is null")
	}
	c.lookups()
	c.lets()
	c.key()
	c.line()
	c.rules()
	c.fields()
	c.duplicates()
	if err := c.problems.Err(); err != nil {
		return nil, err
	}
	for i, name := range c.scope.Needs() {
		if at := env.Source.Index(name); at >= 0 && env.Source.Fields[at].Masked {
			c.masked = append(c.masked, i)
		}
	}
	c.program.finish(c.masked)
	c.program.fingerprint = hex.EncodeToString(c.hash.Sum(nil))
	return c.program, nil
}

type compilation struct {
	file     *File
	env      Env
	scope    *expression.Scope
	program  *Program
	problems yamlfile.Problems
	masked   []int // source columns, as positions in Needs, whose values are masked
	hash     hash.Hash
}

func (c *compilation) fail(at yamlfile.Text, format string, args ...any) {
	c.problems = append(c.problems, c.file.yaml.Problem(at, format, args...))
}

// compile compiles an expression; it returns nil if it is wrong.
func (c *compilation) compile(text yamlfile.Text) *expression.Expression {
	e, err := c.scope.Compile(text.Value)
	c.note(text, 0, err)
	return e
}

// note takes over the errors of an expression that begins at the given
// character of text.
func (c *compilation) note(text yamlfile.Text, offset int, err error) {
	errs, _ := errors.AsType[expression.Errors](err)
	for _, e := range errs {
		c.problems = append(c.problems, c.file.yaml.ProblemAt(text, offset+e.Offset, "%s", e.Message))
	}
}

func (c *compilation) lookups() {
	for _, l := range c.file.def.Lookups {
		data, err := c.env.ReadFile(l.Value.File.Value)
		if err == nil {
			fmt.Fprintf(c.hash, "look-up %q %x\n", l.Key.Value, sha256.Sum256(data))
			c.scope.Tables[l.Key.Value], err = readTable(l.Value, data)
		}
		if err != nil {
			// An empty table keeps its users from complaining as well.
			c.problems = append(c.problems, c.file.yaml.In(l.Value.File, err)...)
			c.scope.Tables[l.Key.Value] = expression.NewTable(len(l.Value.Key))
		}
	}
}

func (c *compilation) lets() {
	for _, l := range c.file.def.Let {
		if c.env.Source.Index(l.Key.Value) >= 0 {
			c.fail(l.Key, "`%s` is a column of the source already; choose another name", l.Key)
			continue
		}
		_, err := c.scope.Let(l.Key.Value, l.Value.Value)
		c.note(l.Value, 0, err)
	}
}

func (c *compilation) key() {
	for _, k := range c.file.def.Key {
		if e := c.compile(k); e != nil {
			c.program.key = append(c.program.key, e)
		}
	}
}

// line compiles the expression that fills the column of the product line.
func (c *compilation) line() {
	text, table := c.file.def.Line, c.file.Target.Table
	switch column := c.lineColumn(); {
	case column != "" && text.Value == "":
		c.fail(c.file.def.Target.Table, "each row of %s belongs to a product line; give `line`, an expression for it", table)
	case column == "" && text.Value != "" && c.file.Target.InHub():
		c.fail(text, "%s is shared by all product lines and has no `line`", table)
	case column == "" && text.Value != "":
		c.fail(text, "`line` fills a column of %s; name it in `target: {…, line: COLUMN}`", table)
	case column != "":
		c.program.line = c.compile(text)
	}
}

// lineColumn names the target's column of the product line; "" if it has none.
func (c *compilation) lineColumn() string {
	if c.file.Target.InHub() && c.env.Target.Schema.Index("line") >= 0 {
		return "line"
	}
	return c.file.Target.Line
}

func (c *compilation) rules() {
	for _, def := range c.file.def.Rules {
		r := rule{outcome: def.outcome, name: def.Because.Value, when: c.compile(def.when), because: c.template(def.Because)}
		if r.when != nil && r.when.Kind != record.KindBool && r.when.Kind != record.KindNull {
			c.fail(def.when, "`%s` is %s, but a rule's condition must be bool", def.when, r.when.Kind)
		}
		c.program.rules = append(c.program.rules, r)
	}
}

func (c *compilation) duplicates() {
	if by := c.file.def.Duplicates.By; by.Value != "" {
		c.program.by = c.compile(by)
	}
}

// fields compiles the fields in the order of the target's columns.
func (c *compilation) fields() {
	c.program.schema = &record.Schema{Table: c.file.Target.Table}
	defs := c.known()
	if c.file.Target.InHub() {
		c.hubFields(defs)
	} else {
		c.otherFields(defs)
	}
}

// known returns the fields by column, and fails those whose column does not exist.
func (c *compilation) known() map[string]*fieldDef {
	target := c.env.Target.Schema
	defs := map[string]*fieldDef{}
	for i := range c.file.def.Fields {
		f := &c.file.def.Fields[i]
		defs[f.Key.Value] = &f.Value
		if target.Index(f.Key.Value) < 0 {
			c.fail(f.Key, "%s has no column `%s`; %s", c.file.Target.Table, f.Key, yamlfile.Suggest(f.Key.Value, target.Names()))
			if f.Value.Ref.Value == "" {
				c.compile(f.Value.Value)
			}
		}
	}
	return defs
}

// hubFields compiles the fields of a table of the hub, whose rows are
// identified by the ids that their sources give them.
func (c *compilation) hubFields(defs map[string]*fieldDef) {
	p, at := c.program, c.file.def.Target.Table
	p.id, p.schema.Key = c.system("id"), []int{0}
	if p.id < 0 {
		c.fail(at, "%s has no column `id`", c.file.Target.Table)
	}
	for _, column := range c.env.Target.Schema.Fields {
		def := defs[column.Name]
		switch {
		case slices.Contains(filledIn(), column.Name):
		case def != nil:
			c.field(column, def)
		case !column.Nullable:
			c.fail(at, "%s.%s must not be null, but no field fills it", c.file.Target.Table, column.Name)
		}
	}
	p.lineAt, p.sourceAt = c.system("line"), c.system("source")
	p.entityAt, p.keyAt = c.system("source_entity"), c.system("source_key")
}

// otherFields compiles the fields of a table of another system, whose rows are
// identified by its key. What must not be null there may have a default, so
// only that system can tell that a field is lacking.
func (c *compilation) otherFields(defs map[string]*fieldDef) {
	p, target, at := c.program, c.env.Target.Schema, c.file.def.Target
	key := target.KeyNames()
	if len(key) == 0 {
		c.fail(at.Table, "%s has no key by which its rows could be found again", target.Table)
	}
	for _, column := range target.Fields {
		if def := defs[column.Name]; def != nil {
			column.Nullable = column.Nullable && !slices.Contains(key, column.Name)
			c.field(column, def)
		}
	}
	if at.Line.Value != "" {
		p.lineAt = c.system(at.Line.Value)
		switch column := target.Index(at.Line.Value); {
		case column < 0:
			c.fail(at.Line, "%s has no column `%s`; %s", target.Table, at.Line, yamlfile.Suggest(at.Line.Value, target.Names()))
		case target.Fields[column].Type.Kind != record.KindText:
			c.fail(at.Line, "column %s is %s and cannot hold the code of a product line", at.Line, target.Fields[column].Type)
		}
	}
	for _, name := range key {
		i := p.schema.Index(name)
		if i < 0 {
			c.fail(at.Table, "%s is the key of %s; give it a field", name, target.Table)
		}
		p.schema.Key = append(p.schema.Key, i)
	}
}

// system adds a column that crosswalk fills in itself, if the target has it.
func (c *compilation) system(name string) int {
	at := c.env.Target.Schema.Index(name)
	if at < 0 {
		return -1
	}
	p := c.program
	p.schema.Fields = append(p.schema.Fields, c.env.Target.Schema.Fields[at])
	if name != "id" {
		p.compared = append(p.compared, len(p.schema.Fields)-1)
	}
	return len(p.schema.Fields) - 1
}
