// Package rules works out what a person is granted: by the manifest's own fields, which win, and by a workspace's ordered access rules, whose
// conditions are written in CEL over the person's attributes, groups and address.
//
// It is pure: an evaluation reads nothing but what it is given, and its cost is bounded.
package rules
