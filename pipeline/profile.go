package pipeline

import (
	"context"
	"errors"
	"io"

	"crosswalk/connectors"
	"crosswalk/record"
)

// ProfileOptions says what to look at besides the columns.
type ProfileOptions struct{}

// TableProfile is what one pass over a table found.
type TableProfile struct {
	Rows int64
}

// Profile reads a table once and counts what is in it.
func Profile(ctx context.Context, source connectors.Source, table string, o ProfileOptions) (*TableProfile, error) {
	reader, err := source.Read(ctx, connectors.Query{Table: table})
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	p := &TableProfile{}
	var b record.Batch
	for {
		err := reader.Read(ctx, &b)
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		p.Rows += int64(b.Len())
	}
}
