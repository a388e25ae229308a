package controllers

import "time"

// hold keeps a workspace from being read again too soon, however often its ClayUsers wake it.
type hold struct {
	until time.Time
	// problem is what the hold waits for.
	problem *problem
	// fingerprint is what the failed attempt was made with; another one is worth an attempt at once.
	fingerprint string
}

// stands says whether there is still to be waited.
func (h hold) stands(fingerprint string, now time.Time) bool {
	if h.problem == nil || !now.Before(h.until) {
		return false
	}
	return h.problem.patience == ordered || h.fingerprint == fingerprint
}
