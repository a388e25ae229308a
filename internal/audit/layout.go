package audit

// Where things are in a store.
const (
	trailPrefix = "trail/"

	headKey = trailPrefix + "head.json"
)
