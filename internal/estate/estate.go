package estate

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Options say which estate to make.
type Options struct {
	Size    string // "s", "m" or "l"; "" is s
	Seed    uint64 // the same seed gives the same bytes
	Noise   string // "clean" (a tenth of the rates), "dirty" (the rates) or "hostile" (three times); "" is dirty
	MariaDB bool   // also write LICDB as SQL text for MariaDB
}

func (o Options) scale() int {
	switch o.Size {
	case "m":
		return 10
	case "l":
		return 100
	}
	return 1
}

// Summary says what was made.
type Summary struct {
	Companies, Users, Licenses, Activations int
	Expected                                Expected // by product line and mapping
}

// Generate makes the estate below dir:
//
//	legacy/licdb.sqlite, legacy/licdb.sql   LICDB of Corvane
//	bryndal/*.xlsx, bryndal/Renewals.csv    the spreadsheets of Bryndal
//	salesforce/org.jsonl                    the Salesforce org of Corvane, as the simulator loads it
//	truth/truth.jsonl, defects.jsonl        what is true, and what was spoiled
//	truth/expected_counts.json              what a migration must come to
//
// Files of an earlier run are replaced.
func Generate(ctx context.Context, dir string, o Options) (*Summary, error) {
	switch o.Size {
	case "", "s", "m", "l":
	default:
		return nil, fmt.Errorf("estate: unknown size %q: s, m and l are known", o.Size)
	}
	for _, sub := range []string{"legacy", "bryndal", "salesforce", "truth"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	truths, err := openJournal(filepath.Join(dir, "truth", "truth.jsonl"))
	if err != nil {
		return nil, err
	}
	defects, err := openJournal(filepath.Join(dir, "truth", "defects.jsonl"))
	if err != nil {
		return nil, cmp.Or(err, truths.close())
	}
	expected := make(Expected)
	summary, err := generate(ctx, dir, o, truths, defects, expected)
	if err := cmp.Or(err, truths.close(), defects.close()); err != nil {
		return nil, err
	}
	return summary, expected.write(filepath.Join(dir, "truth", "expected_counts.json"))
}

func generate(ctx context.Context, dir string, o Options, truths, defects *journal, expected Expected) (*Summary, error) {
	a, err := generateLICDB(ctx, filepath.Join(dir, "legacy"), o, truths, defects, expected)
	if err != nil {
		return nil, err
	}
	b, err := generateBryndal(ctx, filepath.Join(dir, "bryndal"), o, a.companies, truths, defects, expected)
	if err != nil {
		return nil, err
	}
	if err := generateSalesforce(ctx, filepath.Join(dir, "salesforce"), o, a, b, expected); err != nil {
		return nil, err
	}
	return &Summary{
		Companies: len(a.companies) - 1 + len(b.customers), Users: expected["fleet"]["licdb-users"].Read + len(b.customers),
		Licenses: a.licenses + len(b.rights), Activations: a.activations, Expected: expected,
	}, nil
}
