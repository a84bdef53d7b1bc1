package salesforce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/bulk"
	"crosswalk/connectors/salesforce/session"
	"crosswalk/record"
)

// fetch begins a query. The first REST page tells how many rows there are, and
// if they are many, or the query is long, the Bulk API takes over.
func (o *Org) fetch(ctx context.Context, s *selection) (rows, error) {
	soql := s.soql()
	if (s.many || !fitsURI(soql)) && !s.table.restOnly {
		return o.fetchBulk(ctx, s, soql)
	}
	pages := o.session.Query(soql, s.deleted)
	first, err := pages.Next(ctx)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if err == nil && first.Total > o.config.BulkFrom && !s.table.restOnly {
		return o.fetchBulk(ctx, s, soql)
	}
	r := &restRows{s: s, pages: pages, places: make(map[string]int, len(s.columns))}
	for at, c := range s.columns {
		r.places[s.table.columns[c].path] = at
	}
	if first != nil {
		r.records = first.Records
	}
	return r, nil
}

func (o *Org) fetchBulk(ctx context.Context, s *selection, soql string) (rows, error) {
	all, err := o.bulk.Query(ctx, soql, s.deleted)
	if errors.Is(err, session.ErrOutcomeUnknown) { // of a reading, which can be repeated
		return nil, connectors.Errorf(connectors.Transient, "read", o.where(s.table.name), "the query job could not be made: %v", err)
	}
	if err != nil {
		return nil, err
	}
	places, err := s.places(all.Header())
	if err != nil {
		_ = all.Close()
		return nil, err
	}
	return &bulkRows{s, all, places}, nil
}

// places tells in which cell of a result each column stands: old versions of
// the API sort them by name. A result without rows may lack a header.
func (s *selection) places(header []string) ([]int, error) {
	places := make([]int, len(s.columns))
	for at, c := range s.columns {
		path := s.table.columns[c].path
		places[at] = slices.IndexFunc(header, func(name string) bool { return strings.EqualFold(name, path) })
		if places[at] < 0 && len(header) > 0 {
			return nil, fmt.Errorf("the result has the columns %v, and %s is none of them", header, path)
		}
	}
	return places, nil
}

// bulkRows are the rows of a query job.
type bulkRows struct {
	s      *selection
	all    *bulk.Rows
	places []int // of each column, in a row of cells
}

func (r *bulkRows) next(_ context.Context, b *record.Batch, row record.Row) error {
	cells, err := r.all.Next()
	if err != nil {
		return err
	}
	for at, c := range r.s.columns {
		column := &r.s.table.columns[c]
		if row[at], err = column.parse(b, cells[r.places[at]]); err != nil {
			return fmt.Errorf("%s: %w", column.path, err)
		}
	}
	return nil
}

// close ignores a job that cannot be deleted: it vanishes by itself.
func (r *bulkRows) close() { _ = r.all.Close() }

// restRows are the rows of a query by REST.
type restRows struct {
	s       *selection
	pages   *session.Pages
	records []json.RawMessage
	places  map[string]int // where the value of a path belongs
}

func (r *restRows) next(ctx context.Context, b *record.Batch, row record.Row) error {
	for len(r.records) == 0 {
		page, err := r.pages.Next(ctx)
		if err != nil {
			return err
		}
		r.records = page.Records
	}
	d := json.NewDecoder(bytes.NewReader(r.records[0]))
	d.UseNumber()
	r.records = r.records[1:]
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("a record begins with %v", t)
	}
	return r.record(d, "", b, row)
}

// record reads the fields of a record, whose bracket is read already. A parent
// is a record in a record.
func (r *restRows) record(d *json.Decoder, prefix string, b *record.Batch, row record.Row) error {
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		value, err := d.Token()
		if err != nil {
			return err
		}
		path := prefix + name.(string)
		var text string
		switch v := value.(type) {
		case json.Delim:
			if v != '{' {
				return fmt.Errorf("%s is a list", path)
			}
			if err := r.record(d, path+".", b, row); err != nil {
				return err
			}
			continue
		case string:
			text = v
		case json.Number:
			text = v.String()
		case bool:
			text = fmt.Sprint(v)
		}
		if at, wanted := r.places[path]; wanted {
			column := &r.s.table.columns[r.s.columns[at]]
			if row[at], err = column.parse(b, []byte(text)); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	_, err := d.Token()
	return err
}

func (r *restRows) close() {}
