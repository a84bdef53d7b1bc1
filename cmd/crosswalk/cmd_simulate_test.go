package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crosswalk/internal/simulator"
)

// simulateUntil serves until a test has done what it wants with the org at the URL.
func simulateUntil(t *testing.T, o simulateOptions, do func(url string)) {
	t.Helper()
	a := newApp()
	out, in := io.Pipe()
	a.stdout = in
	o.listen = "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := a.simulate(ctx, o)
		in.CloseWithError(err)
		ended <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, names, _ := strings.Cut(strings.TrimPrefix(line, "Salesforce at "), ",")
	if !strings.Contains(names, "demo-client") || strings.Contains(names, "demo-secret") {
		t.Errorf("it says %q", line)
	}
	do(url)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// ask sends a request with the session that client credentials open.
func ask(t *testing.T, url, path string) string {
	t.Helper()
	token := exchange(t, http.MethodPost, url+"/services/oauth2/token?", "", "grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret")
	_, rest, _ := strings.Cut(token, `"access_token":"`)
	token, _, _ = strings.Cut(rest, `"`)
	return exchange(t, http.MethodGet, url+path, token, "")
}

func exchange(t *testing.T, method, url, token, form string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestASimulatedOrgIsKeptInItsFile(t *testing.T) {
	dir := t.TempDir()
	data, load := filepath.Join(dir, "org.db"), filepath.Join(dir, "rows.jsonl")
	write(t, load, `{"object":"Account","field":{"name":"Key__c","type":"string","length":20,"externalId":true,"unique":true}}
{"attributes":{"type":"Account"},"Name":"Acme","Key__c":"1"}
`)
	const path = "/services/data/v64.0/query?q=SELECT+Name,Key__c+FROM+Account"
	simulateUntil(t, simulateOptions{data: data, load: load}, func(url string) {
		if got := ask(t, url, path); !strings.Contains(got, `"Name":"Acme","Key__c":"1"`) {
			t.Errorf("after loading: %s", got)
		}
	})
	simulateUntil(t, simulateOptions{data: data}, func(url string) {
		if got := ask(t, url, path); !strings.Contains(got, `"Name":"Acme","Key__c":"1"`) {
			t.Errorf("after a second start: %s", got)
		}
	})
	if err := newApp().simulate(t.Context(), simulateOptions{data: data, load: load}); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("loading into an org that is there: %v", err)
	}
}

func TestALoadThatWasKilledBeginsAnew(t *testing.T) {
	dir := t.TempDir()
	o := simulateOptions{data: filepath.Join(dir, "org.db"), load: filepath.Join(dir, "rows.jsonl")}
	write(t, o.load, `{"attributes":{"type":"Account"},"Name":"Acme"}`)
	killed, err := fillSimulator(t.Context(), simulator.Options{Path: o.data + ".partial"}, o.load)
	if err != nil {
		t.Fatal(err)
	}
	if err := newApp().simulate(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another simulator serves it") {
		t.Errorf("two loads at once: %v", err)
	}
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	simulateUntil(t, o, func(url string) {
		if got := ask(t, url, "/services/data/v64.0/query?q=SELECT+COUNT()+FROM+Account"); !strings.Contains(got, `"totalSize":1,`) {
			t.Error(got)
		}
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFaultsOfAFileStrike(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faults.yaml")
	write(t, file, "seed: 7\nfaults:\n  - {fault: unavailable, path: /limits, first: 1, retry_after: 1s}\n")
	simulateUntil(t, simulateOptions{faults: file}, func(url string) {
		if got := ask(t, url, "/services/data/v64.0/limits"); !strings.Contains(got, "SERVER_UNAVAILABLE") {
			t.Error(got)
		}
		if got := ask(t, url, "/services/data/v64.0/limits"); !strings.Contains(got, "DailyApiRequests") {
			t.Error(got)
		}
	})
}

func TestWrongFilesOfASimulatorAreNamed(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "org.db")
	file := func(name, text string) string {
		write(t, filepath.Join(dir, name), text)
		return filepath.Join(dir, name)
	}
	for name, c := range map[string]struct {
		options simulateOptions
		want    string
	}{
		"unknown fault": {simulateOptions{faults: file("a.yaml", "faults:\n  - fault: flood\n")}, "a.yaml:2:12: expected a text, found \"flood\": no such fault; there are session-expired"},
		"two choices":   {simulateOptions{faults: file("b.json", `{"faults": [{"fault": "unavailable", "first": 1, "every": 2}]}`)}, "b.json:1:13: give one of first, every and probability"},
		"unknown key":   {simulateOptions{faults: file("c.yaml", "faults: []\nspeed: 3\n")}, "c.yaml:2:1: unknown key `speed`"},
		"no faults":     {simulateOptions{faults: filepath.Join(dir, "none.yaml")}, "no such file"},
		"bad row":       {simulateOptions{data: data, load: file("d.jsonl", "{\"attributes\":{\"type\":\"Account\"},\"Name\":\"A\"}\n{\"attributes\":{\"type\":\"Account\"}}\n")}, "d.jsonl: line 2: Account: REQUIRED_FIELD_MISSING"},
		"no key":        {simulateOptions{key: file("e.pem", "nothing")}, "e.pem: no PEM block"},
		"address":       {simulateOptions{listen: "127.0.0.1:99999"}, "serve on 127.0.0.1:99999: "},
	} {
		err := newApp().simulate(t.Context(), c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, which is not %q", name, err, c.want)
		}
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("an org that could not be filled stays")
	}
}

func TestAPublicKeyIsRead(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	got, err := readPublicKey(file)
	if err != nil || !got.Equal(&key.PublicKey) {
		t.Errorf("%v, %v", got, err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
