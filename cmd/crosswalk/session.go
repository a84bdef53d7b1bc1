package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"crosswalk/connectors"
	"crosswalk/connectors/hubstore"
	"crosswalk/hub"
	"crosswalk/internal/process"
	"crosswalk/internal/workspace"
	"crosswalk/ledger"
	"crosswalk/mapping"
	"crosswalk/pipeline"
)

// session is an open workspace. The hub is one of its systems.
type session struct {
	app     *app
	ws      *workspace.Workspace
	store   *hubstore.Store
	ledger  *ledger.Ledger
	systems map[string]connectors.Source
}

// open reads the workspace and opens the hub and the ledger.
func (a *app) open(ctx context.Context) (*session, error) {
	ws, err := workspace.Load(a.env)
	if err != nil {
		return nil, err
	}
	if err := ws.Check(a.registry); err != nil {
		return nil, err
	}
	s := &session{app: a, ws: ws, systems: map[string]connectors.Source{}}
	if s.store, err = hubstore.Open(ctx, hubstore.Config{Driver: hub.Dialect(ws.Hub.Driver), Path: ws.Hub.Path, DSN: ws.Hub.DSN}); err != nil {
		return nil, err
	}
	if s.ledger, err = ledger.Open(ctx, ledger.Config{Driver: ws.Ledger.Driver, DSN: ws.Ledger.Location(), Now: a.now, Gone: process.Gone}); err != nil {
		s.Close()
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return s, nil
}

// Close closes what is open and says what it has cost.
func (s *session) Close() {
	s.showCalls()
	for _, source := range s.systems {
		source.Close()
	}
	if s.ledger != nil {
		s.ledger.Close()
	}
	if s.store != nil {
		s.store.Close()
	}
}

// system opens a system once.
func (s *session) system(ctx context.Context, name string) (connectors.Source, error) {
	if name == mapping.Hub {
		return s.store, nil
	}
	if source, ok := s.systems[name]; ok {
		return source, nil
	}
	source, err := s.ws.Open(ctx, s.app.registry, name)
	if err == nil {
		s.systems[name] = source
	}
	return source, err
}

// flows compiles the mappings of a route against its systems.
func (s *session) flows(ctx context.Context, r route, progress pipeline.Progress, record pipeline.Recorder, deletes workspace.DeleteCap) (*pipeline.Flows, error) {
	mappings := r.line.To(r.to)
	systems := map[string]connectors.Source{}
	for _, m := range mappings {
		source, err := s.system(ctx, m.Source.System)
		if err != nil {
			return nil, err
		}
		systems[m.Source.System] = source
	}
	target, err := s.target(ctx, r.to)
	if err != nil {
		return nil, err
	}
	expected, err := s.lastReads(ctx, r)
	if err != nil {
		return nil, err
	}
	job := pipeline.Job{
		Line: r.line.Code, Mappings: mappings, Systems: systems, Target: target, Masked: s.masked,
		ReadFile: os.ReadFile, MaskKey: s.ws.MaskKey, Readers: 2, Progress: progress, Expected: func(mapping string) int64 { return expected[mapping] }, Record: record,
		Deletes: pipeline.DeleteCap{Rows: deletes.Rows, Percent: deletes.Percent},
	}
	if r.inHub() {
		job.Allowed = allowed()
	}
	return pipeline.Compile(ctx, job)
}

// lastReads is how many rows each mapping of a route read the last time.
func (s *session) lastReads(ctx context.Context, r route) (map[string]int64, error) {
	reads := map[string]int64{}
	for _, kind := range []string{"reconcile", "migrate", "plan"} {
		runs, err := s.ledger.Runs(ctx, ledger.RunFilter{Line: r.line.Code, Target: r.to, Kind: kind, Limit: 1})
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			counts, err := s.ledger.Counts(ctx, run.ID)
			if err != nil {
				return nil, err
			}
			for _, c := range counts {
				reads[c.Source] = c.Read
			}
		}
		if len(reads) > 0 {
			break
		}
	}
	return reads, nil
}

// allowed looks values up in the hub's model.
func allowed() func(table, column string) []string {
	values := map[string][]string{}
	for _, t := range hub.Tables() {
		for _, c := range t.Columns {
			values[t.Name+"."+c.Name] = c.In
		}
	}
	return func(table, column string) []string { return values[table+"."+column] }
}

// operator is who runs the command, as the ledger remembers it.
func (a *app) operator() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		return name
	}
	return name + "@" + host
}

// holder names this process in a lease.
func (a *app) holder() string { return a.operator() + " " + process.Self() }

// absolute makes a path given on the command line hold after the change of
// folder that --workspace asks for.
func (a *app) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.cwd, path)
}
