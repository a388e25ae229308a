// Package cli holds the subcommands of clay-operator: manager, which reconciles the resources, browser, which works in Clay for
// it, login, by which a person signs in for it, and version.
//
// A subcommand reads its flags, puts the other rooms together, and runs them until it is told to end. Whatever decides something
// about a seat, a page or a status belongs into another room.
package cli
