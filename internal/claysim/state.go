package claysim

import (
	"strings"
	"time"
)

// State is a copy of everything that the server knows at one moment.
type State struct {
	Workspaces []WorkspaceState `json:"workspaces"`
	Outbox     []Mail           `json:"outbox"`
	Journal    []Entry          `json:"journal"`
	LogIns     []LogIn          `json:"logIns"`
	Counters   Counters         `json:"counters"`
}

// WorkspaceState is a workspace at one moment.
type WorkspaceState struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	Plan Plan   `json:"plan"`
	// CreatedBy is the e-mail address of the owner.
	CreatedBy   string       `json:"createdBy"`
	Members     []Member     `json:"members"`
	Invitations []Invitation `json:"invitations"`
	Groups      []Group      `json:"groups"`
	Budgets     []Budget     `json:"budgets"`
	// DefaultLimit is what a member without a limit of their own may spend through MCP in a month; nil for no limit.
	DefaultLimit *int64    `json:"defaultLimit,omitempty"`
	Spenders     []Spender `json:"spenders"`
}

// Member has a seat.
type Member struct {
	UserID   int       `json:"userId"`
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     Role      `json:"role"`
	JoinedAt time.Time `json:"joinedAt"`
}

// Invitation is a seat that nobody has taken yet.
type Invitation struct {
	ID        int       `json:"id"`
	Email     string    `json:"email"`
	Role      Role      `json:"role"`
	SentAt    time.Time `json:"sentAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	// Groups and Budgets, by name, are what the person gets on joining.
	Groups  []string `json:"groups,omitempty"`
	Budgets []string `json:"budgets,omitempty"`
	token   string
	// groups and budgets are the same by id.
	groups, budgets []int
}

// Workspace is the workspace with the id; the zero value if there is none.
func (s State) Workspace(id int) WorkspaceState {
	for _, workspace := range s.Workspaces {
		if workspace.ID == id {
			return workspace
		}
	}
	return WorkspaceState{}
}

// Member finds a member by e-mail address, in any case.
func (w WorkspaceState) Member(email string) (Member, bool) {
	for _, member := range w.Members {
		if strings.EqualFold(member.Email, email) {
			return member, true
		}
	}
	return Member{}, false
}

// Invitation finds a pending invitation by e-mail address, in any case.
func (w WorkspaceState) Invitation(email string) (Invitation, bool) {
	for _, invitation := range w.Invitations {
		if strings.EqualFold(invitation.Email, email) {
			return invitation, true
		}
	}
	return Invitation{}, false
}
