package simulator

// limit is one entry of the limits.
type limit struct {
	Max       int
	Remaining int
}

// limits answers GET limits. What the simulator does not count is never used.
func (s *Server) limits(*call) (reply, error) {
	all := map[string]limit{
		"DailyApiRequests":                  {s.budget.limit, s.budget.remaining()},
		"ConcurrentAsyncGetReportInstances": {200, 200},
		"DataStorageMB":                     {10_240, 10_240},
		"FileStorageMB":                     {10_240, 10_240},
		"HourlyTimeBasedWorkflow":           {1000, 1000},
	}
	for name, l := range s.jobs.Limits() {
		all[name] = limit(l)
	}
	return ok(all), nil
}
