package memory_test

import (
	"context"
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

func TestAClosedDBTakesNothing(t *testing.T) {
	schema := &record.Schema{Table: "t", Fields: []record.Field{{Name: "id", Type: record.Type{Kind: record.KindInt}}}, Key: []int{0}}
	db := memory.New(schema)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	changes := &connectors.Changes{Rows: &record.Batch{Schema: schema}}
	_, err := db.Write(t.Context(), changes)
	for _, err := range []error{err, db.Load("t", record.Row{record.Int(1)})} {
		if err == nil || !strings.Contains(err.Error(), "it is closed") {
			t.Errorf("got %v", err)
		}
	}
}

func TestMemoryConforms(t *testing.T) {
	conformance.Run(t, conformance.Harness{
		Open: func(_ context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			db := memory.New(s)
			return db, db.Load(s.Table, rows...)
		},
		Offers: []connectors.Ability{
			connectors.CanWrite, connectors.CanPartition, connectors.CanLookup, connectors.CanSnapshot,
			connectors.CanDigest, connectors.CanFeed, connectors.CanDeleteLog, connectors.CanNote,
		},
	})
}
