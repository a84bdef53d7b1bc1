package salesforce

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/connectors"
	"crosswalk/record"
)

func TestAnIdOfFifteenCharactersGetsItsThreeMore(t *testing.T) {
	for short, long := range map[string]string{
		"a0BA0000000L2ZC":    "a0BA0000000L2ZCMA0",
		"AaaAABbbBBCccCC":    "AaaAABbbBBCccCCZZZ",
		"AAaAAbbBBBCcCCC":    "AAaAAbbBBBCcCCC123",
		"70130000001tcyI":    "70130000001tcyIAAQ",
		"00558000001N0Ke":    "00558000001N0KeAAK",
		"00558000001N0KeAAK": "00558000001N0KeAAK",
		"no id, though 15":   "no id, though 15",
		"with a blank it":    "with a blank it",
		"":                   "",
	} {
		if have := longID(short); have != long {
			t.Errorf("%q becomes %q, want %q", short, have, long)
		}
	}
}

func TestASettingAtFaultIsNamedAndNoSecretShown(t *testing.T) {
	good := Config{URL: "https://org.my.salesforce.com", ClientID: "id", ClientSecret: "hunter2"}
	for fault, change := range map[string]func(*Config){
		"url":          func(c *Config) { c.URL = "" },
		"https":        func(c *Config) { c.URL = "http://org.my.salesforce.com" },
		"version":      func(c *Config) { c.Version = "64" },
		"budget":       func(c *Config) { c.Budget = 101 },
		"bulk_from":    func(c *Config) { c.BulkFrom = -1 },
		"lag":          func(c *Config) { c.Lag = -time.Second },
		"overlap":      func(c *Config) { c.Overlap = -time.Second },
		"end_dates":    func(c *Config) { c.EndDates = "last" },
		"external_ids": func(c *Config) { c.ExternalIDs = map[string]string{"Account": "A; DROP"} },
		"tables":       func(c *Config) { c.Tables = []string{"["} },
		"how to log in? give one of client_secret, private_key and password; there are 2": func(c *Config) { c.Password = "hunter2" },
		"how to log in? give one of client_secret, private_key and password; there are 0": func(c *Config) { c.ClientSecret = "" },
		"client_id is missing": func(c *Config) { c.ClientID = "" },
		"username is missing":  func(c *Config) { c.ClientSecret, c.PrivateKey = "", "hunter2" },
	} {
		c := good
		change(&c)
		err := c.Validate()
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("got %v, want an error that names %q", err, fault)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

func text(name string) column {
	return column{path: name, typ: record.Type{Kind: record.KindText, Size: 255}, filterable: true, createable: true, updateable: true}
}

func TestATextInAQueryIsNeverReadAsAPartOfIt(t *testing.T) {
	for in, want := range map[string]string{
		`O'Brien`:            `'O\'Brien'`,
		`\' OR Id != null`:   `'\\\' OR Id != null'`,
		"a\nb\tc\rd\be\ff":   `'a\nb\tc\rd\be\ff'`,
		`100%_"x"`:           `'100%_"x"'`,
		"ünïcödé \U0001f600": "'ünïcödé \U0001f600'",
	} {
		if have := quote(in); have != want {
			t.Errorf("got %s, want %s", have, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		quoted := quote(rapid.String().Draw(t, "text"))
		inside := quoted[1 : len(quoted)-1]
		for at := 0; at < len(inside); at++ {
			switch inside[at] {
			case '\\':
				at++
			case '\'':
				t.Fatalf("%s ends early", quoted)
			}
		}
	})
}

func TestConditionsHoldOnlyWhatAColumnCanHold(t *testing.T) {
	name, price, seen := text("Name"), text("Price"), text("Seen")
	price.typ = record.Type{Kind: record.KindDecimal, Size: 18, Scale: 2}
	seen.typ = record.Type{Kind: record.KindInstant}
	long := text("Description")
	long.filterable = false
	at := record.Instant(time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC))
	for _, test := range []struct {
		column column
		in     []record.Value
		want   string
	}{
		{name, []record.Value{record.Text("a"), record.Text("b")}, "Name IN ('a','b')"},
		{name, []record.Value{record.Null()}, "Name = null"},
		{name, []record.Value{record.Null(), record.Text("a")}, "(Name IN ('a') OR Name = null)"},
		{name, []record.Value{record.Text("")}, "Id = null"},
		{name, []record.Value{record.Int(5)}, "Id = null"},
		{price, []record.Value{record.Decimal(150, 2)}, "Price IN (1.5)"},
		{seen, []record.Value{at}, "Seen IN (2026-01-31T10:00:00.000Z)"},
		{long, []record.Value{record.Text("a")}, ""},
	} {
		if have := test.column.oneOf(test.in); have != test.want {
			t.Errorf("got %q, want %q", have, test.want)
		}
	}
}

func TestJSONAndCSVSpellOneValue(t *testing.T) {
	at := record.Instant(time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC))
	for _, test := range []struct {
		kind  record.Kind
		texts []string
		want  record.Value
	}{
		{record.KindInstant, []string{"2026-01-31T10:00:00.000+0000", "2026-01-31T10:00:00.000Z", "2026-01-31T11:00:00+01:00"}, at},
		{record.KindDate, []string{"2026-01-31"}, record.Date(2026, 1, 31)},
		{record.KindDecimal, []string{"12345678901234567.89", "1.234567890123456789e16"}, record.Null()},
		{record.KindDecimal, []string{"350000000", "3.5E8", "350000000.0"}, record.Decimal(350_000_000, 0)},
		{record.KindInt, []string{"5", "5.0"}, record.Int(5)},
		{record.KindBool, []string{"true"}, record.Bool(true)},
		{record.KindText, []string{""}, record.Null()},
	} {
		c := column{typ: record.Type{Kind: test.kind}}
		for _, text := range test.texts {
			have, err := c.parse(&record.Batch{}, []byte(text))
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			if test.want.IsNull() && test.kind == record.KindDecimal {
				test.want = have // of the first spelling
			}
			if have != test.want && text != "1.234567890123456789e16" {
				t.Errorf("%s is %v, want %v", text, have, test.want)
			}
		}
	}
	for _, kind := range []record.Kind{record.KindBool, record.KindInt, record.KindDecimal, record.KindDate, record.KindInstant} {
		c := column{typ: record.Type{Kind: kind}}
		if v, err := c.parse(&record.Batch{}, []byte("nonsense")); err == nil {
			t.Errorf("nonsense is the %s %v", kind, v)
		}
	}
}

func TestWhatWouldComeBackChangedIsRefused(t *testing.T) {
	name, price, seen, day := text("Name"), text("Price"), text("Seen"), text("Day")
	name.typ.Size = 5
	price.typ = record.Type{Kind: record.KindDecimal, Size: 5, Scale: 2}
	seen.typ, day.typ = record.Type{Kind: record.KindInstant}, record.Type{Kind: record.KindDate}
	fine := record.Instant(time.Date(2026, 1, 31, 10, 0, 0, 5_000_000, time.UTC))
	for _, test := range []struct {
		column column
		v      record.Value
		says   string
	}{
		{name, record.Text("äöüß!"), ""},
		{name, record.Text("123456"), "longer than the 5 characters"},
		{name, record.Text(" a"), "blanks at its ends"},
		{name, record.Text("a\n"), "blanks at its ends"},
		{name, record.Text("a\x00b"), "NUL"},
		{name, record.Text("a\xffb"), "UTF-8"},
		{name, record.Absent(), "no value"},
		{price, record.Int(5), ""},
		{price, record.Decimal(12345, 3), "is no decimal(5,2)"},
		{seen, fine, "finer than a second"},
		{day, record.Date(1699, 12, 31), "lies outside"},
		{day, record.Text("tomorrow"), "is no date"},
	} {
		if _, reason := test.column.admit(test.v); test.says == "" && reason != "" || !strings.Contains(reason, test.says) {
			t.Errorf("%v: the reason is %q, want %q", test.v, reason, test.says)
		}
	}
	if v, reason := name.admit(record.Text("")); !v.IsNull() || reason != "" {
		t.Errorf("the empty text becomes %v, %s", v, reason)
	}
}

func TestErrorsOfJobsAreTakenApart(t *testing.T) {
	for text, want := range map[string]rowError{
		"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --":                        {"REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", []string{"Name"}},
		"DUPLICATE_VALUE:duplicate value found: Key__c duplicates value on record with id: 550x:--": {"DUPLICATE_VALUE", "duplicate value found: Key__c duplicates value on record with id: 550x", []string{}},
		"INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: A, B. Please check:A,B --": {"INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: A, B. Please check", []string{"A", "B"}},
		"UNABLE_TO_LOCK_ROW":                          {"UNABLE_TO_LOCK_ROW", "", nil},
		"DUPLICATE_VALUE:duplicate value found: jane": {"DUPLICATE_VALUE", "duplicate value found: jane", nil},
	} {
		if diff := cmp.Diff(want, parseRowError(text)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAMessageThatCouldShowAMaskedValueIsLeftOut(t *testing.T) {
	schema := &record.Schema{Fields: []record.Field{{Name: "Name"}, {Name: "Email", Masked: true}, {Name: "Account.Key__c", Masked: true}}}
	object := &describedObject{Fields: []describedField{{Name: "Name"}, {Name: "Email"}, {Name: "AccountId", RelationshipName: "Account"}}}
	w := &work{Changes: &connectors.Changes{Rows: &record.Batch{}}, table: &table{object: object}}
	w.Rows.Reset(schema)
	for _, test := range []struct {
		fields []string
		shown  bool
	}{
		{[]string{"Name"}, true}, {[]string{"Email"}, false}, {[]string{"AccountId"}, false}, {nil, false}, {[]string{"jane"}, false},
	} {
		reason := w.explain(rowError{"DUPLICATE_VALUE", "a@b.example is taken", test.fields})
		if strings.Contains(reason, "a@b.example") != test.shown || strings.Contains(reason, "jane") || !strings.Contains(reason, "DUPLICATE_VALUE") {
			t.Errorf("about %v: %s", test.fields, reason)
		}
	}
}

// Versions of the API before 50.0 sort the columns of a result by name.
func TestAResultIsReadByTheNamesOfItsColumns(t *testing.T) {
	s := &selection{table: &table{columns: []column{text("Name"), text("Account.Key__c"), text("Id")}}, columns: []int{0, 1, 2}}
	places, err := s.places([]string{"account.key__c", "Id", "Name"})
	if diff := cmp.Diff([]int{2, 0, 1}, places); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := s.places([]string{"Id", "Name", "Price"}); err == nil || !strings.Contains(err.Error(), "Account.Key__c") {
		t.Errorf("got %v", err)
	}
	if _, err := s.places(nil); err != nil {
		t.Errorf("a result without a header: %v", err)
	}
}

func TestKeysThatDifferInCapitalsAloneAreOne(t *testing.T) {
	insensitive := &table{keyField: describedField{Name: "Key__c"}}
	for a, b := range map[string]string{"a-1": "A-1", "ÄÖÜ": "äöü", "ΟΔΟΣ": "οδος", "οδοσ": "οδος"} {
		if insensitive.fold(a) != insensitive.fold(b) {
			t.Errorf("%q and %q are two keys", a, b)
		}
	}
	sensitive := &table{keyField: describedField{Name: "Key__c", CaseSensitive: true}}
	if sensitive.fold("a") == sensitive.fold("A") {
		t.Error("a and A are one key of a field that minds case")
	}
}
