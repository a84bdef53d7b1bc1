package estate_test

import (
	"context"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/all"
	"crosswalk/connectors/hubstore"
	"crosswalk/hub"
	"crosswalk/internal/estate"
	"crosswalk/internal/workspace"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/testdata"
)

func TestTheSampleWorkspaceBringsWhatTheGeneratorExpects(t *testing.T) {
	for _, noise := range []string{"dirty", "hostile"} {
		t.Run(noise, func(t *testing.T) {
			expected := newWorkspace(t, estate.Options{Seed: 7, Noise: noise})
			ws, err := workspace.Load(os.LookupEnv)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range ws.Lines {
				want, got, refused := expected[line.Code], map[string]*estate.Counts{}, int64(0)
				for _, c := range migrate(t, ws, line) {
					if !c.Adds {
						t.Errorf("%s: the counts of %s do not add up: %+v", line.Code, c.Mapping, c)
					}
					refused += c.Stale + c.Unsure
					got[c.Mapping] = &estate.Counts{
						Read: int(c.Read), Migrated: int(c.Created + c.Unchanged), Merged: int(c.Merged), Archived: int(c.Archived),
						Excluded: int(c.Excluded), Quarantined: int(c.Quarantined), Rejected: int(c.Rejected),
					}
				}
				for name, c := range want {
					if g := got[name]; g != nil {
						g.Target, g.Source = c.Target, c.Source
					}
				}
				if diff := cmp.Diff(want, got); diff != "" || refused > 0 {
					t.Errorf("%s: %d rows were not written; counts (-expected +got):\n%s", line.Code, refused, diff)
				}
				for _, c := range migrate(t, ws, line) {
					if c.Created+c.Updated+c.Deleted > 0 {
						t.Errorf("%s: a second run writes to %s: %+v", line.Code, c.Entity, c)
					}
				}
			}
		})
	}
}

// newWorkspace makes the current folder a workspace with its estate and
// returns the expected counts.
func newWorkspace(t *testing.T, o estate.Options) estate.Expected {
	t.Helper()
	t.Chdir(t.TempDir())
	files, err := fs.Sub(testdata.Workspace, "workspace")
	if err == nil {
		err = os.CopyFS(".", files)
	}
	if err != nil {
		t.Fatal(err)
	}
	summary, err := estate.Generate(t.Context(), ".", o)
	if err != nil {
		t.Fatal(err)
	}
	return summary.Expected
}

// migrate carries one line into the hub of the workspace.
func migrate(t *testing.T, ws *workspace.Workspace, line workspace.Line) []reconcile.Counts {
	t.Helper()
	store, err := hubstore.Open(t.Context(), hubstore.Config{Driver: hub.SQLite, Path: ws.Hub.Path})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	systems := map[string]connectors.Source{}
	for _, m := range line.Mappings {
		if systems[m.Source.System] != nil {
			continue
		}
		source, err := ws.Open(t.Context(), all.Connectors(), m.Source.System)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		systems[m.Source.System] = source
	}
	flows, err := pipeline.Compile(t.Context(), pipeline.Job{
		Line: line.Code, Mappings: line.Mappings, Systems: systems, Target: store, Allowed: allowed, ReadFile: os.ReadFile,
		MaskKey: ws.MaskKey, TempDir: t.TempDir(), Readers: 1, Progress: silent{}, Record: silent{}, Deletes: pipeline.DeleteCap{Percent: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	applier := reconcile.NewApplier(store, reconcile.ApplyOptions{})
	result, err := flows.Plan(t.Context(), applier)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := applier.Finish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range result.Counts {
		c := &result.Counts[i]
		n := answers[reconcile.AnswerKey(c.Entity, c.Mapping)]
		c.Created, c.Updated, c.Stale, c.Unsure = n.Created, n.Updated, n.Stale, n.Unsure
		c.Unchanged += n.Unchanged
		c.Rejected += n.Rejected
		c.Missing = 0
		c.Settle(true)
	}
	if os.Getenv("ESTATE_REASONS") != "" {
		for _, r := range result.Reasons {
			t.Logf("%+v", r)
		}
	}
	return result.Counts
}

func allowed(table, column string) []string {
	for _, t := range hub.Tables() {
		for _, c := range t.Columns {
			if t.Name == table && c.Name == column {
				return c.In
			}
		}
	}
	return nil
}

// silent is nobody who watches or records.
type silent struct{}

func (silent) Stage(string)                                           {}
func (silent) Rows(int)                                               {}
func (silent) SetAside(context.Context, []reconcile.Aside) error      { return nil }
func (silent) Findings(context.Context, []reconcile.Difference) error { return nil }
