package sidecar

import (
	"context"
	"time"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// ObserveAccess implements Backend.
func (f fake) ObserveAccess(ctx context.Context, workspace Workspace, scope access.Scope) (AccessObservation, error) {
	return f.observeAccess(ctx, workspace, scope)
}

// ApplyAccess implements Backend.
func (f fake) ApplyAccess(ctx context.Context, workspace Workspace, changes []access.Change, report func(Outcome)) (AccessObservation, error) {
	return f.applyAccess(ctx, workspace, changes, report)
}

// fullScope has every field set.
func fullScope() access.Scope {
	return access.Scope{Sections: access.Sections(), Groups: []string{"East", "West & Co"}, Budgets: []string{"Sales"}}
}

// fullState has every field set.
func fullState() access.State {
	limit, standard := int64(1_000_000_000_000), int64(10)
	return access.State{
		WorkspaceID: "12345",
		Plan:        "Enterprise",
		Groups: access.GroupList{Offer: access.Offered, Complete: true, Groups: []access.Group{
			{Name: "East", ID: "g1", Description: "Those in the east\nand beyond", Members: []seat.Email{"jo@example.com", "kim@example.com"}, Complete: true},
		}},
		Budgets: access.BudgetList{Offer: access.Offered, Complete: true, Budgets: []access.Budget{
			{
				Name: "Sales", ID: "b1", CreditLimit: 500, Used: 20, Everyone: true, Users: []seat.Email{"jo@example.com"}, Groups: []string{"East"},
				Complete: true,
			},
		}},
		Limits: access.LimitList{Offer: access.Offered, Complete: true, Default: &standard, People: []access.PersonLimit{
			{Email: "jo@example.com", Limit: &limit, Used: 7},
		}},
		ReadAt: time.Date(2026, 9, 1, 12, 30, 15, 123456789, time.UTC),
	}
}

// fullAccess has every field set.
func fullAccess() AccessObservation {
	drift := Faultf(Drift, ReasonPageChanged, "another page")
	return AccessObservation{
		Observation: fullObservation(),
		State:       fullState(),
		Faults:      map[access.Section]*Fault{access.SectionBudgets: fullFault(), access.SectionLimits: drift},
	}
}

// fullAccessChanges hold every field and every verb.
func fullAccessChanges() []access.Change {
	from := int64(100)
	changes := []access.Change{
		{Verb: access.RemoveFromGroup, Group: "East", Email: "jo@example.com", Owner: "team/jo"},
		{Verb: access.RevokeBudget, Budget: "Sales", Email: "jo@example.com", Owner: "team/jo"},
		{Verb: access.CreateGroup, Group: "West & Co", Description: "Those in the west\nand beyond", Owner: "team/west"},
		{Verb: access.DescribeGroup, Group: "East", Description: "Those in the east"},
		{Verb: access.CreateBudget, Budget: "Ops", Credits: 500, Everyone: true},
		{Verb: access.EditBudget, Budget: "Sales", Credits: 0, Groups: []string{"East", "West & Co"}, From: &from, FromGroups: []string{"East", "South"}},
		{Verb: access.ResetBudget, Budget: "Sales", From: &from},
		{Verb: access.SetDefaultLimit, Credits: 10},
		{Verb: access.AddToGroup, Group: "East", Email: "kim@example.com", Owner: "team/kim"},
		{Verb: access.GrantBudget, Budget: "Sales", Email: "kim@example.com", Owner: "team/kim"},
		{Verb: access.SetLimit, Email: "kim@example.com", Credits: 1_000_000_000_000, From: &from, Owner: "team/kim"},
		{Verb: access.DeleteBudget, Budget: "Old"},
		{Verb: access.DeleteGroup, Group: "Old"},
	}
	return changes
}
