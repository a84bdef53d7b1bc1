package record

import "strings"

// arenaBlock is the size of the blocks that an Arena allocates. One kept
// string keeps its block alive, so blocks are small.
const arenaBlock = 32 << 10

// Arena turns many short byte slices into strings with few allocations. The
// strings stay valid for ever; memory is freed block by block once no string
// of the block is held any more. The zero Arena is ready for use.
type Arena struct {
	block *strings.Builder
}

// String returns a copy of p as a string.
func (a *Arena) String(p []byte) string {
	if len(p) == 0 {
		return ""
	}
	if len(p) > arenaBlock/8 {
		return string(p)
	}
	if a.block == nil || a.block.Len()+len(p) > a.block.Cap() {
		a.block = new(strings.Builder)
		a.block.Grow(arenaBlock)
	}
	start := a.block.Len()
	a.block.Write(p)
	return a.block.String()[start:]
}
