package main

import (
	"fmt"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	// workspaceID and workspaceName are those of every simulated workspace.
	workspaceID   = 4821
	workspaceName = "northwind"

	accountEmail    = "operator@example.com"
	accountName     = "Clay Operator"
	accountPassword = "correct horse battery staple"
)

// person is somebody whom a part invites, changes or removes. Roles are spelt as Clay's pages spell them.
type person struct {
	Email string       `json:"email"`
	Role  claysim.Role `json:"role"`
	From  claysim.Role `json:"from,omitempty"`
}

// givenRoles are the roles of invitations, in turn.
func givenRoles() []claysim.Role {
	return []claysim.Role{claysim.RoleEditor, claysim.RoleViewer, claysim.RoleSalesRep}
}

// people makes count persons with the roles in turn.
func people(kind string, count int, roles ...claysim.Role) []person {
	all := make([]person, count)
	for i := range all {
		all[i] = person{Email: fmt.Sprintf("%s.%04d@example.com", kind, i), Role: roles[i%len(roles)]}
	}
	return all
}

// startSimulator starts a simulator with one workspace of these members and the operator's account.
func startSimulator(members []person) (*claysim.Server, error) {
	seats := []claysim.Seat{{Email: accountEmail, Role: claysim.RoleAdmin}}
	for _, member := range members {
		seats = append(seats, claysim.Seat{Email: member.Email, Name: nameOf(member.Email), Role: member.Role})
	}
	simulator, err := claysim.Start(claysim.Options{Seed: claysim.Seed{
		Accounts: []claysim.Account{{Email: accountEmail, Password: accountPassword, Name: accountName}},
		Workspaces: []claysim.Workspace{{
			ID: workspaceID, Name: "Northwind Revenue", Plan: claysim.PlanEnterprise, SalesRepBeta: true, Members: seats,
		}},
	}})
	if err != nil {
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	return simulator, nil
}

// nameOf makes a name that is not the address, as people have.
func nameOf(email string) string { return "Person " + email[:len(email)-len("@example.com")] }

// manifest is the ClayUser of a person.
func (p person) manifest() *clayv1alpha1.ClayUser {
	name := p.Email[:len(p.Email)-len("@example.com")]
	return newUser(name, workspaceName, p.Email, p.wanted())
}

// wanted is the role in the manifest's spelling.
func (p person) wanted() clayv1alpha1.Role {
	if p.Role == claysim.RoleSalesRep {
		return clayv1alpha1.RoleSalesRep
	}
	return clayv1alpha1.Role(p.Role)
}

// manifests are the ClayUsers of people.
func manifests(all []person) []*clayv1alpha1.ClayUser {
	users := make([]*clayv1alpha1.ClayUser, len(all))
	for i, each := range all {
		users[i] = each.manifest()
	}
	return users
}

// effort is what was asked of Clay.
type effort struct {
	pages, calls, inviteDialogs, otherDialogs int
}

func effortOf(counters claysim.Counters) effort {
	var sum effort
	for _, count := range counters.Documents {
		sum.pages += count
	}
	for _, count := range counters.API {
		sum.calls += count
	}
	for name, count := range counters.Dialogs {
		if name == "invite" {
			sum.inviteDialogs += count
		} else {
			sum.otherDialogs += count
		}
	}
	return sum
}
