// Package e2e tests the whole house from outside: manifests go into a real control plane, the operator runs as its own
// process with its own browser, and a simulator stands in Clay's place. What the tests look at is what a user sees: the
// status of resources, the members in Clay, and the e-mails that went out.
package e2e
