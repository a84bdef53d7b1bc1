package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// DiffSide is one table of one system.
type DiffSide struct {
	Name   string // as the user wrote it
	Source connectors.Source
	Table  string // or a query in brackets
}

// DiffOptions say how two tables are compared.
type DiffOptions struct {
	Key         []string
	Columns     []string // compared beyond the key; nil for all that both sides have
	EmptyIsNull bool     // "" and null are the same
	TempDir     string
	Progress    Progress
}

// DiffResult is what a comparison of two tables saw.
type DiffResult struct {
	reconcile.Tally
	Schema    *record.Schema // of the findings
	LeftOnly  []string       // columns that were not compared
	RightOnly []string
	Reads     []string // columns whose values had to be converted: "qty: text read as int"
}

// Diff compares two tables without a mapping: left is what should be, right
// what is. visit is called once before the first finding with the schema, and
// for each finding in order of key.
func Diff(ctx context.Context, left, right DiffSide, o DiffOptions, begin func(*DiffResult), visit func(*reconcile.Finding) error) (*DiffResult, error) {
	l, err := openSide(ctx, left)
	if err != nil {
		return nil, err
	}
	defer l.close()
	r, err := openSide(ctx, right)
	if err != nil {
		return nil, err
	}
	defer r.close()
	result, err := align(l, r, o)
	if err != nil {
		return nil, err
	}
	begin(result)
	o.Progress.Stage("compare", 0)
	spec := reconcile.Spec{Schema: result.Schema, TempDir: o.TempDir}
	for i := len(o.Key); i < len(result.Schema.Fields); i++ {
		spec.Compared = append(spec.Compared, i)
	}
	result.Tally, err = reconcile.Compare(ctx, l.side(result.Schema, o), r.side(result.Schema, o), spec, visit)
	return result, err
}

// diffTable is an open side.
type diffTable struct {
	DiffSide
	schema  *record.Schema
	columns []string
	convert []func(record.Value) record.Value // nil where values stay as they are
	close   func()
}

func openSide(ctx context.Context, side DiffSide) (*diffTable, error) {
	t := &diffTable{DiffSide: side, close: func() {}}
	if s, ok := side.Source.(connectors.Snapshotter); ok {
		snapshot, err := s.Snapshot(ctx)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, fmt.Errorf("%s: %w", side.Name, err)
		}
		if err == nil {
			t.Source, t.close = snapshot, func() { snapshot.Close() }
		}
	}
	schema, err := t.Source.Describe(ctx, side.Table)
	if err != nil {
		t.close()
		return nil, fmt.Errorf("%s: %w", side.Name, err)
	}
	t.schema = schema
	return t, nil
}

// align works out which columns are compared and as what.
func align(l, r *diffTable, o DiffOptions) (*DiffResult, error) {
	result := &DiffResult{Schema: &record.Schema{Table: "diff"}}
	if len(o.Key) == 0 {
		return nil, errors.New("which columns identify a row? Name them as the key")
	}
	names := slices.Clone(o.Key)
	for _, name := range o.Columns {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if o.Columns == nil {
		for _, f := range l.schema.Fields {
			switch {
			case slices.Contains(o.Key, f.Name) || isTrace(f.Name):
			case r.schema.Index(f.Name) >= 0:
				names = append(names, f.Name)
			default:
				result.LeftOnly = append(result.LeftOnly, f.Name)
			}
		}
		for _, f := range r.schema.Fields {
			if l.schema.Index(f.Name) < 0 && !isTrace(f.Name) {
				result.RightOnly = append(result.RightOnly, f.Name)
			}
		}
	}
	for i, name := range names {
		a, err := l.field(name)
		if err != nil {
			return nil, err
		}
		b, err := r.field(name)
		if err != nil {
			return nil, err
		}
		kind, fromLeft, fromRight := common(a.Type.Kind, b.Type.Kind, o.EmptyIsNull)
		l.add(result, name, keepZeros(fromLeft, kind), a.Type.Kind, kind)
		r.add(result, name, keepZeros(fromRight, kind), b.Type.Kind, kind)
		result.Schema.Fields = append(result.Schema.Fields, record.Field{Name: name, Type: record.Type{Kind: kind}, Nullable: true})
		if i < len(o.Key) {
			result.Schema.Key = append(result.Schema.Key, i)
		}
	}
	return result, nil
}

// isTrace reports whether a column only tells where a row stands in a file.
func isTrace(name string) bool {
	return name == "_file" || name == "_line" || name == "_sheet" || name == "_row"
}

func (t *diffTable) field(name string) (record.Field, error) {
	i := t.schema.Index(name)
	if i < 0 {
		return record.Field{}, fmt.Errorf("%s has no column %q; it has %s", t.Name, name, strings.Join(t.schema.Names(), ", "))
	}
	return t.schema.Fields[i], nil
}

func (t *diffTable) add(result *DiffResult, name string, convert func(record.Value) record.Value, from, to record.Kind) {
	t.columns = append(t.columns, name)
	t.convert = append(t.convert, convert)
	if convert != nil && from != to {
		result.Reads = append(result.Reads, fmt.Sprintf("%s: %s of %s read as %s", name, from, t.Name, to))
	}
}

// side is the table as a side of a comparison.
func (t *diffTable) side(schema *record.Schema, o DiffOptions) reconcile.Side {
	return reconcile.Side{
		Unique: t.schema.Unique && slices.Equal(t.schema.KeyNames(), o.Key),
		Open: func(ctx context.Context) ([]record.Reader, error) {
			r, err := t.Source.Read(ctx, connectors.Query{Table: t.Table, Fields: t.columns})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.Name, err)
			}
			return []record.Reader{&alignedReader{Reader: r, schema: schema, convert: t.convert, progress: o.Progress}}, nil
		},
	}
}

// alignedReader converts the values of a reader in place.
type alignedReader struct {
	record.Reader
	schema   *record.Schema
	convert  []func(record.Value) record.Value
	progress Progress
}

func (r *alignedReader) Schema() *record.Schema { return r.schema }

func (r *alignedReader) Read(ctx context.Context, b *record.Batch) error {
	if err := r.Reader.Read(ctx, b); err != nil {
		return err
	}
	r.progress.Rows(b.Len())
	for f, convert := range r.convert {
		if convert == nil {
			continue
		}
		for i := range b.Len() {
			row := b.Row(i)
			row[f] = convert(row[f])
		}
	}
	return nil
}
