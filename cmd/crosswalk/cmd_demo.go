package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"crosswalk/internal/estate"
	"crosswalk/internal/workspace"
	"crosswalk/reconcile"
)

func (a *app) demoCommand() *cobra.Command {
	var size, dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The whole story on sample data: plan, apply, reconcile, report",
		Long: `Generates the sample estate of a fictional vendor with two legacy systems, plans,
applies and reconciles two product lines on SQLite, and writes the drift report.
Nothing outside the folder is touched.

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

func (a *app) demo(ctx context.Context, size, dir string) error {
	dir, err := demoFolder(a.absolute(dir))
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
	ws, err := workspace.Load(a.env)
	if err != nil {
		return err
	}
	story := map[string]demoLine{}
	for _, line := range ws.Lines {
		for _, to := range line.Targets() {
			r := route{line, to}
			done, err := a.demoLine(ctx, r, dir)
			if err != nil {
				return err
			}
			story[r.name()] = done
		}
	}
	if a.json {
		return a.printJSON(story)
	}
	a.demoEnd(ws, story, dir, a.now().Sub(started))
	for _, line := range story {
		if err := verdictExit(line.Reconcile); err != nil {
			return err
		}
	}
	return nil
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

func (a *app) demoEnd(ws *workspace.Workspace, story map[string]demoLine, dir string, took time.Duration) {
	fmt.Fprintf(a.stdout, "\nDone in %s. The drift reports:\n", took.Round(100*time.Millisecond))
	for _, line := range ws.Lines {
		for _, to := range line.Targets() {
			fmt.Fprintf(a.stdout, "  %s\n", story[route{line, to}.name()].Page)
		}
	}
	first := ws.Lines[0].Code
	fmt.Fprintf(a.stdout, `
Try next:
  cd %s
  crosswalk migrate %s                                   # writes nothing: it is all there
  sqlite3 hub.db "UPDATE users SET first_name='X' WHERE rowid=1"
  crosswalk reconcile %s                                 # finds exactly that
  crosswalk plan %s && crosswalk apply %s.plan        # and repairs it
  crosswalk runs                                            # who did what, and when
`, dir, first, first, first, first)
}

// say tells the story on standard output, unless a machine listens.
func (a *app) say(format string, args ...any) {
	if !a.json {
		fmt.Fprintf(a.stdout, format, args...)
	}
}
