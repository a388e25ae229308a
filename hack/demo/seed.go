package main

import "github.com/seatwright/clay-operator/internal/claysim"

// The simulator's world matches config/samples: the account and the workspace are the ones that the samples name.
const (
	workspaceID      = 12345
	operatorEmail    = "operator@example.com"
	operatorPassword = "correct-horse-battery-staple"
)

// seed is a workspace in which the samples find one of everything: somebody who is right already, somebody with another
// role, somebody to invite, a leaver, and a member whom no manifest names.
func seed() claysim.Seed {
	return claysim.Seed{
		Accounts: []claysim.Account{{Email: operatorEmail, Password: operatorPassword, Name: "Clay Operator"}},
		Workspaces: []claysim.Workspace{{
			ID: workspaceID, Name: "Example Sales", Plan: claysim.PlanEnterprise,
			Members: []claysim.Seat{
				{Email: "avery@example.com", Name: "Avery", Role: claysim.RoleAdmin},
				{Email: operatorEmail, Role: claysim.RoleAdmin},
				{Email: "blake@example.com", Name: "Blake", Role: claysim.RoleViewer},
				{Email: "emery@example.com", Name: "Emery", Role: claysim.RoleEditor},
				{Email: "finley@example.com", Name: "Finley", Role: claysim.RoleViewer},
				{Email: "gray@example.com", Name: "Gray", Role: claysim.RoleEditor},
			},
		}},
	}
}
