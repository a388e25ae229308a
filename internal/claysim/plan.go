package claysim

import "slices"

// Plan is the billing plan of a workspace.
type Plan string

// The plans sold since March 2026, and the older plans that live on. What the traffic calls them is invented.
const (
	PlanLaunch           Plan = "launch"
	PlanGrowth           Plan = "growth"
	PlanEnterprise       Plan = "enterprise"
	PlanLegacyStarter    Plan = "starter"
	PlanLegacyExplorer   Plan = "explorer"
	PlanLegacyPro        Plan = "pro"
	PlanLegacyEnterprise Plan = "legacy-enterprise"
)

// Plans are all of them, those that are sold first.
func Plans() []Plan {
	return []Plan{
		PlanLaunch, PlanGrowth, PlanEnterprise, PlanLegacyStarter, PlanLegacyExplorer, PlanLegacyPro, PlanLegacyEnterprise,
	}
}

// offeredRoles are the roles that the plan lets an admin give, in menu order.
func offeredRoles(plan Plan, salesRepBeta bool) []Role {
	roles := []Role{RoleAdmin, RoleEditor}
	if plan == PlanEnterprise {
		roles = append(roles, RoleViewer)
	}
	if salesRepBeta {
		roles = append(roles, RoleSalesRep)
	}
	return roles
}

// offersGroups reports whether the plan has groups and budgets. The documentation names Enterprise for both, and does not say whether
// that means the older one too: that it does not is assumed, and nothing may rely on it.
func (p Plan) offersGroups() bool { return p == PlanEnterprise }

// offersLimits reports whether the plan has limits of what a person may spend through MCP.
func (p Plan) offersLimits() bool {
	return slices.Contains([]Plan{PlanLaunch, PlanGrowth, PlanEnterprise, PlanLegacyEnterprise}, p)
}
