package salesforce

// longID returns an id of 15 characters, which are told apart by case, in its
// form of 18, which is told apart without; anything else as it is. The three
// more characters say which of the 15 are capitals, five for each.
func longID(id string) string {
	if len(id) != 15 {
		return id
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
	long := append(make([]byte, 0, 18), id...)
	for group := 0; group < 15; group += 5 {
		capitals := 0
		for i, c := range []byte(id[group : group+5]) {
			switch {
			case c >= 'A' && c <= 'Z':
				capitals |= 1 << i
			case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			default:
				return id
			}
		}
		long = append(long, digits[capitals])
	}
	return string(long)
}
