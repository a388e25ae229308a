// Package accesstest models what Clay does with changes to access, for tests and for scripted stand-ins of the browser. Nothing that ships
// imports it.
package accesstest
