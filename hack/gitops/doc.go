// Package gitops holds the tests of the operator under Argo CD and Flux. They run those tools' own code: Argo CD's Lua, its settings,
// its comparison and its sync engine, and Flux's computation of health. They are a module of their own, so that what these tools need
// stays away from the operator. Run them by make gitops.
package gitops
