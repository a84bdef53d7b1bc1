// Command gosalesforce walks through the simulator as it would through an org,
// with a client that was not written for it. It prints one line of JSON for
// each step; clients_test.go knows what it must say. It is a module of its own,
// so the modules of that client stay out of the others.
package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/k-capehart/go-salesforce/v3"
)

const key = "Entl_Key__c"

// said is what a step tells.
type said map[string]any

// record is a row on its way to the org.
type record = map[string]any

func main() {
	url := os.Getenv("SIMULATOR_URL")
	creds := salesforce.Creds{
		Domain: url, ConsumerKey: os.Getenv("SIMULATOR_CLIENT_ID"), ConsumerSecret: os.Getenv("SIMULATOR_CLIENT_SECRET"),
	}
	wrong := creds
	wrong.ConsumerSecret = "wrong"
	step("client credentials refused", func() (said, error) {
		_, err := salesforce.Init(wrong)
		return said{"refused": err != nil}, nil
	})
	sf, err := salesforce.Init(creds, salesforce.WithCompressionHeaders(true))
	step("client credentials", func() (said, error) {
		return said{"version": salesforceVersion(sf)}, err
	})
	if err != nil {
		os.Exit(1)
	}
	step("expired session", func() (said, error) {
		_, err := salesforce.Init(salesforce.Creds{Domain: url, AccessToken: "00D!none"})
		return nil, err
	})
	s := scenario{sf}
	s.rows()
	s.collections()
	s.bulk()
	s.errors()
}

func salesforceVersion(sf *salesforce.Salesforce) string {
	if sf == nil {
		return ""
	}
	return sf.GetAPIVersion()
}

// step prints what a step says, or the code of its error.
func step(name string, run func() (said, error)) {
	says, err := run()
	if err != nil {
		says = said{"error": code(err), "message": err.Error()}
	}
	if says == nil {
		says = said{}
	}
	says["step"] = name
	line, err := json.Marshal(says)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

// code finds the code in an error: this client passes the body of the answer on.
func code(err error) string {
	var body []struct{ ErrorCode string }
	if json.Unmarshal([]byte(err.Error()), &body) == nil && len(body) == 1 {
		return body[0].ErrorCode
	}
	before, _, _ := strings.Cut(err.Error(), ":")
	return strings.TrimSpace(before)
}

type scenario struct{ sf *salesforce.Salesforce }

// query runs a query and returns the names of what it finds, in order.
func (s scenario) names(soql string) ([]string, error) {
	var rows []struct{ Name string }
	if err := s.sf.Query(soql, &rows); err != nil {
		return nil, err
	}
	names := []string{}
	for _, r := range rows {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names, nil
}

func (s scenario) ids(soql string) ([]record, error) {
	var rows []struct{ Id string }
	err := s.sf.Query(soql, &rows)
	var ids []record
	for _, r := range rows {
		ids = append(ids, record{"Id": r.Id})
	}
	return ids, err
}

func (s scenario) rows() {
	var id string
	step("create", func() (said, error) {
		r, err := s.sf.InsertOne("Account", record{"Name": "One", key: "A-1"})
		if err != nil {
			return nil, err
		}
		id = r.Id
		return said{"success": r.Success, "prefix": id[:3], "length": len(id)}, nil
	})
	step("create without a name", func() (said, error) {
		_, err := s.sf.InsertOne("Account", record{key: "A-2"})
		return nil, err
	})
	step("update", func() (said, error) {
		if err := s.sf.UpdateOne("Account", record{"Id": id, "Name": "One and a half"}); err != nil {
			return nil, err
		}
		names, err := s.names("SELECT Name FROM Account WHERE " + key + " = 'A-1'")
		return said{"names": names}, err
	})
	step("upsert", func() (said, error) {
		first, err := s.sf.UpsertOne("Account", key, record{"Name": "Two", key: "A-2"})
		if err != nil {
			return nil, err
		}
		second, err := s.sf.UpsertOne("Account", key, record{"Name": "Two again", key: "A-2"})
		if err != nil {
			return nil, err
		}
		names, err := s.names("SELECT Name FROM Account WHERE " + key + " = 'A-2'")
		return said{"same": first.Id == second.Id, "names": names}, err
	})
	step("delete", func() (said, error) {
		r, err := s.sf.InsertOne("Account", record{"Name": "Gone", key: "A-gone"})
		if err != nil {
			return nil, err
		}
		if err := s.sf.DeleteOne("Account", record{"Id": r.Id}); err != nil {
			return nil, err
		}
		names, err := s.names("SELECT Name FROM Account WHERE Name = 'Gone'")
		if err != nil {
			return nil, err
		}
		all, err := s.queryAll("SELECT+Name,IsDeleted+FROM+Account+WHERE+Name='Gone'")
		return said{"query": names, "queryAll": all}, err
	})
}

// queryAll returns the number of rows, with those in the recycle bin.
func (s scenario) queryAll(escaped string) (int, error) {
	r, err := s.sf.DoRequest("GET", "/queryAll?q="+escaped, nil)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	var page struct{ TotalSize int }
	err = json.NewDecoder(r.Body).Decode(&page)
	return page.TotalSize, err
}

func (s scenario) collections() {
	step("collection with failures", func() (said, error) {
		r, err := s.sf.InsertCollection("Account", []record{
			{"Name": "C1", key: "C-1"}, {key: "C-2"}, {"Name": "C3", key: "C-1"}, {"Name": "C4", key: "C-4"},
		}, 200)
		return said{"failures": r.HasSalesforceErrors, "outcomes": outcomes(r)}, err
	})
	step("update of a collection", func() (said, error) {
		rows, err := s.ids("SELECT Id FROM Account WHERE " + key + " LIKE 'C-%' ORDER BY " + key)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i]["Name"] = "C again " + strconv.Itoa(i)
		}
		r, err := s.sf.UpdateCollection("Account", append(rows, record{"Id": "001000000000000AAA", "Name": "x"}), 200)
		return said{"outcomes": outcomes(r)}, err
	})
	step("upsert of a collection", func() (said, error) {
		r, err := s.sf.UpsertCollection("Account", key, []record{{"Name": "C1", key: "C-1"}, {"Name": "C5", key: "C-5"}}, 200)
		return said{"outcomes": outcomes(r)}, err
	})
	step("delete of a collection", func() (said, error) {
		rows, err := s.ids("SELECT Id FROM Account WHERE " + key + " IN ('C-4', 'C-5')")
		if err != nil {
			return nil, err
		}
		r, err := s.sf.DeleteCollection("Account", rows, 200)
		return said{"outcomes": outcomes(r)}, err
	})
}

func outcomes(r salesforce.SalesforceResults) []string {
	all := []string{}
	for _, one := range r.Results {
		outcome := "ok"
		if !one.Success && len(one.Errors) > 0 {
			outcome = one.Errors[0].StatusCode
		}
		all = append(all, outcome)
	}
	return all
}

func (s scenario) bulk() {
	step("bulk upsert with failed rows", func() (said, error) {
		var rows []record
		for i := range 2503 {
			rows = append(rows, record{
				key: fmt.Sprint("B-", i), "Name": fmt.Sprint("Asset ", i), "Quantity": "2.50",
				"SerialNumber": fmt.Sprintf("\"S\",\n%d", i), "Account." + key: "A-1",
			})
		}
		rows[7]["Name"], rows[8]["Account."+key], rows[9]["Quantity"] = "", "none", "many"
		return s.loaded(s.sf.UpsertBulk("Asset", key, rows, 10_000, true))
	})
	step("bulk load with an unknown column", func() (said, error) {
		return s.loaded(s.sf.InsertBulk("Asset", []record{{"Name": "x", "Nonsense__c": "1"}}, 10_000, true))
	})
	step("bulk query over pages", s.bulkQuery)
	step("query over pages", func() (said, error) {
		rows, err := s.ids("SELECT Id, Name FROM Asset")
		seen := map[any]bool{}
		for _, r := range rows {
			seen[r["Id"]] = true
		}
		return said{"records": len(rows), "ids": len(seen)}, err
	})
	step("bulk delete", func() (said, error) {
		rows, err := s.ids("SELECT Id FROM Asset WHERE " + key + " IN ('B-100', 'B-101')")
		if err != nil {
			return nil, err
		}
		return s.loaded(s.sf.DeleteBulk("Asset", rows, 10_000, true))
	})
	step("deletes seen by queryAll", func() (said, error) {
		rows, err := s.ids("SELECT Id FROM Asset")
		if err != nil {
			return nil, err
		}
		all, err := s.queryAll("SELECT+Id+FROM+Asset")
		return said{"query": len(rows), "queryAll": all}, err
	})
}

// loaded tells what became of a bulk load of one job.
func (s scenario) loaded(jobs []string, err error) (said, error) {
	if err != nil {
		return nil, err
	}
	r, err := s.sf.GetJobResults(jobs[0])
	if err != nil {
		return nil, err
	}
	failures := [][]any{}
	for _, row := range r.FailedRecords {
		failure, _, _ := strings.Cut(row["sf__Error"].(string), ":")
		failures = append(failures, []any{row[key], failure})
	}
	slices.SortFunc(failures, func(a, b []any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return said{"state": r.State, "successful": len(r.SuccessfulRecords), "failed": failures}, nil
}

func (s scenario) bulkQuery() (said, error) {
	dir, err := os.MkdirTemp("", "gosalesforce-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "assets.csv")
	if err := s.sf.QueryBulkExport("SELECT Id, "+key+", Quantity, Account.Name, SerialNumber FROM Asset", path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in := csv.NewReader(file)
	header, err := in.Read()
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	var sample []string
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return said{"header": header, "ids": len(ids), "sample": sample}, nil
		}
		if err != nil {
			return nil, err
		}
		ids[row[0]] = true
		if row[1] == "B-2" {
			sample = row[2:]
		}
	}
}

func (s scenario) errors() {
	step("malformed query", func() (said, error) {
		_, err := s.names("SELECT Name FORM Account")
		return nil, err
	})
	step("query of an unknown field", func() (said, error) {
		_, err := s.names("SELECT Nonsense FROM Account")
		return nil, err
	})
	step("query of an unknown object", func() (said, error) {
		_, err := s.names("SELECT Name FROM Nonsense")
		return nil, err
	})
	step("row that does not exist", func() (said, error) {
		return nil, s.sf.DeleteOne("Account", record{"Id": "001000000000000AAA"})
	})
	step("bulk load of an unknown object", func() (said, error) {
		_, err := s.sf.InsertBulk("Nonsense", []record{{"Name": "x"}}, 10_000, true)
		return nil, err
	})
	step("bulk query of an aggregate", func() (said, error) {
		return nil, s.sf.QueryBulkExport("SELECT COUNT(Id) FROM Asset", os.DevNull)
	})
}
