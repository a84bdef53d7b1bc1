package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/simulator/org"
)

// between asks for the changes of accounts.
func (w *world) between(kind string, start, end time.Time) answer {
	w.Helper()
	return w.get("/sobjects/Account/" + kind + "/?start=" + url.QueryEscape(start.Format(time.RFC3339)) + "&end=" + url.QueryEscape(end.Format("2006-01-02T15:04:05+00:00")))
}

func TestUpdatedListsTheRowsOfAWindow(t *testing.T) {
	w := start(t, Options{})
	id := w.create("Account", `{"Name":"a"}`)
	w.now = noon.Add(10*time.Minute + 30*time.Second)
	w.between("updated", noon.Add(-time.Hour), noon.Add(5*time.Minute+15*time.Second)).is(http.StatusOK).says(`{"ids":["` + id + `"],"latestDateCovered":"2026-03-01T12:05:00.000+0000"}`)
	w.between("updated", noon.Add(time.Minute), noon.Add(time.Hour)).is(http.StatusOK).says(`{"ids":[],"latestDateCovered":"2026-03-01T12:10:00.000+0000"}`)
}

func TestDeletedListsTheRowsOfAWindow(t *testing.T) {
	w := start(t, Options{})
	id := w.create("Account", `{"Name":"a"}`)
	w.send("DELETE", "/sobjects/Account/"+id, "").is(http.StatusNoContent)
	w.now = noon.Add(10 * time.Minute)
	w.between("deleted", noon.Add(-time.Hour), noon.Add(5*time.Minute)).is(http.StatusOK).
		says(`{"deletedRecords":[{"id":"` + id + `","deletedDate":"2026-03-01T12:00:00.000+0000"}],"earliestDateAvailable":"2026-02-14T12:10:00.000+0000","latestDateCovered":"2026-03-01T12:05:00.000+0000"}`)
}

func TestWrongWindowsAreRefused(t *testing.T) {
	w := start(t, Options{})
	day := 24 * time.Hour
	for name, a := range map[string]answer{
		"too short":           w.between("updated", noon.Add(-time.Minute), noon.Add(-30*time.Second)),
		"backwards":           w.between("updated", noon, noon.Add(-time.Hour)),
		"too old":             w.between("updated", noon.Add(-31*day), noon),
		"too old for deletes": w.between("deleted", noon.Add(-16*day), noon),
		"future":              w.between("updated", noon.Add(day), noon.Add(2*day)),
		"no times":            w.get("/sobjects/Account/updated"),
	} {
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, "INVALID_REPLICATION_DATE") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	w.between("updated", noon.Add(-29*day), noon).is(http.StatusOK)
}

func TestAnOpenTransactionHoldsWhatIsCoveredBack(t *testing.T) {
	w := start(t, Options{})
	late := w.server.Org().BeginLate()
	w.now = noon.Add(10 * time.Minute)
	w.between("updated", noon.Add(-time.Hour), w.now).is(http.StatusOK).says(`{"ids":[],"latestDateCovered":"2026-03-01T12:00:00.000+0000"}`)
	results, err := late.Apply(t.Context(), []org.Change{{Object: "Account", Op: org.Insert, Values: map[string]org.Cell{"Name": org.Text("late")}}}, true)
	if err != nil {
		t.Fatal(err)
	}
	w.between("updated", noon, w.now).is(http.StatusOK).says(`{"ids":["` + results[0].ID + `"],"latestDateCovered":"2026-03-01T12:10:00.000+0000"}`)
}

func TestALateCommitStampsItsRowsWithItsBegin(t *testing.T) {
	w := start(t, Options{Faults: []faults.Rule{{Kind: faults.LateCommit, Path: "/sobjects/Account", By: 3 * time.Minute, First: 1}}})
	w.create("Account", `{"Name":"late"}`)
	w.create("Account", `{"Name":"prompt"}`)
	w.find("SELECT Name, SystemModstamp FROM Account ORDER BY Name").says(`{"totalSize":2,"done":true,"records":[` +
		`{"attributes":{"type":"Account","url":"*"},"Name":"late","SystemModstamp":"2026-03-01T11:57:00.000+0000"},` +
		`{"attributes":{"type":"Account","url":"*"},"Name":"prompt","SystemModstamp":"2026-03-01T12:00:00.000+0000"}]}`)
	if covered := w.between("updated", noon.Add(-time.Hour), noon).member("latestDateCovered"); covered != "2026-03-01T11:57:00.000+0000" {
		t.Errorf("covered up to %s, though a transaction may be open since 11:57", covered)
	}
}
