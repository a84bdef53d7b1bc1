package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

// hollow fails to read and hands out a reader that is nil but does not look so.
type hollow struct{ connectors.Source }

type noReader struct{ rows int }

func (r *noReader) Schema() *record.Schema                    { return &record.Schema{Table: string(rune(r.rows))} }
func (r *noReader) Read(context.Context, *record.Batch) error { return nil }
func (r *noReader) Close() error                              { r.rows = 0; return nil }
func (hollow) Read(context.Context, connectors.Query) (record.Reader, error) {
	var none *noReader
	return none, errors.New("stopped")
}

func TestAReaderThatWasNeverOpenedIsNotClosed(t *testing.T) {
	w := contactWorld(t, contacts, logins)
	for name, s := range w.job.Systems {
		w.job.Systems[name] = hollow{s}
	}
	if _, err := w.flows().Reconcile(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "stopped") {
		t.Errorf("got %v", err)
	}
}
