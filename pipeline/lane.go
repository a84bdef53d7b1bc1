package pipeline

import (
	"context"
	"errors"
	"io"

	"crosswalk/connectors"
	"crosswalk/record"
)

// lanes spreads readers over as many lanes as their systems take readers at
// once. A lane reads its readers one after the other, so a system that allows
// a single reader is never asked for a second.
func lanes(readers []*wantReader, most int) []record.Reader {
	bySource := map[connectors.Source][]*lane{}
	var all []record.Reader
	next := map[connectors.Source]int{}
	for _, r := range readers {
		source := r.part.source
		own := bySource[source]
		if len(own) < max(1, min(most, source.Traits().Parallel)) {
			l := &lane{schema: r.schema}
			bySource[source] = append(own, l)
			all = append(all, l)
			l.readers = append(l.readers, r)
			continue
		}
		own[next[source]].readers = append(own[next[source]].readers, r)
		next[source] = (next[source] + 1) % len(own)
	}
	return all
}

// lane is a Reader that reads others one after the other.
type lane struct {
	schema  *record.Schema
	readers []*wantReader
}

func (l *lane) Schema() *record.Schema { return l.schema }

func (l *lane) Read(ctx context.Context, b *record.Batch) error {
	for len(l.readers) > 0 {
		err := l.readers[0].Read(ctx, b)
		if !errors.Is(err, io.EOF) {
			return err
		}
		if err := l.readers[0].Close(); err != nil {
			return err
		}
		l.readers = l.readers[1:]
	}
	b.Reset(l.schema)
	return io.EOF
}

func (l *lane) Close() error {
	var err error
	for _, r := range l.readers {
		err = errors.Join(err, r.Close())
	}
	l.readers = nil
	return err
}
