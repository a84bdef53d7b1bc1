package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crosswalk/connectors"
	"crosswalk/mapping"
	"crosswalk/record"
)

// What a flow knows of the table that it fills. Rows of the hub are identified
// by the ids that crosswalk makes of their source keys; rows elsewhere by a key
// of their own, which the mapping fills.

// fits reports why the target's table cannot be filled by the flow's mappings.
func (f *flow) fits(target *record.Schema) error {
	for _, p := range f.parts {
		if p.file.Target != f.Target {
			return fmt.Errorf("mappings %s and %s fill %s and say different things about it; give both the same `target`", f.parts[0].file.Name, p.file.Name, f.Table)
		}
	}
	if f.InHub() && (!slices.Equal(target.KeyNames(), []string{"id"}) || target.Index("source") < 0 || target.Index("source_key") < 0) {
		return fmt.Errorf("table %s of the target cannot be filled: its key must be id, and it must have the columns source and source_key", f.Table)
	}
	return nil
}

// targetScope says which of the target's rows the flow answers for: those of
// the product line or, in tables that all lines share, those that came from its
// systems into the hub, and elsewhere all that have a key.
func (f *flow) targetScope(line string) []connectors.Match {
	column := f.Line
	if f.InHub() && f.schema.Index("line") >= 0 {
		column = "line"
	}
	switch {
	case column != "":
		return []connectors.Match{{Field: column, In: []record.Value{record.Text(line)}}}
	case !f.InHub():
		return nil
	}
	match := connectors.Match{Field: "source"}
	for _, p := range f.parts {
		if v := record.Text(p.file.Source.System); !slices.Contains(match.In, v) {
			match.In = append(match.In, v)
		}
	}
	return []connectors.Match{match}
}

// shownKey is the key of a row as it may leave the process.
func (f *flow) shownKey(row record.Row, maskKey []byte) string {
	if len(f.schema.Key) == 1 {
		return f.shown(f.schema.Key[0], row, maskKey)
	}
	key := mapping.SourceKey(f.schema.KeyOf(row)...)
	if slices.ContainsFunc(f.schema.Key, func(i int) bool { return f.schema.Fields[i].Masked }) {
		return record.Keyed(maskKey, record.Text(key))
	}
	return brief(key)
}

// origin names the system that a row of the target came from. Outside the hub
// nobody knows, and the flow's first takes it.
func (f *flow) origin(row record.Row) string {
	if i := f.schema.Index("source"); f.InHub() {
		return row[i].AsText()
	}
	return f.parts[0].file.Source.System
}

// readFunc reads a table of the target.
type readFunc func(context.Context, connectors.Query) (record.Reader, error)

// have reads the target's rows that are the flow's business: those of its
// scope that have a key.
func (f *flow) have(ctx context.Context, read readFunc) (record.Reader, error) {
	q := connectors.Query{Table: f.Table, Fields: f.schema.Names(), Match: f.scope}
	r, err := read(ctx, q)
	if len(q.Match) > 0 && errors.Is(err, errors.ErrUnsupported) {
		q.Match = nil
		r, err = read(ctx, q)
	}
	if err != nil || f.InHub() {
		return r, err
	}
	return &scopedReader{Reader: r, flow: f}, nil
}

// scopedReader leaves out the rows that are not the flow's business.
type scopedReader struct {
	record.Reader
	flow *flow
	all  record.Batch
}

func (r *scopedReader) Read(ctx context.Context, b *record.Batch) error {
	r.all.Limit = b.Limit
	for {
		if err := r.Reader.Read(ctx, &r.all); err != nil {
			b.Reset(r.Schema())
			return err
		}
		b.Reset(r.all.Schema)
		b.Rejects = append(b.Rejects, r.all.Rejects...)
		for i := range r.all.Len() {
			if row := r.all.Row(i); r.flow.owns(row) {
				copy(b.Add(), row)
			}
		}
		if b.Len()+len(b.Rejects) > 0 {
			return nil
		}
	}
}

// owns reports whether a row of the target is the flow's business.
func (f *flow) owns(row record.Row) bool {
	for _, i := range f.schema.Key {
		if row[i].IsNull() {
			return false
		}
	}
	for _, m := range f.scope {
		if !slices.Contains(m.In, row[f.schema.Index(m.Field)]) {
			return false
		}
	}
	return true
}
