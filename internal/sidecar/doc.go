// Package sidecar is the contract between the manager and the browser: what the one may ask of the other, over gRPC on a
// unix socket. It is as narrow as the domain. The manager asks for a reading of a workspace or for changes to it; no
// click, no address of a page and no selector crosses the socket.
//
// The package holds the protocol (sidecar.proto and the code generated from it), the client that the controllers use, the
// server that a Backend stands behind, the mapping of faults, and the ways to run a sidecar: as a child process or behind a
// socket that somebody else serves. It knows nothing of Playwright, of Clay's pages or of Kubernetes.
package sidecar
