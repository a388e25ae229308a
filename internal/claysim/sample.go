package claysim

// What the sample world holds for the operator: its account and its workspace.
const (
	SampleEmail    = "operator@example.com"
	SamplePassword = "correct horse battery staple"
	// SampleTOTPSecret is the authenticator's of the accounts of SignInSample.
	SampleTOTPSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" //nolint:gosec // It opens nothing but the simulator.
	SampleWorkspace  = 4821
	// ForeignWorkspace is one that the operator's account does not belong to.
	ForeignWorkspace = 5310
)

// Sample is a small world to look at: an Enterprise workspace with eight
// members and two pending invitations, and a second workspace that the
// operator's account does not belong to.
func Sample() Seed {
	return Seed{
		Accounts: []Account{
			{Email: SampleEmail, Password: SamplePassword, Name: "Clay Operator"},
			{Email: "mara@example.com", Password: SamplePassword, Name: "Mara Lindqvist"},
			{Email: "theo@example.com", Password: SamplePassword, Name: "Theo Almeida"},
			{Email: "stray@example.com", Password: SamplePassword, Name: "Stray Account"},
		},
		Workspaces: []Workspace{
			{
				ID: SampleWorkspace, Name: "Northwind Revenue", Plan: PlanEnterprise, SalesRepBeta: true,
				BlockedDomains: []string{"blocked.example"},
				Members: []Seat{
					{Email: "mara@example.com", Role: RoleAdmin},
					{Email: SampleEmail, Role: RoleAdmin},
					{Email: "theo@example.com", Role: RoleEditor},
					{Email: "ines@example.com", Name: "Ines Okafor", Role: RoleEditor},
					{Email: "jonas@example.com", Name: "Jonas Brandt", Role: RoleViewer},
					{Email: "priya@example.com", Name: "Priya Raman", Role: RoleEditor},
					{Email: "luc@example.com", Name: "Luc Fontaine", Role: RoleSalesRep},
					{Email: "hana@example.com", Name: "Hana Sato", Role: RoleViewer},
				},
				Invitations: []PendingSeat{
					{Email: "noor@example.com", Role: RoleEditor},
					{Email: "felix@example.com", Role: RoleViewer},
				},
			},
			{
				ID: ForeignWorkspace, Name: "Southwind Labs", Plan: PlanLaunch,
				Members: []Seat{{Email: "mara@example.com", Role: RoleAdmin}},
			},
		},
	}
}
