// Package seattest models what Clay and the operator's memory do with a plan, for tests and for scripted stand-ins of the
// browser. Nothing that ships imports it.
package seattest
