package ledger

import (
	"context"
	"fmt"
)

// Counts is what became of the rows of one source, on their way into one
// entity.
//
// Read counts source rows, and each of them comes to exactly one end:
//
//	Read = Created + Updated + Unchanged + Merged + Archived + Excluded
//	     + Quarantined + Rejected + Stale + Unsure
//
// In a run that only looks, Created, Updated and Deleted are rows that an
// apply would create, update and delete. Deleted and Extra count target rows
// that no source row asks for; Missing, Extra and Changed count findings. These
// four are not part of the identity.
type Counts struct {
	Entity string `db:"entity" json:"entity"`
	Source string `db:"source" json:"source"`

	Read        int64 `db:"rows_read" json:"read"`
	Created     int64 `db:"rows_created" json:"created"`
	Updated     int64 `db:"rows_updated" json:"updated"`
	Unchanged   int64 `db:"rows_unchanged" json:"unchanged"`
	Merged      int64 `db:"rows_merged" json:"merged"`
	Archived    int64 `db:"rows_archived" json:"archived"`
	Excluded    int64 `db:"rows_excluded" json:"excluded"`
	Quarantined int64 `db:"rows_quarantined" json:"quarantined"`
	Rejected    int64 `db:"rows_rejected" json:"rejected"`
	Stale       int64 `db:"rows_stale" json:"stale"`
	Unsure      int64 `db:"rows_unsure" json:"unsure"` // sent, and the reply was lost

	Deleted int64 `db:"rows_deleted" json:"deleted"`
	Missing int64 `db:"rows_missing" json:"missing"`
	Extra   int64 `db:"rows_extra" json:"extra"`
	Changed int64 `db:"rows_changed" json:"changed"`
}

// countColumns lists the columns of Counts for an INSERT with names.
const (
	countColumns = `entity, source, rows_read, rows_created, rows_updated, rows_unchanged, rows_merged, rows_archived,
		rows_excluded, rows_quarantined, rows_rejected, rows_stale, rows_unsure, rows_deleted, rows_missing, rows_extra, rows_changed`
	countValues = `:entity, :source, :rows_read, :rows_created, :rows_updated, :rows_unchanged, :rows_merged, :rows_archived,
		:rows_excluded, :rows_quarantined, :rows_rejected, :rows_stale, :rows_unsure, :rows_deleted, :rows_missing, :rows_extra, :rows_changed`
)

// Accounted is the number of read rows whose end is known.
func (c *Counts) Accounted() int64 {
	return c.Created + c.Updated + c.Unchanged + c.Merged + c.Archived + c.Excluded +
		c.Quarantined + c.Rejected + c.Stale + c.Unsure
}

// Adds returns an error unless every row read is accounted for once
// (invariant 1).
func (c *Counts) Adds() error {
	if n := c.Accounted(); n != c.Read {
		return fmt.Errorf("%s from %s does not add up: %d rows read, %d accounted for", c.Entity, c.Source, c.Read, n)
	}
	return nil
}

// Add adds d, whose entity and source do not matter.
func (c *Counts) Add(d Counts) {
	c.Read += d.Read
	c.Created += d.Created
	c.Updated += d.Updated
	c.Unchanged += d.Unchanged
	c.Merged += d.Merged
	c.Archived += d.Archived
	c.Excluded += d.Excluded
	c.Quarantined += d.Quarantined
	c.Rejected += d.Rejected
	c.Stale += d.Stale
	c.Unsure += d.Unsure
	c.Deleted += d.Deleted
	c.Missing += d.Missing
	c.Extra += d.Extra
	c.Changed += d.Changed
}

// insertCounts keeps the counts of a run.
func (t *tx) insertCounts(ctx context.Context, run string, counts []Counts) error {
	for _, c := range counts {
		row := struct {
			Run string `db:"run"`
			Counts
		}{run, c}
		_, err := t.NamedExecContext(ctx, "INSERT INTO ledger_counts (run, "+countColumns+") VALUES (:run, "+countValues+")", row)
		if err != nil {
			return fmt.Errorf("counts of %s from %s: %w", c.Entity, c.Source, err)
		}
	}
	return nil
}

// counts reads the counts of a run, sorted by entity and source.
func (t *tx) counts(ctx context.Context, run string) ([]Counts, error) {
	var counts []Counts
	err := t.list(ctx, &counts, "SELECT "+countColumns+" FROM ledger_counts WHERE run = ? ORDER BY entity, source", run)
	return counts, err
}

// Counts returns the counts of a run that has ended, sorted by entity and source.
func (l *Ledger) Counts(ctx context.Context, run string) (counts []Counts, err error) {
	err = l.snapshot(ctx, "counts of "+run, func(t *tx) error {
		counts, err = t.counts(ctx, run)
		return err
	})
	return counts, err
}
