package estate_test

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/all"
	"crosswalk/connectors/hubstore"
	"crosswalk/hub"
	"crosswalk/internal/estate"
	"crosswalk/internal/simulator"
	"crosswalk/internal/workspace"
	"crosswalk/mapping"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
	"crosswalk/testdata"
)

func TestTheSampleWorkspaceBringsWhatTheGeneratorExpects(t *testing.T) {
	for _, noise := range []string{"dirty", "hostile"} {
		t.Run(noise, func(t *testing.T) {
			expected := newWorkspace(t, estate.Options{Seed: 7, Noise: noise})
			store := hubstore.Config{Driver: hub.SQLite, Path: "hub.db"}
			for _, line := range load(t).Lines {
				checkLine(t, line.Code, expected[line.Code], store, nil)
			}
			checkSalesforce(t, expected, store)
		})
	}
}

// checkLine migrates a line and compares the counts; a second run must write
// nothing. Systems stand in for those of the workspace.
func checkLine(t *testing.T, code string, want map[string]*estate.Counts, into hubstore.Config, systems map[string]connectors.Source) {
	t.Helper()
	got := make(map[string]*estate.Counts)
	for _, c := range migrate(t, code, into, systems) {
		if !c.Adds || c.Stale+c.Unsure > 0 {
			t.Errorf("%s: the counts of %s do not add up: %+v", code, c.Mapping, c)
		}
		got[c.Mapping] = &estate.Counts{
			Target: c.Entity, Source: want[c.Mapping].Source,
			Read: int(c.Read), Migrated: int(c.Created + c.Unchanged), Merged: int(c.Merged), Archived: int(c.Archived),
			Excluded: int(c.Excluded), Quarantined: int(c.Quarantined), Rejected: int(c.Rejected),
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: counts (-expected +got):\n%s", code, diff)
	}
	for _, c := range migrate(t, code, into, systems) {
		if c.Created+c.Updated+c.Deleted > 0 {
			t.Errorf("%s: a second run writes to %s: %+v", code, c.Entity, c)
		}
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
	startOrg(t)
	return summary.Expected
}

// startOrg serves the Salesforce part of the estate where crosswalk.yaml looks
// for it.
func startOrg(t *testing.T) *simulator.Server {
	t.Helper()
	server, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	rows, err := os.Open("salesforce/org.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if _, err := server.Org().Load(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SALESFORCE_URL", url)
	return server
}

func load(t *testing.T) *workspace.Workspace {
	t.Helper()
	ws, err := workspace.Load(os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

// migrate carries one line into the hub.
func migrate(t *testing.T, code string, into hubstore.Config, given map[string]connectors.Source) []reconcile.Counts {
	t.Helper()
	return carry(t, code, mapping.Hub, into, given)
}

// carry writes the rows of a line that go to a target: the hub, or a system
// that gets them from there.
func carry(t *testing.T, code, to string, in hubstore.Config, given map[string]connectors.Source) []reconcile.Counts {
	t.Helper()
	ws := load(t)
	line, err := ws.Line(code)
	if err != nil {
		t.Fatal(err)
	}
	store, err := hubstore.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	systems := open(t, ws, line.To(to), map[string]connectors.Source{mapping.Hub: store}, given)
	job := pipeline.Job{
		Line: code, Mappings: line.To(to), Systems: systems, Target: store, Allowed: allowed, ReadFile: os.ReadFile,
		MaskKey: ws.MaskKey, TempDir: t.TempDir(), Readers: 1, Progress: silent{}, Record: silent{},
	}
	if to != mapping.Hub {
		job.Target, job.Allowed = openSystem(t, ws, to).(connectors.Target), nil
	}
	flows, err := pipeline.Compile(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	applier := reconcile.NewApplier(job.Target, reconcile.ApplyOptions{Refused: refused(t)})
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
	return result.Counts
}

// refused tells of the rows that a target does not take.
func refused(t *testing.T) func(reconcile.Section, string, record.Row, connectors.Op, connectors.Answer) error {
	return func(section reconcile.Section, _ string, key record.Row, _ connectors.Op, answer connectors.Answer) error {
		t.Logf("%s %s: %s", section.Schema.Table, key, answer.Reason)
		return nil
	}
}

// open opens the systems that mappings read and that are not given.
func open(t *testing.T, ws *workspace.Workspace, mappings []*mapping.File, given ...map[string]connectors.Source) map[string]connectors.Source {
	t.Helper()
	systems := make(map[string]connectors.Source)
	for _, some := range given {
		maps.Copy(systems, some)
	}
	for _, m := range mappings {
		if name := m.Source.System; systems[name] == nil {
			systems[name] = openSystem(t, ws, name)
		}
	}
	return systems
}

func openSystem(t *testing.T, ws *workspace.Workspace, name string) connectors.Source {
	t.Helper()
	source, err := ws.Open(t.Context(), all.Connectors(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
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

func (silent) Stage(string, int64)                                    {}
func (silent) Rows(int)                                               {}
func (silent) SetAside(context.Context, []reconcile.Aside) error      { return nil }
func (silent) Findings(context.Context, []reconcile.Difference) error { return nil }
