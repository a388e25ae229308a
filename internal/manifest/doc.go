// Package manifest is the way between files and resources: it reads manifests that are not applied yet, checks them against the resource
// definitions as the API server would, lays them over what a cluster has, and writes the manifests of an import into a directory.
//
// It asks no cluster for anything but to read, and decides nothing about a seat.
package manifest
