package conformance_test

import (
	"context"
	"io"
	"slices"
	"sync"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

// liar is a connector that keeps every promise but one: each hook that is set
// takes the place of an honest answer.
type liar struct {
	*memory.DB
	mu    sync.Mutex
	calls int // of whatever a hook wants to count

	traits    func(*connectors.Traits)
	tables    func([]string) []string
	describe  func(*record.Schema, error) (*record.Schema, error)
	query     func(*connectors.Query)
	opened    func(ctx context.Context, q connectors.Query, r *lyingReader, err error) error
	close     func() error
	write     func(context.Context, *connectors.Changes) ([]connectors.Answer, error)
	partition func([]record.Range) []record.Range
	lookup    func([]record.Row) []record.Row
	digest    func([]record.Range, []record.Sum) []record.Sum
	snapshot  func() connectors.Source
	head      func(record.Cursor) record.Cursor
	changes   func(r *lyingReader)
	deleted   func(r *lyingReader)
	forget    func(ctx context.Context, prefix string) error
}

// lyingReader is a Reader whose every method can be replaced.
type lyingReader struct {
	record.Reader
	read   func(context.Context, *record.Batch) error
	close  func() error
	schema func() *record.Schema
}

func lying(r record.Reader) *lyingReader {
	if r == nil {
		r = &list{}
	}
	return &lyingReader{r, r.Read, r.Close, r.Schema}
}

func (r *lyingReader) Read(ctx context.Context, b *record.Batch) error { return r.read(ctx, b) }
func (r *lyingReader) Close() error                                    { return r.close() }
func (r *lyingReader) Schema() *record.Schema                          { return r.schema() }

// count counts up from 1.
func (l *liar) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	return l.calls
}

func (l *liar) Traits() connectors.Traits {
	t := l.DB.Traits()
	if l.traits != nil {
		l.traits(&t)
	}
	return t
}

func (l *liar) Tables(ctx context.Context) ([]string, error) {
	names, err := l.DB.Tables(ctx)
	if l.tables != nil {
		names = l.tables(names)
	}
	return names, err
}

func (l *liar) Describe(ctx context.Context, table string) (*record.Schema, error) {
	s, err := l.DB.Describe(ctx, table)
	if l.describe != nil {
		return l.describe(s, err)
	}
	return s, err
}

func (l *liar) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	asked := q
	if l.query != nil {
		l.query(&q)
	}
	honest, err := l.DB.Read(ctx, q)
	r := lying(honest)
	if l.opened != nil {
		err = l.opened(ctx, asked, r, err)
	}
	return r, err
}

func (l *liar) Close() error {
	if l.close != nil {
		return l.close()
	}
	return l.DB.Close()
}

func (l *liar) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	if l.write != nil {
		return l.write(ctx, c)
	}
	return l.DB.Write(ctx, c)
}

func (l *liar) Partition(ctx context.Context, table string, n int) ([]record.Range, error) {
	ranges, err := l.DB.Partition(ctx, table, n)
	if l.partition != nil {
		ranges = l.partition(ranges)
	}
	return ranges, err
}

func (l *liar) Lookup(ctx context.Context, table string, fields []string, keys []record.Row) (record.Reader, error) {
	if l.lookup != nil {
		keys = l.lookup(slices.Clone(keys))
	}
	return l.DB.Lookup(ctx, table, fields, keys)
}

func (l *liar) Digest(ctx context.Context, table string, fields []string, ranges []record.Range) ([]record.Sum, error) {
	sums, err := l.DB.Digest(ctx, table, fields, ranges)
	if l.digest != nil {
		sums = l.digest(ranges, sums)
	}
	return sums, err
}

func (l *liar) Snapshot(ctx context.Context) (connectors.Source, error) {
	if l.snapshot != nil {
		return l.snapshot(), nil
	}
	return l.DB.Snapshot(ctx)
}

func (l *liar) Head(ctx context.Context, table string) (record.Cursor, error) {
	head, err := l.DB.Head(ctx, table)
	if l.head != nil {
		head = l.head(head)
	}
	return head, err
}

func (l *liar) Changes(ctx context.Context, table string, since record.Cursor) (record.Reader, error) {
	honest, err := l.DB.Changes(ctx, table, since)
	r := lying(honest)
	if l.changes != nil && err == nil {
		l.changes(r)
	}
	return r, err
}

func (l *liar) Deleted(ctx context.Context, table string, since record.Cursor) (record.Reader, error) {
	honest, err := l.DB.Deleted(ctx, table, since)
	r := lying(honest)
	if l.deleted != nil && err == nil {
		l.deleted(r)
	}
	return r, err
}

func (l *liar) ForgetNotes(ctx context.Context, prefix string) error {
	if l.forget != nil {
		return l.forget(ctx, prefix)
	}
	return l.DB.ForgetNotes(ctx, prefix)
}

// list is a Reader of given rows.
type list struct {
	schema *record.Schema
	rows   []record.Row
}

func (l *list) Schema() *record.Schema { return l.schema }
func (l *list) Close() error           { return nil }

func (l *list) Read(_ context.Context, b *record.Batch) error {
	b.Reset(l.schema)
	for len(l.rows) > 0 && !b.Full() {
		copy(b.Add(), l.rows[0])
		l.rows = l.rows[1:]
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// all reads a Reader to its end.
func all(ctx context.Context, r record.Reader) *list {
	l := &list{schema: r.Schema()}
	b := &record.Batch{}
	for r.Read(ctx, b) == nil {
		for i := range b.Len() {
			l.rows = append(l.rows, slices.Clone(b.Row(i)))
		}
	}
	return l
}
