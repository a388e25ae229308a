// Package seat is the domain: who has a seat in a Clay workspace, who should have one, and which changes lead from the
// one to the other without breaking a safety rule.
//
// Everything here is pure. The package knows no Kubernetes, no browser, no I/O and no clock but the one it is given, and
// it imports nothing but the standard library.
package seat
