package claysim

import (
	"fmt"
	"strings"
)

const (
	// sampleLimit and sampleDefault are limits to look at, in credits a month.
	sampleLimit   = 2_000
	sampleDefault = 500
	// sampleSpent is a budget of which nothing is left, and sampleLarge one that nobody has touched.
	sampleSpent = 250
	sampleLarge = 100_000
	// sampleBudget is one of which sampleUsed was spent.
	sampleBudget = 5_000
	sampleUsed   = 1_200
	// sampleWorkbooks is how many use a budget of the sample, which Clay then does not delete.
	sampleWorkbooks = 3
	// crowdGroups is how many small groups a crowd has: more than a window shows.
	crowdGroups = 60
)

// AccessSample is Sample with groups, budgets and limits, and with credits that were spent.
func AccessSample() Seed {
	seed := Sample()
	workspace := &seed.Workspaces[0]
	workspace.Groups = []GroupSeed{
		{Name: "Outbound", Description: "Finds and writes to new accounts", Members: []string{"theo@example.com", "ines@example.com", "luc@example.com"}},
		{Name: "Research", Description: "", Members: []string{"priya@example.com"}},
		{Name: "EMEA", Description: "Everybody between Lisbon and Dubai"},
	}
	workspace.Budgets = []BudgetSeed{
		{
			Name: "Outbound 2026", CreditLimit: sampleBudget, Used: sampleUsed, Workbooks: sampleWorkbooks,
			Groups: []string{"Outbound"}, Users: []string{"jonas@example.com", "hana@example.com"},
		},
		{Name: "Experiments", CreditLimit: sampleSpent, Used: sampleSpent, Everyone: true},
		{Name: "Research", CreditLimit: sampleLarge, Groups: []string{"Research", "EMEA"}},
	}
	workspace.DefaultLimit = new(int64(sampleDefault))
	for i := range workspace.Members {
		member := &workspace.Members[i]
		member.Platforms, member.SalesforceID = []string{"Claude"}, fmt.Sprintf("0055g00000AB%03d", i)
	}
	workspace.Members[2].Limit, workspace.Members[2].Used = new(int64(sampleLimit)), 120
	workspace.Members[3].Platforms, workspace.Members[3].Used = []string{"Claude", "ChatGPT"}, 512
	workspace.Members[4].Limit, workspace.Members[4].Platforms, workspace.Members[4].SalesforceID = new(int64(0)), nil, ""
	workspace.Invitations[0].Groups, workspace.Invitations[0].Budgets = []string{"Outbound"}, []string{"Research"}
	return seed
}

// AccessCrowdSample is CrowdSample with a group of everybody, with small ones, and with two of one name.
func AccessCrowdSample(n int) Seed {
	seed := CrowdSample(n)
	workspace := &seed.Workspaces[0]
	var everybody []string
	for _, member := range workspace.Members {
		everybody = append(everybody, member.Email)
	}
	workspace.Groups = []GroupSeed{{Name: "Everybody", Description: "The whole company", Members: everybody}}
	for i := range crowdGroups {
		workspace.Groups = append(workspace.Groups, GroupSeed{Name: fmt.Sprintf("Team %d", i), Members: everybody[:i%len(everybody)]})
	}
	workspace.Groups = append(workspace.Groups, GroupSeed{Name: "Twins"}, GroupSeed{Name: "Twins", Description: "The other one"})
	workspace.Budgets = []BudgetSeed{{Name: "Twins", CreditLimit: 1, Users: everybody}, {Name: "Twins", CreditLimit: 2, Groups: []string{"Everybody"}}}
	return seed
}

// hostileAccess gives a workspace groups and budgets whose names are made to mislead.
func hostileAccess(workspace *Workspace) {
	for i, name := range hostileNames() {
		workspace.Groups = append(workspace.Groups, GroupSeed{Name: name, Description: name, Members: []string{workspace.Members[i%len(workspace.Members)].Email}})
		workspace.Budgets = append(workspace.Budgets, BudgetSeed{Name: name, CreditLimit: int64(i), Groups: []string{name}})
	}
}

// hostileNames are for groups and budgets. All but the last are as long as the name of a group may be, or shorter.
func hostileNames() []string {
	return []string{
		"theo@example.com", "Theo Almeida theo@example.com", "Create group", "All members", "1,200 / 5,000", "3 people, 2 groups", "{email}",
		`<img src=x onerror="document.title='run'">`, "</script><b>bold", "&lt;b&gt;", `"quoted" 'names' \`, "=1+1", "\u202eypplas\u202c",
		"فريق المبيعات", "Sales\u200b", "Ѕales", "sales", "Sales", "two\nlines", "👩‍👩‍👧‍👦 family", "..", "Groups/1?x=1#y",
		strings.Repeat("n", longestGroupName),
	}
}
