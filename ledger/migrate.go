package ledger

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables to the newest version known. When two processes
// open a new ledger at once, the slower one fails on a table that the faster
// one has just made, and finds the work done when it looks again.
func (l *Ledger) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations/"+l.dialect.driver)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(l.dialect.migrations, l.db.DB, files,
		goose.WithTableName("ledger_schema"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	// The slower process can fail once on the table of versions and once on
	// each file, and then has to look once more.
	for looks := len(p.ListSources()) + 2; ; looks-- {
		done, err := upgrade(ctx, p)
		if err == nil || done || looks == 1 {
			return err
		}
	}
}

// upgrade reports whether another look is of no use.
func upgrade(ctx context.Context, p *goose.Provider) (done bool, err error) {
	have, known, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return ctx.Err() != nil, err
	case have > known:
		return true, fmt.Errorf("it has version %d and this program knows up to %d: %w", have, known, ErrNewer)
	case have == known:
		return true, nil
	}
	_, err = p.Up(ctx)
	return ctx.Err() != nil, err
}
