package main

import (
	"encoding/json"
	"fmt"

	"crosswalk/reconcile"
)

// printReport prints a report as text, with what to do next, or as JSON.
func (a *app) printReport(r *reconcile.Report, next string) error {
	if a.json {
		return reconcile.WriteJSON(a.stdout, r)
	}
	if err := reconcile.WriteText(a.stdout, r, reconcile.TextOptions{Width: a.width, Color: a.color}); err != nil {
		return err
	}
	if next == "" {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s\n", next)
	return err
}

// printJSON prints one indented document.
func (a *app) printJSON(v any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
