// Package access is the domain of what a member may use in a Clay workspace beyond the seat: groups, budgets of credits, and limits of the
// credits that a person may spend through MCP in a month. It works out which changes lead from what Clay shows to what the manifests ask for.
//
// Like internal/seat, which it builds upon, it is pure: no Kubernetes, no browser, no I/O and no clock. It gives and takes no seat; nothing
// here can remove a person from a workspace or invite one.
package access
