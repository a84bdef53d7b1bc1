package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/internal/yamlfile"
	"crosswalk/mapping"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// flow fills one table of the target from one or more mappings.
type flow struct {
	mapping.Target
	schema   *record.Schema // the columns compared and written
	spec     reconcile.Spec
	parts    []*part
	scope    []connectors.Match // the target's rows that are this flow's business
	selfRefs []int
}

// part is one mapping of a flow.
type part struct {
	file     *mapping.File
	program  *mapping.Program
	source   connectors.Source
	table    string // or a query in brackets
	from, to *record.Schema
	unique   bool // the source enforces the mapping's key
	refs     []partRef
	columns  []int        // where each column of the program stands in the flow
	others   []int        // columns of the flow that this part does not fill
	compares map[int]bool // columns of the flow in which a difference counts
	referred bool         // rows of this part are referred to
	ids      *idSet       // of the running walk; nil if nothing refers to this part
	lastRead int64        // rows read by the last walk
}

// partRef is a reference that must be found among the rows of another mapping,
// or of the same.
type partRef struct {
	mapping.Ref
	target *part
	column int // in the flow
}

// entity identifies what a mapping carries in the cross-reference.
type entity struct{ system, name string }

// Flows is a job whose mappings fit its systems and its target.
type Flows struct {
	job   Job
	flows []*flow
}

// Compile checks every mapping against the schemas of its source and target.
// All mistakes are told at once.
func Compile(ctx context.Context, job Job) (*Flows, error) {
	if job.Executor == nil {
		job.Executor = LocalPool{}
	}
	f := &Flows{job: job}
	parts := map[entity]*part{}
	var problems yamlfile.Problems
	for _, file := range job.Mappings {
		p, err := job.compile(ctx, file)
		var found yamlfile.Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
			continue
		}
		if err != nil {
			return nil, err
		}
		parts[entity{file.Source.System, file.Entity}] = p
		f.add(p)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := f.shareMasks(); err != nil {
		return nil, err
	}
	for _, flow := range f.flows {
		if err := flow.finish(ctx, job, parts); err != nil {
			return nil, err
		}
	}
	return f, f.checkOrder()
}

// compile checks one mapping.
func (j Job) compile(ctx context.Context, file *mapping.File) (*part, error) {
	source, ok := j.Systems[file.Source.System]
	if !ok {
		return nil, fmt.Errorf("mapping %s: system %s is not open", file.Name, file.Source.System)
	}
	p := &part{file: file, source: source, table: file.Source.Table}
	if file.Source.Query != "" {
		p.table = "(" + file.Source.Query + ")"
	}
	var err error
	if p.from, err = source.Describe(ctx, p.table); err != nil {
		return nil, fmt.Errorf("mapping %s: %w", file.Name, err)
	}
	if j.Masked != nil {
		p.mask(func(column string) bool { return j.Masked(file.Source.System, file.Source.Table, column) })
	}
	if p.to, err = j.Target.Describe(ctx, file.Target.Table); err != nil {
		return nil, fmt.Errorf("mapping %s: %w", file.Name, err)
	}
	if err := p.compile(j); err != nil {
		return nil, err
	}
	if len(p.program.MaskedInputs()) > 0 && len(j.MaskKey) == 0 {
		return nil, fmt.Errorf("mapping %s masks columns, and there is no key to mask them with: set masking: {key: ...} in the workspace file", file.Name)
	}
	p.unique = p.from.Unique && slices.Equal(file.KeyNames(), p.from.KeyNames())
	return p, nil
}

func (p *part) compile(j Job) (err error) {
	p.program, err = p.file.Compile(mapping.Env{
		Source: p.from, SourceEnds: mapping.EndDates(p.source.Traits().EndDates), Target: j.table(p.to), Line: j.Line, ReadFile: j.ReadFile, MaskKey: j.MaskKey,
	})
	return err
}

func (j Job) table(s *record.Schema) mapping.Table {
	traits := j.Target.Traits()
	t := mapping.Table{Schema: s, Ends: mapping.EndDates(traits.EndDates), EmptyIsNull: traits.EmptyIsNull}
	if j.Allowed != nil {
		t.Allowed = func(column string) []string { return j.Allowed(s.Table, column) }
	}
	return t
}

// add puts a part into the flow of its target.
func (f *Flows) add(p *part) {
	for _, flow := range f.flows {
		if flow.Table == p.file.Target.Table {
			flow.parts = append(flow.parts, p)
			return
		}
	}
	f.flows = append(f.flows, &flow{Target: p.file.Target, parts: []*part{p}})
}

// finish joins the columns of the parts and resolves their references.
func (f *flow) finish(ctx context.Context, job Job, parts map[entity]*part) error {
	target, err := job.Target.Describe(ctx, f.Table)
	if err != nil {
		return err
	}
	if err := f.fits(target); err != nil {
		return err
	}
	f.schema = f.joinColumns(target)
	f.spec = reconcile.Spec{Schema: f.schema, TempDir: job.TempDir, Policy: reconcile.Fold, Each: each(job.Executor), Soft: map[int]func(a, b record.Value) bool{}}
	for _, p := range f.parts {
		f.place(p)
		if p.program.KeepMax() {
			f.spec.Policy = reconcile.KeepMax
		}
		if err := f.resolve(p, parts); err != nil {
			return err
		}
	}
	if err := f.compareColumns(); err != nil {
		return err
	}
	f.scope = f.targetScope(job.Line)
	return nil
}

// place finds the columns of a part in the flow.
func (f *flow) place(p *part) {
	for _, field := range p.program.Schema().Fields {
		p.columns = append(p.columns, f.schema.Index(field.Name))
	}
	for i := range f.schema.Fields {
		if !slices.Contains(p.columns, i) {
			p.others = append(p.others, i)
		}
	}
	p.compares = map[int]bool{}
	for _, i := range p.program.Compared() {
		p.compares[p.columns[i]] = true
	}
}

// compareColumns settles which columns are compared, and how. A row of a part
// that does not compare a column is spared later; see collector.
func (f *flow) compareColumns() error {
	for i, field := range f.schema.Fields {
		var first *part
		var rule mapping.Lossy
		for _, p := range f.parts {
			if !p.compares[i] {
				continue
			}
			own := p.program.Lossy()[slices.Index(p.columns, i)]
			if first != nil && own != rule {
				return fmt.Errorf("mappings %s and %s fill %s.%s and compare it by different rules; give both the same `compare`", first.file.Name, p.file.Name, f.Table, field.Name)
			}
			first, rule = p, own
		}
		if first == nil || slices.Contains(f.schema.Key, i) {
			continue
		}
		f.spec.Compared = append(f.spec.Compared, i)
		if !rule.IsZero() {
			f.spec.Soft[i] = rule.Equal
		}
	}
	return nil
}

// unique reports whether no two wanted rows can share a key. What a mapping
// makes the key of a row outside the hub may repeat, even if its source's does not.
func (f *flow) unique() bool { return f.InHub() && len(f.parts) == 1 && f.parts[0].unique }

// joinColumns lists the target's columns that any part fills, in the target's
// order.
func (f *flow) joinColumns(target *record.Schema) *record.Schema {
	s := &record.Schema{Table: f.Table, Unique: f.InHub() || target.Unique}
	for _, field := range target.Fields {
		filled := false
		for _, p := range f.parts {
			if i := p.program.Schema().Index(field.Name); i >= 0 {
				filled = true
				field.Masked = field.Masked || p.program.Schema().Fields[i].Masked
			}
		}
		if filled {
			s.Fields = append(s.Fields, field)
		}
	}
	for _, k := range target.KeyNames() {
		s.Key = append(s.Key, s.Index(k))
	}
	return s
}

// resolve finds the part that each reference points at.
func (f *flow) resolve(p *part, parts map[entity]*part) error {
	for _, ref := range p.program.Refs() {
		target, ok := parts[entity{ref.System, ref.Entity}]
		if !ok {
			return fmt.Errorf("mapping %s refers to %s/%s, which no mapping of this line carries", p.file.Name, ref.System, ref.Entity)
		}
		target.referred = true
		r := partRef{Ref: ref, target: target, column: p.columns[ref.Field]}
		p.refs = append(p.refs, r)
		if target.file.Target == f.Target && !slices.Contains(f.selfRefs, r.column) {
			f.selfRefs = append(f.selfRefs, r.column)
		}
	}
	return nil
}

// checkOrder makes sure that what a flow refers to, or is to come after, comes
// before it.
func (f *Flows) checkOrder() error {
	done := map[string]bool{}
	for _, flow := range f.flows {
		for _, p := range flow.parts {
			done[p.file.Name] = true
		}
		for _, p := range flow.parts {
			for _, r := range p.refs {
				if !done[r.target.file.Name] {
					return fmt.Errorf("tables %s and %s refer to each other through mappings %s and %s; one must leave the reference out", flow.Table, r.target.file.Target.Table, p.file.Name, r.target.file.Name)
				}
			}
			for _, name := range p.file.After() {
				if !done[name] {
					return fmt.Errorf("mapping %s comes after %s, but other rows of %s come before; a table is filled all at once", p.file.Name, name, flow.Table)
				}
			}
		}
	}
	return nil
}

// Fingerprint is a hash of all mappings and their look-ups.
func (f *Flows) Fingerprint() string {
	h := sha256.New()
	for _, flow := range f.flows {
		for _, p := range flow.parts {
			fmt.Fprintf(h, "%s %s\n", p.file.Name, p.program.Fingerprint())
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Scope is a hash of what is compared: the line, the store that is the target,
// and from which table of which system each of its tables is filled.
func (f *Flows) Scope() string {
	h := sha256.New()
	fmt.Fprintf(h, "line %s\n", f.job.Line)
	if target, ok := f.job.Target.(connectors.Located); ok {
		fmt.Fprintf(h, "in %q\n", target.Location())
	}
	for _, flow := range f.flows {
		fmt.Fprintf(h, "%+v\n", flow.Target)
		for _, p := range flow.parts {
			fmt.Fprintf(h, "%q %q\n", p.file.Source.System, p.table)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Tables names the target tables in the order in which they are filled.
func (f *Flows) Tables() []string {
	var tables []string
	for _, flow := range f.flows {
		tables = append(tables, flow.Table)
	}
	return tables
}
