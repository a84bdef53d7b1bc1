package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"crosswalk/pipeline"
)

type profileFlags struct {
	key      []string
	refs     []string
	noValues bool
}

func (a *app) profileCommand() *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use:   "profile SYSTEM.TABLE",
		Short: "What a table really holds: counts, patterns, suspicious values, keys",
		Long: `Reads a table once and tells what a mapping has to cope with: for each column
how many values are missing, how many are different, the smallest and largest,
the most frequent, and their patterns; then values that usually mean trouble,
keys that do not identify a row, and references that lead nowhere.

In a pattern A and a stand for letters, 9 for digits, and + for a run of more
than four: LIC-0004711 is AAA-9+.

SYSTEM is a name from crosswalk.yaml, or "hub". Where it speaks SQL, TABLE may
be a query in brackets. The output shows values of the table; with --no-values
it shows counts and patterns only.

With --json the document is
  {"table", "rows",
   "unreadable": {"rows", "examples": [{"where", "reason"}]},
   "columns": [{"name", "type", "kinds": [{"kind", "rows"}], "nulls", "empty", "absent",
                "distinct": {"count", "exact"}, "min", "max",
                "shortest", "longest", "frequent": [{"value", "rows", "exact"}],
                "patterns", "date_layouts": [{"pattern", "rows"}],
                "suspects": [{"what", "rows", "examples"}]}],
   "key": {"columns", "missing", "repeated" and "similar":
           {"keys", "rows", "examples": [{"keys", "rows"}]}},
   "references": [{"column", "to", "rows", "orphans", "examples"}]}`,
		Example: `  crosswalk profile licdb.license --key lic_no
  crosswalk profile licdb.license --ref company_id=company.id --ref order_id=orders.id
  crosswalk profile 'licdb.(SELECT * FROM orders WHERE id > 100)' --json
  crosswalk profile bryndal.customers --key customer,town --no-values`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.profile(cmd.Context(), args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.key, "key", "k", nil, "columns that should identify a row (default: the key that the system knows)")
	flags.StringArrayVar(&f.refs, "ref", nil, "COLUMN=TABLE.COLUMN: look for values without a counterpart; may be given several times")
	flags.BoolVar(&f.noValues, "no-values", false, "show counts and patterns, but no value")
	cmd.ValidArgsFunction = a.completeSystems
	return cmd
}

func (a *app) profile(ctx context.Context, arg string, f profileFlags) error {
	system, table, ok := strings.Cut(arg, ".")
	if !ok || table == "" {
		return fmt.Errorf("%q names no table; write SYSTEM.TABLE, such as licdb.license (`crosswalk tables %s` lists them)", arg, system)
	}
	o := pipeline.ProfileOptions{Key: f.key, HideValues: f.noValues, Now: a.now(), Progress: a.progress()}
	for _, ref := range f.refs {
		column, to, _ := strings.Cut(ref, "=")
		dot := strings.LastIndexByte(to, '.')
		if column == "" || dot <= 0 || dot == len(to)-1 {
			return fmt.Errorf("--ref %s: write COLUMN=TABLE.COLUMN, such as company_id=company.id", ref)
		}
		o.Refs = append(o.Refs, pipeline.ProfileRef{Column: column, Table: to[:dot], To: to[dot+1:]})
	}
	source, done, err := a.source(ctx, system)
	if err != nil {
		return err
	}
	defer done()
	p, err := pipeline.Profile(ctx, source, table, o)
	a.endProgress()
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(p)
	}
	if err := (&profilePrinter{out: a.stdout, width: a.width, p: p}).print(system); err != nil {
		return err
	}
	if !f.noValues {
		_, err = fmt.Fprintln(a.stdout, "\nThis shows data of the system; --no-values leaves counts and patterns.")
	}
	return err
}
