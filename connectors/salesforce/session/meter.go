package session

// Calls counts the API calls that this session made.
type Calls struct {
	Total  int            // sent, with repeats; logins do not count
	Kinds  map[string]int // by the resource called: query, sobjects, jobs/ingest, ...
	Logins int
	Used   int // calls of the last day by everybody, as the org last said; 0 if it did not
	Limit  int // how many the org may make in a day; 0 if it did not say
}

// Calls returns the counts so far.
func (s *Session) Calls() Calls { return Calls{} }
