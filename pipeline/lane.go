package pipeline

import (
	"context"
	"errors"
	"io"

	"crosswalk/record"
)

// lanes spreads readers over as many lanes as their systems take readers at
// once. A lane reads its readers one after the other, so a system that allows
// a single reader is never asked for a second.
func lanes(readers []*wantReader, most int) []record.Reader {
	bySystem := map[string][]*lane{}
	next := map[string]int{}
	var all []record.Reader
	for _, r := range readers {
		system := r.part.file.Source.System
		own := bySystem[system]
		if len(own) < max(1, min(most, r.part.source.Traits().Parallel)) {
			l := &lane{schema: r.schema, readers: []*wantReader{r}}
			bySystem[system] = append(own, l)
			all = append(all, l)
			continue
		}
		l := own[next[system]]
		l.readers = append(l.readers, r)
		next[system] = (next[system] + 1) % len(own)
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
