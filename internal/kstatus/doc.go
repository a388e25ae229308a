// Package kstatus computes what generic tools, such as Argo CD and Flux, say of a resource, and finds conditions that contradict
// each other. Tests look with it at every resource that they leave behind. It is no part of the shipped program.
package kstatus
