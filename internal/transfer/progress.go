package transfer

// Progress is the state of the transfer of one thing.
type Progress struct {
	Upload bool   // else it is fetched
	Name   string // of a blob, its digest
	Done   int64  // bytes; less than before if the transfer restarted
	Total  int64
}
