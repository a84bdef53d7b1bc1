package connectors

import "fmt"

// Metered is a Source whose calls are counted, since there are only so many a
// day. Without it, a run says nothing of what it used.
type Metered interface {
	// Usage is what was used until now. It may be asked while calls are made,
	// and after Close.
	Usage() Usage
}

// Usage counts calls to a system.
type Usage struct {
	Calls int // made by this Source
	Used  int // of the day's, by everybody, as the system last said
	Limit int // a day; 0 if the system did not say
}

// String returns what a run prints: 14 API calls, 3 % of today's limit used.
func (u Usage) String() string {
	text := fmt.Sprintf("%d API calls", u.Calls)
	if u.Calls == 1 {
		text = "1 API call"
	}
	if u.Limit > 0 {
		text += fmt.Sprintf(", %d %% of today's limit used", (100*u.Used+u.Limit-1)/u.Limit)
	}
	return text
}
