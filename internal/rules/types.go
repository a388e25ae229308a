package rules

import "github.com/seatwright/clay-operator/internal/seat"

// Rule grants something to everybody whom its condition fits.
type Rule struct {
	// Name tells rules apart in statuses.
	Name string
	// Match is a CEL expression that yields true or false.
	Match string
	Grant Grant
}

// Grant is what a rule gives, or what a manifest names by itself. A field that is nil, or a role that is empty, says nothing.
type Grant struct {
	Role    seat.Role
	Groups  []string
	Budgets []string
	// Limit is the number of credits that the person may spend through MCP in a month.
	Limit *int64
}

// Subject is a person whom rules look at.
type Subject struct {
	Email      seat.Email
	Attributes map[string]string
	// Groups are the names of the ClayGroups that the person is in.
	Groups []string
	// Own is what the manifest names by itself. It wins over every rule, field by field: a list that is empty but not nil grants nothing.
	Own Grant
}

// Entitlement is what somebody should have.
type Entitlement struct {
	// Role is empty where neither the manifest nor a rule names one.
	Role seat.Role
	// Groups and Budgets are sorted and hold no name twice.
	Groups, Budgets []string
	// Limit is nil where nobody names one.
	Limit *int64
	// Sources say who gave what: the role, each group and budget, the limit; in this order and then by name.
	Sources []Source
}

// What is a kind of thing that is granted.
type What string

// The things that are granted.
const (
	WhatRole   What = "Role"
	WhatGroup  What = "Group"
	WhatBudget What = "Budget"
	WhatLimit  What = "MCPCreditLimit"
)

// BySpec is the source of what a manifest names by itself. No rule can have this name.
const BySpec = "spec"

// Source says who gave something.
type Source struct {
	What What
	// Value is the role, the name of the group or budget, or the number of credits.
	Value string
	// By is BySpec, or the name of the first rule that gives it.
	By string
}
