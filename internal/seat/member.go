package seat

import "time"

// Role is what a member may do in a workspace. Every member has exactly one.
type Role string

// The roles that Clay documents. Which of them a workspace offers depends on its plan.
const (
	RoleAdmin    Role = "Admin"
	RoleEditor   Role = "Editor"
	RoleViewer   Role = "Viewer"
	RoleSalesRep Role = "SalesRep"
)

// DefaultRole is what somebody gets whose manifest names no role.
const DefaultRole = RoleEditor

// Roles lists every known role.
func Roles() []Role { return []Role{RoleAdmin, RoleEditor, RoleViewer, RoleSalesRep} }

// Presence says how far somebody is on the way to a seat.
type Presence string

// The three states of a seat. A pending invitation is not a seat: it becomes one only when it is accepted.
const (
	Absent  Presence = "Absent"
	Pending Presence = "Pending"
	Active  Presence = "Active"
)

// Member is one line of Clay's list of members: somebody with a seat, or with an invitation to one.
type Member struct {
	// Email identifies the member; Clay has no other stable name for an invitation.
	Email Email
	// ID is Clay's own id, empty where Clay did not tell it (invitations, lists read from the page).
	ID string
	// Name is what Clay shows, for people only.
	Name string
	// Role is empty where Clay shows a role that this version does not know.
	Role Role
	// Presence is Pending or Active.
	Presence Presence
}

// Source says how an inventory was read.
type Source string

// The two ways of reading members: from the data that the page itself loads, or from the rows that it shows.
const (
	SourceTraffic Source = "Traffic"
	SourcePage    Source = "Page"
)

// Inventory is one reading of a workspace's members.
type Inventory struct {
	// WorkspaceID is Clay's numeric id of the workspace that was read.
	WorkspaceID string
	// Members are the lines of Clay's list as they were read. An address that stands in several lines, and one that cannot
	// be read and keeps its text, is for Plan to judge.
	Members []Member
	// Complete is true only where the reader proved that it saw every member. Absence may be concluded from nothing else.
	Complete bool
	// Source says how the list was read.
	Source Source
	// ReadAt is when the reading ended.
	ReadAt time.Time
	// Account is the address that the operator signed in with. Clay's list may know the account by another one.
	Account Email
	// Plan is Clay's name of the workspace's plan, empty where it is not known.
	Plan string
	// ClayVersion is the build of Clay's web app that was read, empty where it is not known.
	ClayVersion string
}

// Find returns the first line with the given address.
func (i Inventory) Find(email Email) (Member, bool) {
	for _, member := range i.Members {
		if member.Email == email {
			return member, true
		}
	}
	return Member{}, false
}
