package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"crosswalk/internal/estate"
	"crosswalk/internal/simulator"
	"crosswalk/internal/workspace"
	"crosswalk/reconcile"
)

func (a *app) demoCommand() *cobra.Command {
	var size, dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The whole story on sample data: plan, apply, reconcile, report",
		Long: `Generates the sample estate of a fictional vendor: a legacy database, spreadsheets,
and a Salesforce org, which the demo serves itself. Plans, applies and reconciles
three product lines on SQLite, gives one of them back to Salesforce, and writes
the drift reports. Nothing outside the folder is touched.

Sizes: s has 2,000 users and 8,500 license lines, m ten times and l a hundred
times that.`,
		Example:     "  crosswalk demo\n  crosswalk demo --size m --dir /tmp/estate",
		Args:        cobra.NoArgs,
		Annotations: map[string]string{noWorkspace: "true"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), size, dir) },
	}
	cmd.Flags().StringVar(&size, "size", "s", "s, m or l")
	cmd.Flags().StringVar(&dir, "dir", "", "folder to make (default: a new one below the temporary folder)")
	return cmd
}

// demoLine is what the demo did with one line.
type demoLine struct {
	Plan      *reconcile.Report `json:"plan"`
	Apply     *reconcile.Report `json:"apply"`
	Reconcile *reconcile.Report `json:"reconcile"`
	Page      string            `json:"report_page"`
}

func (a *app) demo(ctx context.Context, size, dir string) (err error) {
	dir, err = demoFolder(a.absolute(dir))
	if err != nil {
		return err
	}
	started := a.now()
	if err := copyWorkspace(dir); err != nil {
		return err
	}
	a.say("Generating the sample estate (size %s) in %s\n", size, dir)
	if _, err := estate.Generate(ctx, dir, estate.Options{Size: size, Seed: demoSeed}); err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	org, err := a.demoOrg(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, org.Close()) }()
	ws, err := workspace.Load(a.env)
	if err != nil {
		return err
	}
	routes, story := demoRoutes(ws), map[string]demoLine{}
	for _, r := range routes {
		if story[r.name()], err = a.demoLine(ctx, r, dir); err != nil {
			return err
		}
	}
	var reports []*reconcile.Report
	for _, r := range routes {
		reports = append(reports, story[r.name()].Apply, story[r.name()].Reconcile)
	}
	if a.json {
		if err := a.printJSON(story); err != nil {
			return err
		}
		return worst(reports, nil)
	}
	a.say("\nDone in %s, with %d calls of Salesforce's API. The drift reports:\n", a.now().Sub(started).Round(100*time.Millisecond), org.TotalCalls())
	a.demoEnd(routes, story, dir)
	return worst(reports, nil)
}

// demoRoutes are all ways of the workspace: first into the hub, then out of it.
func demoRoutes(ws *workspace.Workspace) []route {
	var in, out []route
	for _, line := range ws.Lines {
		for _, to := range line.Targets() {
			if r := (route{line, to}); r.inHub() {
				in = append(in, r)
			} else {
				out = append(out, r)
			}
		}
	}
	return append(in, out...)
}

// orgFile keeps the Salesforce org of the demo, so that it can be served again.
const orgFile = "salesforce/org.db"

// demoOrg serves the Salesforce part of the estate, where the rest of the demo
// will look for it.
func (a *app) demoOrg(ctx context.Context) (*simulator.Server, error) {
	server, err := openSimulator(ctx, simulator.Options{Path: filepath.FromSlash(orgFile), Now: a.now, Seed: demoSeed}, filepath.FromSlash("salesforce/org.jsonl"))
	if err != nil {
		return nil, err
	}
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	lets := simulator.DemoCredentials()
	given := map[string]string{"SALESFORCE_URL": url, "SALESFORCE_CLIENT_ID": lets.ClientID, "SALESFORCE_CLIENT_SECRET": lets.ClientSecret}
	env := a.env
	a.env = func(name string) (string, bool) {
		if value, ok := given[name]; ok {
			return value, true
		}
		return env(name)
	}
	return server, nil
}

func demoFolder(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "crosswalk-demo-")
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// demoLine carries one line to one target as an engineer would.
func (a *app) demoLine(ctx context.Context, r route, dir string) (demoLine, error) {
	var done demoLine
	var err error
	title := r.line.Name
	if !r.inHub() {
		title += " to " + r.to
	}
	a.say("\n── %s ──\n", title)
	planFile := r.name() + ".plan"
	if done.Plan, err = a.makePlan(ctx, r.line.Code, planOptions{to: r.to, out: filepath.Join(dir, planFile), maxDeletes: -1}); err != nil {
		return done, err
	}
	a.say("$ crosswalk plan %s\n%s: %s\n", r.args(), done.Plan.Verdict, done.Plan.Message)
	if done.Apply, err = a.applyFile(ctx, filepath.Join(dir, planFile)); err != nil {
		return done, err
	}
	a.say("$ crosswalk apply %s\n%s: %s\n", planFile, done.Apply.Verdict, done.Apply.Message)
	s, err := a.open(ctx)
	if err != nil {
		return done, err
	}
	defer s.Close()
	if done.Reconcile, err = s.reconcileLine(ctx, r); err != nil {
		return done, err
	}
	a.endProgress()
	done.Page = filepath.Join(dir, "drift-"+r.name()+".html")
	err = writeFile(done.Page, func(w io.Writer) error { return reconcile.WriteHTML(w, done.Reconcile) })
	if err != nil || a.json {
		return done, err
	}
	a.say("$ crosswalk reconcile %s\n", r.args())
	return done, a.printReport(done.Reconcile, "")
}

func (a *app) demoEnd(routes []route, story map[string]demoLine, dir string) {
	for _, r := range routes {
		fmt.Fprintf(a.stdout, "  %s\n", story[r.name()].Page)
	}
	first := routes[0].args()
	fmt.Fprintf(a.stdout, `
Try next:
  cd %[1]s
  crosswalk simulate salesforce --data %[3]s &  # the org again, as it is now
  crosswalk migrate %[2]s                                   # writes nothing: it is all there
  sqlite3 hub.db "UPDATE users SET first_name='X' WHERE rowid=1"
  crosswalk reconcile %[2]s                                 # finds exactly that
  crosswalk plan %[2]s && crosswalk apply %[2]s.plan        # and repairs it
  crosswalk reconcile %[4]s                        # Salesforce still has what it was given
  crosswalk runs                                            # who did what, and when
`, dir, first, orgFile, routes[len(routes)-1].args())
}

// say tells the story on standard output, unless a machine listens.
func (a *app) say(format string, args ...any) {
	if !a.json {
		fmt.Fprintf(a.stdout, format, args...)
	}
}
