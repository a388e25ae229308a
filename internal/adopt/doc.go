// Package adopt makes resources of what a workspace in Clay has: those whose first plan is empty.
//
// It is pure: no I/O, no clock, no cluster, no browser. The same reading makes the same resources.
package adopt
