package memory_test

import (
	"context"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

func TestMemoryConforms(t *testing.T) {
	conformance.Run(t, conformance.Harness{
		Open: func(_ context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			db := memory.New(s)
			return db, db.Load(s.Table, rows...)
		},
		Offers: []connectors.Ability{
			connectors.CanWrite, connectors.CanPartition, connectors.CanLookup, connectors.CanSnapshot,
			connectors.CanDigest, connectors.CanFeed, connectors.CanDeleteLog,
		},
	})
}
