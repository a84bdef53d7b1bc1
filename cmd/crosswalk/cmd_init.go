package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"crosswalk/internal/estate"
	"crosswalk/testdata"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a workspace that runs, to start from",
		Long: `Makes a folder with crosswalk.yaml, mappings and look-ups, and a small legacy
estate to try them on: a database, spreadsheets, and a Salesforce org, which
crosswalk simulate serves. Replace the systems by your own and the mappings with
them. A folder that already holds a workspace is left alone.`,
		Example:     "  crosswalk init /tmp/try && crosswalk check -w /tmp/try",
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{noWorkspace: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if err := copyWorkspace(dir); err != nil {
				return err
			}
			if _, err := estate.Generate(cmd.Context(), dir, estate.Options{Size: "s", Seed: demoSeed}); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.stdout, `Made a workspace in %s with a small sample estate.
Next: cd %s
      crosswalk simulate salesforce --load salesforce/org.jsonl &
      crosswalk check && crosswalk plan fleet
`, dir, dir)
			return err
		},
	}
}

// demoSeed makes every sample estate the same.
const demoSeed = 1

// copyWorkspace writes the sample workspace into dir, which must not hold one.
func copyWorkspace(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "crosswalk.yaml")); err == nil {
		return fmt.Errorf("%s already holds a workspace; choose another folder", dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	files, err := fs.Sub(testdata.Workspace, "workspace")
	if err != nil {
		return err
	}
	return fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
}
