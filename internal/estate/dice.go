package estate

// dice is a random source of one row. Each row has its own, made from the
// seed, the kind of row and its number, so that a change in how one row is
// made moves no other row.
type dice struct{ state uint64 }

func newDice(seed uint64, kind string, number int) *dice {
	h := mix(seed)
	for i := range len(kind) {
		h = mix(h ^ uint64(kind[i]))
	}
	return &dice{mix(h ^ uint64(number))}
}

// mix is the finalizer of splitmix64: a bijection that scatters all bits.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	return mix(d.state)
}

// n returns a number from 0 to k-1.
func (d *dice) n(k int) int { return int(d.next() % uint64(k)) }

// between returns a number from low to high.
func (d *dice) between(low, high int) int { return low + d.n(high-low+1) }

// chance is true with probability p.
func (d *dice) chance(p float64) bool {
	return float64(d.next()>>11) < p*(1<<53)
}

// weighted returns i with probability weights[i] in 100; the weights add up to 100.
func (d *dice) weighted(weights ...int) int {
	at := d.n(100)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func pick[T any](d *dice, from []T) T { return from[d.n(len(from))] }
