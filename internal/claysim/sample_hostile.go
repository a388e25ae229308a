package claysim

import (
	"fmt"
	"strings"
)

const (
	// longName is the length of a name that somebody pasted a page into.
	longName = 5000
	// longLocalPart and longDomain make an address as long as addresses may be.
	longLocalPart = 64
	longDomain    = 16
)

// HostileSample is Sample with members whose names and addresses, and with groups
// and budgets whose names, are made to mislead: a reader that looks for an address in a row, a page or a table that
// shows a name as anything but text, a log that takes a line for a line.
func HostileSample() Seed {
	seed := Sample()
	workspace := &seed.Workspaces[0]
	workspace.Name = `Northwind </title><script>document.title = "run"</script> =1+1`
	for _, member := range hostileMembers() {
		member.Role = RoleEditor
		workspace.Members = append(workspace.Members, member)
	}
	workspace.Invitations = append(workspace.Invitations,
		PendingSeat{Email: "theo+clay@example.com", Role: RoleEditor},
		PendingSeat{Email: "o'hara/{email}@example.com", Role: RoleViewer},
	)
	hostileAccess(workspace)
	return seed
}

// hostileMembers have addresses that say what is wrong with their names, or the other way round.
func hostileMembers() []Seat {
	return []Seat{
		// Names that hold other people's addresses.
		{Email: "name-is-an-address@example.com", Name: "theo@example.com"},
		{Email: "name-has-an-address@example.com", Name: "Theo Almeida <theo@example.com>"},
		{Email: "name-is-a-list@example.com", Name: "ines@example.com, jonas@example.com"},
		{Email: "name-is-the-operator@example.com", Name: SampleEmail + " (you)"},
		// Names that are words of the page.
		{Email: "name-is-a-role@example.com", Name: "Admin"},
		{Email: "name-is-a-badge@example.com", Name: "Pending"},
		{Email: "name-is-a-button@example.com", Name: "Remove member"},
		{Email: "name-is-a-placeholder@example.com", Name: "{email}"},
		{Email: "name-is-blank@example.com", Name: " "},
		// Markup.
		{Email: "markup-image@example.com", Name: `<img src=x onerror="document.title='run'">`},
		{Email: "markup-script@example.com", Name: `</script><script>document.title = "run"</script>`},
		{Email: "markup-entity@example.com", Name: "&lt;b&gt;theo&#64;example.com&lt;/b&gt;"},
		{Email: "markup-template@example.com", Name: "{{.Secret}} ${secret} %s%n"},
		// Formulas of spreadsheets.
		{Email: "formula-link@example.com", Name: `=HYPERLINK("http://example.com/","Theo")`},
		{Email: "formula-plus@example.com", Name: "+1+1"},
		{Email: "formula-minus@example.com", Name: "-1+1"},
		{Email: "formula-at@example.com", Name: "@SUM(A1:A9)"},
		{Email: "formula-tab@example.com", Name: "\t=1+1"},
		// What breaks lines, terminals and quotes.
		{Email: "lines@example.com", Name: "First\nAdmin\r\nRemove member"},
		{Email: "escape@example.com", Name: "\x1b[2J\x1b[31mred\x07"},
		{Email: "quotes@example.com", Name: `'); DROP TABLE members; -- "\`},
		{Email: "path@example.com", Name: "../../../etc/passwd"},
		// What looks other than it is.
		{Email: "direction@example.com", Name: "\u202emoc.elpmaxe@oeht\u202c"},
		{Email: "right-to-left@example.com", Name: "اسم تجريبي שם לבדיקה"},
		{Email: "invisible@example.com", Name: "the\u200bo\u2060@\u00adexample.com"},
		{Email: "combining@example.com", Name: "The\u0301o A\u0336l\u0336m\u0336eida"},
		{Email: "emoji@example.com", Name: "👩‍👩‍👧‍👦 Theo 🇩🇪"},
		{Email: "long@example.com", Name: strings.Repeat("long ", longName/len("long "))},
		// Addresses.
		{Email: "o'neil+a/b@example.com", Name: `Pat "the" O'Neil`},
		{Email: "Mixed.CASE@Example.COM", Name: "Mixed Case"},
		{Email: "theo@example.com.example.com", Name: "Theo Almeida"},
		{Email: "notheo@example.com", Name: "Theo Almeida"},
		{Email: "thеo@example.com", Name: "Theo Almeida"}, // with a Cyrillic е
		{Email: "<i>@example.com", Name: "Italic"},
		{Email: strings.Repeat("l", longLocalPart) + "@" + strings.Repeat("long-label.", longDomain) + "example.com", Name: "Long Address"},
	}
}

// crowdForms make near-identical addresses of one number.
var crowdForms = []string{
	"a.b%d@example.com", "ab%d@example.com", "a-b%d@example.com", "a_b%d@example.com", "a.b%d+clay@example.com",
	"a.b%dx@example.com", "xa.b%d@example.com", "a.b%d@mail.example.com",
	"a.b%d@mаil.example.com", // with a Cyrillic а
	"a.b%d@example.com.example.com",
}

// CrowdSample is an Enterprise workspace of the operator's account with another
// admin and n members. Ten at a time have addresses that differ by a character
// and share one name.
func CrowdSample(n int) Seed {
	members := []Seat{{Email: "mara@example.com", Name: "Mara Lindqvist", Role: RoleAdmin}, {Email: SampleEmail, Role: RoleAdmin}}
	roles := []Role{RoleEditor, RoleViewer, RoleSalesRep}
	for i := range n {
		family := i / len(crowdForms)
		members = append(members, Seat{
			Email: fmt.Sprintf(crowdForms[i%len(crowdForms)], family), Name: fmt.Sprintf("A B %d", family), Role: roles[i%len(roles)],
		})
	}
	return Seed{
		Accounts: []Account{{Email: SampleEmail, Password: SamplePassword, Name: "Clay Operator"}},
		Workspaces: []Workspace{{
			ID: SampleWorkspace, Name: "Northwind Revenue", Plan: PlanEnterprise, SalesRepBeta: true, Members: members,
		}},
	}
}

// SignInSample is Sample with an admin for each way of signing in: code@example.com,
// and okta@, entra@, google@, onelogin@ and generic@example.com with SamplePassword
// and SampleTOTPSecret.
func SignInSample() Seed {
	seed := Sample()
	added := []Account{{Email: "code@example.com", SignIn: SignInCode}}
	for _, provider := range IdentityProviders() {
		added = append(added, Account{
			Email: string(provider) + "@example.com", Password: SamplePassword, SignIn: SignInSSO, Provider: provider, TOTPSecret: SampleTOTPSecret,
		})
	}
	seed.Accounts = append(seed.Accounts, added...)
	for _, account := range added {
		seed.Workspaces[0].Members = append(seed.Workspaces[0].Members, Seat{Email: account.Email, Role: RoleAdmin})
	}
	return seed
}
