package claysim

import "slices"

// pageFault is a fault that the scripts of a document let happen.
type pageFault struct {
	ID    int       `json:"id"`
	Kind  FaultKind `json:"kind"`
	Label Label     `json:"label,omitempty"`
	Text  string    `json:"text,omitempty"`
	// Delay is in milliseconds.
	Delay int64 `json:"delay,omitempty"`
	// Left is how often it may still happen; 0 is always.
	Left int `json:"left,omitempty"`
}

// ofPages are the faults that a document takes with it. The scripts tell each
// time that one of them happens.
func (f *faults) ofPages() []pageFault {
	kinds := []FaultKind{
		FaultDoubledLabel, FaultSwallowedClick, FaultSlowClick, FaultNativeDialog, FaultDialogCloses, FaultRowsSwap, FaultReload,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var taken []pageFault
	for _, active := range f.on {
		if active.spent() || !slices.Contains(kinds, active.Kind) {
			continue
		}
		taken = append(taken, pageFault{
			ID: active.ID, Kind: active.Kind, Label: active.Label, Text: active.Text, Delay: active.Delay.Milliseconds(),
			Left: max(0, active.Times-active.Happened),
		})
	}
	return taken
}
