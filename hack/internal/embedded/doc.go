// Package embedded runs what the demo and the benchmarks need around them: a Kubernetes control plane without a cluster,
// and the operator as a child process. Both see the same operator that a user runs, over the same API.
//
// It knows nothing of Clay or of the simulator, and it is for programs in hack alone.
package embedded
