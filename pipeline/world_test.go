package pipeline_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
	"crosswalk/mapping"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// failer is what a test and a property have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is one line with its systems and its target, all in memory.
type world struct {
	t        failer
	job      pipeline.Job
	target   *memory.DB
	recorder *recorder
	chunk    int // rows of one write
}

// newWorld makes a world of target tables and mappings, in dependency order.
// Systems are added before it is used.
func newWorld(t failer, target []*record.Schema, mappings ...string) *world {
	t.Helper()
	w := &world{t: t, target: memory.New(target...), recorder: &recorder{}, chunk: 3}
	w.job = pipeline.Job{
		Line: "one", Systems: map[string]connectors.Source{}, Target: w.target, Mappings: parse(t, mappings...),
		MaskKey: []byte("key"), Progress: silence{}, Record: w.recorder, Deletes: pipeline.DeleteCap{Percent: 100},
	}
	return w
}

func parse(t failer, texts ...string) []*mapping.File {
	t.Helper()
	var files []*mapping.File
	for i, text := range texts {
		f, err := mapping.Parse(fmt.Sprintf("%d.yaml", i), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	ordered, err := mapping.Order(files)
	if err != nil {
		t.Fatal(err)
	}
	return ordered
}

// system adds a system and returns it.
func (w *world) system(name string, tables ...*record.Schema) *memory.DB {
	db := memory.New(tables...)
	w.job.Systems[name] = db
	return db
}

func (w *world) flows() *pipeline.Flows {
	w.t.Helper()
	f, err := pipeline.Compile(context.Background(), w.job)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// reconcile compares and insists that the counts add up.
func (w *world) reconcile() *pipeline.Result {
	w.t.Helper()
	*w.recorder = recorder{}
	r, err := w.flows().Reconcile(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	w.mustAdd(r)
	return r
}

// plan plans and insists that the counts add up.
func (w *world) plan() (*pipeline.Result, *sketch) {
	w.t.Helper()
	*w.recorder = recorder{}
	s := &sketch{}
	r, err := w.flows().Plan(context.Background(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mustAdd(r)
	return r, s
}

// migrate plans, applies and insists that nothing was refused.
func (w *world) migrate() *pipeline.Result {
	w.t.Helper()
	*w.recorder = recorder{}
	ctx := context.Background()
	applier := reconcile.NewApplier(w.job.Target, reconcile.ApplyOptions{Chunk: w.chunk})
	r, err := w.flows().Plan(ctx, applier)
	if err != nil {
		w.t.Fatal(err)
	}
	answers, err := applier.Finish(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	for key, a := range answers {
		if !a.Complete() {
			w.t.Fatalf("not all of %q was applied: %+v", key, a)
		}
	}
	w.mustAdd(r)
	return r
}

// settled insists that the target is what the mappings want.
func (w *world) settled() {
	w.t.Helper()
	if r := w.reconcile(); r.Findings != 0 || len(w.recorder.findings) > 0 {
		w.t.Fatalf("%d findings remain: %v", r.Findings, w.recorder.findings)
	}
	if _, s := w.plan(); len(s.changes) > 0 {
		w.t.Fatalf("changes remain: %v", s.changes)
	}
}

func (w *world) mustAdd(r *pipeline.Result) {
	w.t.Helper()
	for _, c := range r.Counts {
		if !c.Adds {
			w.t.Fatalf("rows were lost: %+v", c)
		}
	}
}

// rows shows the target's rows as the values of some columns; ids are shown
// as the source keys of the rows that they belong to.
func (w *world) rows(table string, columns ...string) []string {
	w.t.Helper()
	named := w.names()
	var lines []string
	for _, row := range scanAll(w.t, w.target, table, columns...) {
		lines = append(lines, show(row, named))
	}
	slices.Sort(lines)
	return lines
}

// names maps ids to source keys.
func (w *world) names() map[string]string {
	named := map[string]string{}
	tables, _ := w.target.Tables(context.Background())
	for _, table := range tables {
		for _, row := range scanAll(w.t, w.target, table, "id", "source_key") {
			named[row[0].AsText()] = row[1].AsText()
		}
	}
	return named
}

func show(row record.Row, named map[string]string) string {
	var cells []string
	for _, v := range row {
		cell := v.String()
		if name, ok := named[cell]; ok {
			cell = name
		}
		if v.IsNull() {
			cell = "-"
		}
		cells = append(cells, cell)
	}
	return strings.Join(cells, " ")
}

func scanAll(t failer, s connectors.Source, table string, fields ...string) []record.Row {
	t.Helper()
	rows, err := readAll(context.Background(), s, table, fields...)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func readAll(ctx context.Context, s connectors.Source, table string, fields ...string) ([]record.Row, error) {
	r, err := s.Read(ctx, connectors.Query{Table: table, Fields: fields})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var rows []record.Row
	var b record.Batch
	for {
		if err := r.Read(ctx, &b); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		for i := range b.Len() {
			rows = append(rows, slices.Clone(b.Row(i)))
		}
	}
}

// edit writes a value into a row of the target, behind the back of the
// mappings, and remove takes the row away.
func (w *world) edit(table, sourceKey, column string, v record.Value) {
	w.t.Helper()
	w.write(table, sourceKey, connectors.Update, func(s *record.Schema, r record.Row) { r[s.Index(column)] = v })
}

func (w *world) write(table, sourceKey string, op connectors.Op, change func(*record.Schema, record.Row)) {
	w.t.Helper()
	schema, err := w.target.Describe(context.Background(), table)
	if err != nil {
		w.t.Fatal(err)
	}
	var b record.Batch
	b.Reset(schema)
	for _, row := range scanAll(w.t, w.target, table) {
		if row[schema.Index("source_key")].AsText() == sourceKey {
			to := b.Add()
			copy(to, row)
			change(schema, to)
		}
	}
	c := &connectors.Changes{Rows: &b, Ops: []connectors.Op{op}, Before: []record.Digest{record.DigestOf(nil)}}
	answers, err := w.target.Write(context.Background(), c)
	if err != nil || len(answers) != 1 || answers[0].Outcome != connectors.Applied {
		w.t.Fatalf("%s %s of %s: %v %v", op, sourceKey, table, answers, err)
	}
}

// load adds rows to a table.
func load(t failer, db *memory.DB, table string, rows ...record.Row) {
	t.Helper()
	if err := db.Load(table, rows...); err != nil {
		t.Fatal(err)
	}
}

// table makes a schema of columns such as "qty int" and "id text!", which must
// not be null. The first column is the key; "unique" makes it one.
func table(name string, columns ...string) *record.Schema {
	s := &record.Schema{Table: name, Key: []int{0}}
	for _, c := range columns {
		if c == "unique" {
			s.Unique = true
			continue
		}
		c, required := strings.CutSuffix(c, "!")
		column, kind, _ := strings.Cut(c, " ")
		k := record.KindText
		if kind != "" {
			var err error
			if k, err = record.ParseKind(kind); err != nil {
				panic(err)
			}
		}
		s.Fields = append(s.Fields, record.Field{Name: column, Type: record.Type{Kind: k, Scale: -1}, Nullable: !required})
	}
	return s
}

// filled is a table of the target, with the columns that crosswalk fills in.
func filled(name string, columns ...string) *record.Schema {
	columns = append([]string{"id text!"}, columns...)
	return table(name, append(columns, "source text!", "source_entity text!", "source_key text!", "unique")...)
}

// row makes a row of texts, integers and nulls.
func row(values ...any) record.Row {
	var r record.Row
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			r = append(r, record.Null())
		case string:
			r = append(r, record.Text(v))
		case int:
			r = append(r, record.Int(int64(v)))
		case record.Value:
			r = append(r, v)
		default:
			panic(fmt.Sprintf("no value of a row: %T", v))
		}
	}
	return r
}

// recorder keeps what a run sets aside and finds.
type recorder struct {
	asides   []reconcile.Aside
	findings []reconcile.Difference
}

func (r *recorder) SetAside(_ context.Context, rows []reconcile.Aside) error {
	r.asides = append(r.asides, rows...)
	return nil
}

func (r *recorder) Findings(_ context.Context, found []reconcile.Difference) error {
	r.findings = append(r.findings, found...)
	return nil
}

// aside shows the rows that were set aside as "table key outcome", sorted.
func (r *recorder) aside() []string {
	var lines []string
	for _, a := range r.asides {
		lines = append(lines, a.Entity+" "+a.Key+" "+a.Outcome)
	}
	slices.Sort(lines)
	return lines
}

// found shows the findings as "table kind source-key", sorted.
func (r *recorder) found() []string {
	var lines []string
	for _, d := range r.findings {
		lines = append(lines, d.Entity+" "+d.Kind+" "+d.Source)
	}
	slices.Sort(lines)
	return lines
}

// sketch is a plan as lines: "table op source-key".
type sketch struct {
	section reconcile.Section
	changes []string
	rows    []record.Row
}

func (s *sketch) Section(_ context.Context, section reconcile.Section) error {
	s.section = section
	return nil
}

func (s *sketch) Change(_ context.Context, c *reconcile.Change) error {
	key := c.Row[s.section.Schema.Index("source_key")]
	s.changes = append(s.changes, fmt.Sprintf("%s %s %s", s.section.Schema.Table, c.Op, key))
	s.rows = append(s.rows, slices.Clone(c.Row))
	return nil
}

type silence struct{}

func (silence) Stage(string, int64) {}
func (silence) Rows(int)            {}

var _ failer = (*testing.T)(nil)

// counted returns the counts of a mapping, or of a system that no mapping
// reads.
func counted(t failer, r *pipeline.Result, name string) reconcile.Counts {
	t.Helper()
	for _, c := range r.Counts {
		if c.Mapping == name || c.Mapping == "" && c.Source == name {
			return c
		}
	}
	t.Fatalf("no counts of %s in %+v", name, r.Counts)
	return reconcile.Counts{}
}
