// Package cluster tries the whole operator on a real cluster: the images and the manifests, or the chart, as a user would install them, with
// the simulator in Clay's place. From the first seat over whatever dies in the middle of work to the uninstallation, the seats have to be right.
//
// It is only compiled with the build tag cluster, and run by `make e2e`: it needs a cluster of its own that has the images, and kubectl. It
// refuses one in which somebody else uses the operator.
package cluster
