// Package controllers reconciles ClayWorkspaces, ClayUsers and ClayGroups.
//
// One reconcile of a ClayWorkspace is a pass: read the members in Clay, list the ClayUsers, plan the difference, make it in
// one browser session, read back, publish what was found, and report. The workspace's queue makes passes of one workspace
// follow each other and gathers the wishes of its ClayUsers into one pass. A ClayUser's reconcile never touches Clay: it
// keeps the finalizer, reads what the last pass published, and writes the status.
//
// Nothing that a pass needs in order to be safe is kept in memory alone. The budget of removals and the intent to write
// are in the status of the workspace before anything is written in Clay, and a process that does not know what became of
// a writing reads twice before it invites anybody.
//
// The package decides nothing about seats (internal/seat does) and knows nothing of pages (the backend does).
package controllers
