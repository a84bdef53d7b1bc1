package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/connectors/salesforce/bulk"
	"crosswalk/connectors/salesforce/session"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/org"
	"crosswalk/record"
)

// lab is an org of its own, and its clock.
type lab struct {
	*simulator.Server
	url   string
	ahead atomic.Int64 // of the true time, in nanoseconds
	wait  func(context.Context, time.Duration) error

	transport http.RoundTripper // nil for the session's own
}

// newLab starts an org in which Assets have an external id and a datetime, and
// Accounts an external id.
func newLab(t testing.TB, o simulator.Options) *lab {
	t.Helper()
	l := &lab{wait: briefly}
	o.Now = func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }
	o.Seed = 7
	content, err := template()
	if err != nil {
		t.Fatal(err)
	}
	o.Path = filepath.Join(t.TempDir(), "org.db")
	if err := os.WriteFile(o.Path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if l.Server, err = simulator.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Server.Close() })
	if l.url, err = l.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return l
}

// template is the file of an untouched lab: to copy it costs a fraction of
// making it.
var template = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "org.db")
	server, err := simulator.New(simulator.Options{Path: path, Seed: 7})
	if err != nil {
		return nil, err
	}
	external := func(name string) org.Field {
		return org.Field{Name: name, Type: "string", Length: 255, ExternalID: true, Unique: true, CaseSensitive: true}
	}
	err = errors.Join(
		server.Org().Define(context.Background(), "Account", external("LICDB_Id__c")),
		server.Org().Define(context.Background(), "Asset", external("Entl_Key__c"), org.Field{Name: "Seen__c", Type: "datetime"}),
		server.Close())
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// account makes the parents of the fixture's rows.
func (l *lab) accounts(ctx context.Context, keys ...string) error {
	var changes []org.Change
	for _, key := range keys {
		changes = append(changes, org.Change{Object: "Account", Op: org.Insert, Values: map[string]org.Cell{"Name": org.Text("Account " + key), "LICDB_Id__c": org.Text(key)}})
	}
	return l.apply(ctx, changes)
}

func (l *lab) apply(ctx context.Context, changes []org.Change) error {
	results, err := l.Org().Apply(ctx, changes, true)
	if err != nil {
		return err
	}
	for i, r := range results {
		if len(r.Errors) > 0 {
			return fmt.Errorf("row %d: %+v", i, r.Errors)
		}
	}
	return nil
}

// clear removes the rows of an object for good.
func (l *lab) clear(ctx context.Context, object string) error {
	rows, err := l.Org().Query(ctx, "SELECT Id FROM "+object, true)
	if err != nil {
		return err
	}
	defer rows.Close()
	var all []org.Change
	for rows.Next(ctx) {
		all = append(all, org.Change{Object: object, Op: org.HardDelete, ID: rows.Cells()[0].Text})
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return l.apply(ctx, all)
}

// config opens the lab's org.
func (l *lab) config() Config {
	return Config{
		URL: l.url, ClientID: "demo-client", ClientSecret: "demo-secret", Budget: 100,
		ExternalIDs: map[string]string{"Account": "LICDB_Id__c", "Asset": "Entl_Key__c"},
	}
}

// open opens the org as a connector that does not wait long.
func (l *lab) open(ctx context.Context, c Config) (*Org, error) {
	return OpenWith(ctx, c, session.Options{Wait: l.wait, Transport: l.transport}, bulk.Options{})
}

// briefly waits so long that a job of the simulator can go on.
func briefly(ctx context.Context, d time.Duration) error {
	return pause(ctx, min(d, 2*time.Millisecond))
}

// inProportion waits a tenth of the time, so that a job is asked for about as
// often as a true one.
func inProportion(ctx context.Context, d time.Duration) error { return pause(ctx, d/10) }

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// changes are those of whole rows of the fixture, made behind the protocol.
func changes(s *record.Schema, rows []record.Row) []org.Change {
	var all []org.Change
	for _, row := range rows {
		c := org.Change{Object: "Asset", Op: org.Upsert, ExternalField: "Entl_Key__c", Values: map[string]org.Cell{}, Parents: map[string]org.Parent{}}
		for i, f := range s.Fields {
			text := row[i].String()
			if row[i].Kind() == record.KindInstant {
				text = row[i].AsTime().Format("2006-01-02T15:04:05.000Z")
			}
			if relation, field, parent := strings.Cut(f.Name, "."); parent {
				c.Parents[relation] = org.Parent{Field: field, Value: text}
			} else {
				c.Values[f.Name] = org.Text(text)
			}
		}
		all = append(all, c)
	}
	return all
}

// change changes rows as another user would, and lets minutes go by, so that
// the change is no longer too young for a feed.
func (l *lab) change(ctx context.Context, s *record.Schema, op connectors.Op, rows []record.Row) error {
	all := changes(s, rows)
	if op == connectors.Delete {
		for i := range all {
			ids, err := l.Org().FindExternal(ctx, "Asset", "Entl_Key__c", all[i].Values["Entl_Key__c"].Text)
			if err != nil || len(ids) != 1 {
				return fmt.Errorf("%d rows to delete: %w", len(ids), err)
			}
			all[i] = org.Change{Object: "Asset", Op: org.Delete, ID: ids[0]}
		}
	}
	if err := l.apply(ctx, all); err != nil {
		return err
	}
	l.ahead.Add(int64(5 * time.Minute))
	return nil
}

// assets is the fixture: what a license is in Salesforce.
func assets(whole *record.Schema) (*conformance.Fixture, []string) {
	names := []string{
		"Account.LICDB_Id__c", "Name", "SerialNumber", "PurchaseDate", "Price", "Quantity", "Description", "IsCompetitorProduct", "Entl_Key__c", "Seen__c",
	}
	var own, adds []string
	for _, name := range whole.Names() {
		to := &adds
		for _, n := range names {
			if n == name {
				to = &own
			}
		}
		*to = append(*to, name)
	}
	schema, _, err := whole.Select(own)
	if err != nil || len(own) != len(names) {
		panic(fmt.Sprint("the fixture has other columns than Asset: ", own, err))
	}
	key := schema.Index("Entl_Key__c")
	row := func(i int) record.Row {
		at := time.Date(2024, 2, 28, 22, 30, 0, 0, time.UTC).Add(time.Duration(i) * 12347 * time.Second)
		values := map[string]record.Value{
			"Account.LICDB_Id__c": record.Text(fmt.Sprintf("A-%d", i%3)),
			"Name":                record.Text(fmt.Sprintf("License %d", i)),
			"SerialNumber":        record.Text(fmt.Sprintf("SN/%d", i)),
			"PurchaseDate":        record.Date(2024, 2, 27+i),
			"Price":               record.Decimal(int64(1999+25*i), 2),
			"Quantity":            record.Decimal(int64(i), 0),
			"Description":         record.Text(fmt.Sprintf("line 1\nline 2, number %d", i)),
			"IsCompetitorProduct": record.Bool(i%2 == 0),
			"Entl_Key__c":         record.Text(fmt.Sprintf("%s-%05d", []string{"CAD", "plm", "Eda"}[i%3], i*7919%100_003)),
			"Seen__c":             record.Instant(at),
		}
		row := make(record.Row, len(schema.Fields))
		for f, name := range schema.Names() {
			row[f] = values[name]
		}
		return row
	}
	return &conformance.Fixture{
		Schema: schema, Row: row,
		Keyed: func(text string) record.Row {
			r := row(0)
			r[key] = record.Text(text)
			return r
		},
		Free: []string{"Name", "SerialNumber", "PurchaseDate", "Price", "Quantity", "Description", "IsCompetitorProduct", "Seen__c"},
	}, adds
}

// described is Asset as an untouched lab describes it.
func described(t testing.TB) *record.Schema {
	t.Helper()
	l := newLab(t, simulator.Options{})
	o, err := l.open(context.Background(), l.config())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	whole, err := o.Describe(context.Background(), "Asset")
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func fixture(t testing.TB) *conformance.Fixture {
	f, _ := assets(described(t))
	return f
}

// harness lets each connector find one org with other rows in it.
func harness(t testing.TB, adapt func(*Config)) conformance.Harness {
	l := newLab(t, simulator.Options{})
	if err := l.accounts(context.Background(), "A-0", "A-1", "A-2"); err != nil {
		t.Fatal(err)
	}
	fixture, adds := assets(described(t))
	return conformance.Harness{
		Open: func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			// What the org starts is not of the connector.
			pprof.SetGoroutineLabels(context.Background())
			defer pprof.SetGoroutineLabels(ctx)
			if err := l.clear(ctx, "Asset"); err != nil {
				return nil, err
			}
			if err := l.apply(ctx, changes(s, rows)); err != nil {
				return nil, err
			}
			pprof.SetGoroutineLabels(ctx)
			c := l.config()
			adapt(&c)
			return l.open(ctx, c)
		},
		Change: func(ctx context.Context, _ connectors.Source, op connectors.Op, rows []record.Row) error {
			return l.change(ctx, fixture.Schema, op, rows)
		},
		Offers:      []connectors.Ability{connectors.CanWrite, connectors.CanLookup, connectors.CanFeed, connectors.CanDeleteLog},
		Unsupported: []conformance.Part{conformance.Range, conformance.Sorted, conformance.After},
		Adds:        adds,
		Fixture:     fixture,
		Cannot:      cannot,
		Secret:      "hunter2",
		Refused: func(ctx context.Context) error {
			c := l.config()
			c.ClientSecret = "hunter2"
			_, err := l.open(ctx, c)
			return err
		},
	}
}

// cannot lists what Salesforce does not keep, and what is refused for that.
var cannot = []string{
	"empty text", "one blank", "blanks around", "no-break blanks around", "newline at the end",
	"date in year 1", "date 1582-10-10", "date 9999-12-31", "instant in year 1", "instant in 9999",
	"instant with milliseconds", "instant with microseconds", "instant with microseconds before 1970",
}

func TestSalesforceKeepsTheContract(t *testing.T) {
	t.Parallel()
	conformance.Run(t, harness(t, func(*Config) {}))
}

func TestSalesforceKeepsTheContractByBulkJobs(t *testing.T) {
	t.Parallel()
	conformance.Run(t, harness(t, func(c *Config) { c.BulkFrom = 1 }))
}
