package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"crosswalk/internal/estate"
	"crosswalk/internal/simulator"
)

// sample and sampleM are the sample workspaces, made when a test first asks.
var (
	sample  = &sampleFolder{size: "s"}
	sampleM = &sampleFolder{size: "m"}
)

// sampleFolder is a sample workspace that tests copy.
type sampleFolder struct {
	size string
	once sync.Once
	dir  string
	err  error
}

func (s *sampleFolder) make() (string, error) {
	s.once.Do(func() {
		if s.dir, s.err = os.MkdirTemp("", "crosswalk-sample-"); s.err != nil {
			return
		}
		if s.err = copyWorkspace(s.dir); s.err == nil {
			_, s.err = estate.Generate(context.Background(), s.dir, estate.Options{Size: s.size, Seed: demoSeed})
		}
	})
	return s.dir, s.err
}

// copyTo copies the workspace into dir.
func (s *sampleFolder) copyTo(dir string) error {
	from, err := s.make()
	if err != nil {
		return err
	}
	return os.CopyFS(dir, os.DirFS(from))
}

func (s *sampleFolder) remove() {
	if s.dir != "" {
		os.RemoveAll(filepath.Clean(s.dir))
	}
}

// serveOrg serves the Salesforce org of a sample workspace to the commands of a
// test.
func serveOrg(t *testing.T, ws string) {
	t.Helper()
	server, err := openSimulator(t.Context(), simulator.Options{Seed: demoSeed}, filepath.Join(ws, "salesforce", "org.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SALESFORCE_URL", url)
}
