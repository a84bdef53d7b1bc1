package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"crosswalk/internal/estate"
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
