package simulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The API versions: those below oldestVersion are retired, those above
// newestVersion do not exist yet. SOAP login ends with lastSOAPVersion.
const (
	firstVersion    = 20
	oldestVersion   = 31
	lastSOAPVersion = 64
	newestVersion   = 67
)

// apiVersion is a version such as 64, which clients write v64.0.
type apiVersion int

func (v apiVersion) String() string { return fmt.Sprintf("%d.0", int(v)) }

// base is the path under which the resources of a version stand.
func (v apiVersion) base() string { return "/services/data/v" + v.String() }

// release names the season of a version: three a year, beginning with
// version 31 in Summer '14. Winter and spring carry the next year's number.
func (v apiVersion) release() string {
	seasons := []string{"Summer", "Winter", "Spring"}
	n := int(v) - oldestVersion
	return fmt.Sprintf("%s '%d", seasons[n%3], 14+(n+2)/3)
}

// parseVersion reads the number of a version, written 64.0.
func parseVersion(text string) (apiVersion, error) {
	major, minor, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	switch {
	case err != nil || minor != "0" || n < firstVersion || n > newestVersion:
		return 0, errNotFound
	case n < oldestVersion:
		return 0, refuse(http.StatusGone, "GONE", "API version %d.0 is retired; the oldest is %d.0", n, oldestVersion)
	}
	return apiVersion(n), nil
}

// versions lists what the org offers. It needs no session.
func versions() reply {
	type entry struct {
		Label   string `json:"label"`
		URL     string `json:"url"`
		Version string `json:"version"`
	}
	var all []entry
	for v := apiVersion(oldestVersion); v <= newestVersion; v++ {
		all = append(all, entry{v.release(), v.base(), v.String()})
	}
	return ok(all)
}
