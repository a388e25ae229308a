package claysim

// Role is what a member may do in a workspace. A member has exactly one.
type Role string

// The roles of Clay, under the names that the traffic uses.
const (
	RoleAdmin    Role = "Admin"
	RoleEditor   Role = "Editor"
	RoleViewer   Role = "Viewer"
	RoleSalesRep Role = "Sales Rep"
)

// The numbers of the roles in the traffic. Only Editor's is known.
const (
	adminID = iota + 1
	editorID
	viewerID
	salesRepID
)

var roleIDs = map[Role]int{RoleAdmin: adminID, RoleEditor: editorID, RoleViewer: viewerID, RoleSalesRep: salesRepID}

// ID is the number of the role in the traffic, 0 for an unknown role.
func (r Role) ID() int { return roleIDs[r] }

func roleByID(id int) (Role, bool) {
	for role, known := range roleIDs {
		if known == id {
			return role, true
		}
	}
	return "", false
}
