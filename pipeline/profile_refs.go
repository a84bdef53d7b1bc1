package pipeline

import (
	"context"

	"crosswalk/connectors"
	"crosswalk/internal/spill"
	"crosswalk/record"
)

// RefProfile tells which values are not found where they point at. It is exact.
type RefProfile struct {
	Column   string      `json:"column"`
	To       string      `json:"to"`      // table.column
	Rows     int64       `json:"rows"`    // with a value that is neither null nor empty
	Orphans  int64       `json:"orphans"` // of these, rows whose value is not there
	Examples []Frequency `json:"examples,omitempty"`
}

// refProfiler looks up every value of a column among those of another table.
type refProfiler struct {
	RefProfile
	field   int
	convert func(record.Value) record.Value // nil if the value may stay as it is
	set     *spill.Set
	orphans frequent[record.Value]
	buf     []byte
}

// newRef reads the column that a reference points at.
func (p *profiler) newRef(ctx context.Context, ref ProfileRef) (*refProfiler, error) {
	fields, err := p.fields([]string{ref.Column})
	if err != nil {
		return nil, err
	}
	schema, err := p.source.Describe(ctx, ref.Table)
	if err != nil {
		return nil, err
	}
	to, _, err := schema.Select([]string{ref.To})
	if err != nil {
		return nil, err
	}
	_, from, there := common(p.schema.Fields[fields[0]].Type.Kind, to.Fields[0].Type.Kind, true)
	r := &refProfiler{
		RefProfile: RefProfile{Column: ref.Column, To: ref.Table + "." + ref.To}, field: fields[0],
		convert: from, set: spill.NewSet(p.options.TempDir), orphans: newFrequent[record.Value](exactDistinct),
	}
	p.stage("read " + r.To)
	err = p.each(ctx, connectors.Query{Table: ref.Table, Fields: []string{ref.To}}, func(b *record.Batch) error {
		for i := range b.Len() {
			if err := r.set.Add(r.digest(b.Row(i)[0], there)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = r.set.Seal()
	}
	if err != nil {
		r.set.Close()
		return nil, err
	}
	return r, nil
}

func (r *refProfiler) digest(v record.Value, convert func(record.Value) record.Value) record.Digest {
	if convert != nil {
		v = convert(v)
	}
	r.buf = record.Append(r.buf[:0], v)
	return record.DigestOf(r.buf)
}

func (r *refProfiler) add(row record.Row) error {
	v := row[r.field]
	if missing(v) {
		return nil
	}
	r.Rows++
	found, err := r.set.Has(r.digest(v, r.convert))
	if err != nil || found {
		return err
	}
	r.Orphans++
	if v = owned(v); !r.orphans.hit(v) {
		r.orphans.insert(v)
	}
	return nil
}

func (r *refProfiler) profile() RefProfile {
	for _, top := range r.orphans.top(mostExamples, record.Compare) {
		r.Examples = append(r.Examples, Frequency{*shown(top.key), top.rows, r.orphans.missed == 0})
	}
	return r.RefProfile
}
