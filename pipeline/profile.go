package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"crosswalk/connectors"
	"crosswalk/record"
)

// ProfileOptions says what to look at besides the columns themselves.
type ProfileOptions struct {
	Key        []string     // columns that should identify a row; nil for the table's own
	Refs       []ProfileRef // columns that should refer to rows of other tables
	HideValues bool         // counts and patterns only, no value of any row
	Now        time.Time    // tells which dates are far off; time.Now if zero
	TempDir    string
	Progress   Progress // may be nil
}

// ProfileRef says that the values of Column should all be found in the column
// To of Table, a table of the same source. Where only one of them is a column
// of texts, its texts are read as what the other holds.
type ProfileRef struct{ Column, Table, To string }

// Profile reads a table once and tells what is in it, with memory that does
// not grow with its rows. References need one more pass over the tables that
// they point at.
func Profile(ctx context.Context, source connectors.Source, table string, o ProfileOptions) (*TableProfile, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	side, err := openSide(ctx, DiffSide{Name: table, Source: source, Table: table})
	if err != nil {
		return nil, err
	}
	defer side.close()
	p := &profiler{table: table, schema: side.schema, options: o, source: side.Source}
	defer p.close()
	if err := p.prepare(ctx); err != nil {
		return nil, err
	}
	p.stage("profile " + table)
	err = p.each(ctx, connectors.Query{Table: table}, func(b *record.Batch) error {
		p.unreadable.add(b.Rejects)
		return p.batch(b)
	})
	if err != nil {
		return nil, err
	}
	return p.finish()
}

// profiler is one pass under way.
type profiler struct {
	table      string
	schema     *record.Schema
	options    ProfileOptions
	source     connectors.Source
	rows       int64
	unreadable Unreadable
	columns    []*columnProfiler
	key        *keyProfiler // nil if no key is known
	refs       []*refProfiler
}

func (u *Unreadable) add(rejects []record.Reject) {
	u.Rows += int64(len(rejects))
	for _, r := range rejects[:min(len(rejects), mostExamples-len(u.Examples))] {
		u.Examples = append(u.Examples, Unread{r.Where, r.Reason})
	}
}

// prepare checks what was asked for and reads what references point at.
func (p *profiler) prepare(ctx context.Context) error {
	for i, f := range p.schema.Fields {
		if !isTrace(f.Name) {
			p.columns = append(p.columns, newColumnProfiler(i, f))
		}
	}
	key := p.options.Key
	if key == nil {
		key = p.schema.KeyNames()
	}
	if len(key) > 0 {
		fields, err := p.fields(key)
		if err != nil {
			return fmt.Errorf("key: %w", err)
		}
		p.key = newKeyProfiler(key, fields, p.options.TempDir)
	}
	for _, ref := range p.options.Refs {
		r, err := p.newRef(ctx, ref)
		if err != nil {
			return fmt.Errorf("reference of %s: %w", ref.Column, err)
		}
		p.refs = append(p.refs, r)
	}
	return nil
}

func (p *profiler) fields(names []string) ([]int, error) {
	fields := make([]int, len(names))
	for i, name := range names {
		if fields[i] = p.schema.Index(name); fields[i] < 0 {
			return nil, fmt.Errorf("%s has no column %q; it has %s", p.table, name, strings.Join(p.schema.Names(), ", "))
		}
	}
	return fields, nil
}

func (p *profiler) stage(name string) {
	if p.options.Progress != nil {
		p.options.Progress.Stage(name, 0)
	}
}

// each reads a table batch by batch.
func (p *profiler) each(ctx context.Context, q connectors.Query, visit func(*record.Batch) error) error {
	reader, err := p.source.Read(ctx, q)
	if err != nil {
		return err
	}
	defer reader.Close()
	var b record.Batch
	for {
		err := reader.Read(ctx, &b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := visit(&b); err != nil {
			return err
		}
		if p.options.Progress != nil {
			p.options.Progress.Rows(b.Len() + len(b.Rejects))
		}
	}
}

// batch shares a batch out by columns, which know nothing of each other. What
// a column keeps so stays in the cache of one processor.
func (p *profiler) batch(b *record.Batch) error {
	p.rows += int64(b.Len())
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for _, c := range p.columns {
		work.Go(func() error {
			for i := range b.Len() {
				c.add(b.Row(i)[c.field])
			}
			return nil
		})
	}
	work.Go(func() error { return p.links(b) })
	return work.Wait()
}

// links looks at the key and the references of each row.
func (p *profiler) links(b *record.Batch) error {
	for i := range b.Len() {
		row := b.Row(i)
		if p.key != nil {
			if err := p.key.add(row); err != nil {
				return err
			}
		}
		for _, r := range p.refs {
			if err := r.add(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *profiler) finish() (*TableProfile, error) {
	t := &TableProfile{Table: p.table, Rows: p.rows, Unreadable: p.unreadable, Columns: []ColumnProfile{}}
	for _, c := range p.columns {
		t.Columns = append(t.Columns, c.profile(p.rows, p.options.Now))
	}
	if p.key != nil {
		key, err := p.key.profile()
		if err != nil {
			return nil, err
		}
		t.Key = key
	}
	for _, r := range p.refs {
		t.Refs = append(t.Refs, r.profile())
	}
	if p.options.HideValues {
		t.hideValues()
	}
	return t, nil
}

func (p *profiler) close() {
	if p.key != nil {
		p.key.sorter.Close()
	}
	for _, r := range p.refs {
		r.set.Close()
	}
}
