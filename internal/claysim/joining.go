package claysim

import "slices"

// reasonAgainstAccess is why what the dialog that invites asks for besides a seat cannot be given.
func (ws *workspace) reasonAgainstAccess(form inviteForm) *refusal {
	switch {
	case len(form.GroupIDs) > 0 && !ws.Plan.offersGroups():
		return forbidden(sentenceGroupPlan)
	case len(form.BudgetIDs) > 0 && !ws.Plan.offersGroups():
		return forbidden(sentenceBudgetPlan)
	case slices.ContainsFunc(form.GroupIDs, func(id int) bool { return ws.groupByID(id) == nil }):
		return notFound(sentenceNoGroup)
	case slices.ContainsFunc(form.BudgetIDs, func(id int) bool { return ws.budgetByID(id) == nil }):
		return notFound(sentenceNoBudget)
	}
	return nil
}

// join puts somebody who accepted an invitation where it says, as far as that is still there. A budget that a group brings with it,
// or that is open to everybody, is not granted to the person as well; how Clay does that is unknown.
func (ws *workspace) join(userID int, invitation Invitation) {
	for _, id := range invitation.groups {
		if into := ws.groupByID(id); into != nil && !slices.Contains(into.members, userID) {
			into.members = append(into.members, userID)
		}
	}
	for _, id := range invitation.budgets {
		if into := ws.budgetByID(id); into != nil && !into.openTo(invitation.groups) && !slices.Contains(into.users, userID) {
			into.users = append(into.users, userID)
		}
	}
}
