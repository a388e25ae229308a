// Package report works out what a ClayWorkspace costs and what in it somebody should look at: members nobody asked for, seats without use,
// limits that are reached, the work that the operator took over. docs/report.md holds every formula.
//
// It is pure: it takes resources, what the audit trail tells, and a time, and yields figures; renderers write them as a table, as CSV and as a
// page. It talks to no cluster, no store and no browser. What is not known is said to be unknown, never guessed, and no amount of
// money is a floating-point number.
package report
