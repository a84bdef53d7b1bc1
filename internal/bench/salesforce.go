package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"crosswalk/connectors"
	"crosswalk/connectors/csvfile"
	"crosswalk/connectors/salesforce"
	"crosswalk/record"
)

// measureSalesforce measures Bulk jobs against the simulator, which runs in a
// process of its own: assets are written from a CSV file and read back. The
// simulator counts the API calls, so that nobody has to believe the client.
func measureSalesforce(ctx context.Context, o options, dir string, t *table) error {
	s, err := startOrg(ctx, o, dir)
	if err != nil {
		return err
	}
	defer s.stop()
	wrote, err := s.counted(func() (usage, error) {
		// 3 says that the proof was left out, which is measured on its own.
		return measure(ctx, s.dir, []int{3}, o.binary, "migrate", "bench", "--to", "crm", "--no-reconcile", "-q")
	})
	if err != nil {
		return err
	}
	compared, err := s.counted(func() (usage, error) {
		return measure(ctx, s.dir, nil, o.binary, "reconcile", "bench", "--to", "crm", "-q")
	})
	if err != nil {
		return err
	}
	t.calls(fmt.Sprintf("write %d Assets", o.rows), wrote, 40)
	t.calls(fmt.Sprintf("reconcile %d Assets", o.rows), compared, 20)
	bulk, file, err := s.readBoth(ctx)
	if err != nil {
		return err
	}
	t.cpu(fmt.Sprintf("Bulk read of %d Assets", o.rows), bulk, file, "the same CSV from disk", 2)
	return nil
}

// simulated is an org in a process of its own, and a workspace beside it.
type simulated struct {
	options
	dir, url string
	process  *exec.Cmd
}

func startOrg(ctx context.Context, o options, dir string) (*simulated, error) {
	s := &simulated{options: o}
	var err error
	if s.dir, err = os.MkdirTemp(dir, "org-"); err != nil {
		return nil, err
	}
	if err := writeAssets(filepath.Join(s.dir, "assets.csv"), o.rows); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "org.jsonl"), []byte(orgFile()), 0o600); err != nil {
		return nil, err
	}
	s.process = exec.CommandContext(ctx, o.binary, "simulate", "salesforce", "--data", "org.db", "--load", "org.jsonl", "--json")
	s.process.Dir = s.dir
	out, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	var started struct{ URL string }
	if err := json.NewDecoder(out).Decode(&started); err != nil {
		s.stop()
		return nil, fmt.Errorf("the simulator did not start: %w", err)
	}
	s.url = started.URL
	return s, s.writeWorkspace()
}

func (s *simulated) stop() {
	_ = s.process.Process.Signal(os.Interrupt)
	_ = s.process.Wait()
}

// counted runs a measurement and asks the org how many API calls it took.
func (s *simulated) counted(run func() (usage, error)) (usage, error) {
	before, err := s.remaining()
	if err != nil {
		return usage{}, err
	}
	u, err := run()
	if err != nil {
		return u, err
	}
	after, err := s.remaining()
	u.calls = before - after - 1 // less the question itself
	return u, err
}

// remaining is the number of API calls that the org still allows today.
func (s *simulated) remaining() (int, error) {
	var login struct {
		Token string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {demoClient}, "client_secret": {demoSecret}}
	response, err := http.PostForm(s.url+"/services/oauth2/token", form)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&login); err != nil {
		return 0, err
	}
	request, err := http.NewRequest(http.MethodGet, s.url+"/services/data/v64.0/limits", nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+login.Token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	var limits struct {
		DailyAPIRequests struct{ Remaining int } `json:"DailyApiRequests"`
	}
	return limits.DailyAPIRequests.Remaining, errors.Join(json.NewDecoder(answer.Body).Decode(&limits))
}

// readBoth reads the assets through the Bulk API and from the file, each in a
// process of its own.
func (s *simulated) readBoth(ctx context.Context) (bulk, file usage, err error) {
	self, err := os.Executable()
	if err != nil {
		return bulk, file, err
	}
	return pair(s.runs,
		func() (usage, error) { return measure(ctx, s.dir, nil, self, "-read", s.url) },
		func() (usage, error) { return measure(ctx, s.dir, nil, self, "-read", "assets.csv") })
}

// readAll reads the assets of an org, or of a file, and does nothing with them.
func readAll(ctx context.Context, where string) error {
	debug.SetGCPercent(200) // as crosswalk does
	source, table, fields, err := openAssets(ctx, where)
	if err != nil {
		return err
	}
	defer source.Close()
	rows, err := source.Read(ctx, connectors.Query{Table: table, Fields: fields})
	if err != nil {
		return err
	}
	defer rows.Close()
	var b record.Batch
	for {
		if err := rows.Read(ctx, &b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func openAssets(ctx context.Context, where string) (connectors.Source, string, []string, error) {
	if !strings.HasPrefix(where, "http") {
		source, err := csvfile.Open(ctx, csvfile.Config{Table: csvfile.Table{Path: where}})
		return source, "assets", nil, err
	}
	source, err := salesforce.Open(ctx, salesforce.Config{URL: where, ClientID: demoClient, ClientSecret: demoSecret,
		ExternalIDs: map[string]string{"Account": "LICDB_Id__c", "Asset": "Entl_Key__c"}})
	return source, "Asset", assetFields, err
}

// writeAssets writes assets as a file. Its columns are assetColumns.
func writeAssets(path string, rows int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, strings.Join(assetColumns, ","))
	for n := range rows {
		fmt.Fprintf(w, "%08d-6f2c-5e1b-9d3a-0123456789ab,Fleet Endpoint Pack %d,C-%04d,%d,2024-%02d-%02d,2025-%02d-%02d,Installed,SN-%09d,bench\n",
			n, n%97, n%accounts, n%500+1, n%12+1, n%28+1, n%12+1, n%28+1, n)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}
