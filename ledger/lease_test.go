package ledger_test

const racerEnv = "CROSSWALK_LEDGER_RACER"

func race(line string) int { return 1 }
