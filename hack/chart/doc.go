// Package chart tests the Helm chart in charts/clay-operator, and the kustomizations in config: what they render, what they refuse, and what a real
// API server makes of it, from the first installation to the last. "make chart" runs it.
//
// It is a module of its own and sees of the operator only what a user sees: the chart, the manifests and the API server.
package chart
