package clayweb

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	simulatedGroups  = "/workspaces/4821/settings/team/groups"
	simulatedBudgets = "/workspaces/4821/settings/budgets"
	simulatedLimits  = "/workspaces/4821/mcp"
)

func accessServer(t *testing.T, seed claysim.Seed, edit func(*claysim.Variant)) *claysim.Server {
	t.Helper()
	variant := claysim.VariantCurrent()
	if edit != nil {
		edit(&variant)
	}
	server, err := claysim.Start(claysim.Options{Seed: seed, Variant: &variant})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// wantEntries compares the journal of a workspace's admin.
func wantEntries(t *testing.T, server *claysim.Server, want ...claysim.Entry) {
	t.Helper()
	ignored := cmpopts.IgnoreFields(claysim.Entry{}, "At", "Workspace", "Actor")
	if diff := cmp.Diff(want, server.Journal(), ignored); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

func TestSimulatedGroups(t *testing.T) {
	t.Parallel()
	server := accessServer(t, claysim.AccessSample(), nil)
	useHand(t, server, claysim.SampleEmail, func(h *hand) {
		h.open("/workspaces/4821/settings/team")
		h.click("tab", "Groups")
		h.click("button", "Create group")
		h.fill("textbox", "Group name", "outbound")
		h.choose("Add members", "theo@", "Theo Almeida theo@example.com")
		h.choose("Add members", "Okafor", "Ines Okafor ines@example.com")
		h.click("button", "Remove Theo Almeida theo@example.com")
		h.click("button", "Create group")
		h.isRefused("A group with this name already exists")
		h.fill("textbox", "Group name", "Field")
		h.click("button", "Create group")
		h.click("link", "Field")
		h.sees("heading", "Field")
		h.reads("ines@example.com")
		h.fill("textbox", "Description", "On the road")
		h.click("button", "Save")
		h.waits(func(ws claysim.WorkspaceState) bool {
			group, _ := ws.Group("Field")
			return group.Description == "On the road"
		})
		h.click("button", "Add members")
		h.fill("combobox", "Add members", "ines@")
		h.reads("Nothing found")
		h.choose("Add members", "hana@", "Hana Sato hana@example.com")
		h.click("button", "Add members")
		h.reads("hana@example.com")
		h.click("button", "Remove ines@example.com")
		h.waits(func(ws claysim.WorkspaceState) bool { group, _ := ws.Group("Field"); return len(group.Members) == 1 })
		h.click("button", "Delete group")
		h.reads("Field")
		h.click("button", "Delete group")
		h.sees("link", "EMEA")
		h.counts("link", "Field", 0)
	})
	field := func(verb claysim.Verb, target string) claysim.Entry {
		return claysim.Entry{Verb: verb, Group: "Field", Target: target}
	}
	described := field(claysim.VerbDescribeGroup, "")
	described.Description = "On the road"
	wantEntries(t, server,
		claysim.Entry{Verb: claysim.VerbCreateGroup, Group: "outbound", Refused: "A group with this name already exists"},
		field(claysim.VerbCreateGroup, ""), field(claysim.VerbAddToGroup, "ines@example.com"), described,
		field(claysim.VerbAddToGroup, "hana@example.com"), field(claysim.VerbRemoveFromGroup, "ines@example.com"), field(claysim.VerbDeleteGroup, ""),
	)
}

func TestSimulatedBudgets(t *testing.T) {
	t.Parallel()
	server := accessServer(t, claysim.AccessSample(), nil)
	useHand(t, server, claysim.SampleEmail, func(h *hand) {
		h.open(simulatedBudgets)
		for _, text := range []string{"1,200 / 5,000", "2 people, 1 group", "All members", "0 people, 2 groups"} {
			h.reads(text)
		}
		h.click("button", "Create")
		h.fill("textbox", "Name", "Q4")
		h.click("button", "Create budget")
		h.isRefused("Enter a number of credits")
		h.fill("spinbutton", "Credit limit", "4000")
		h.click("radio", "Specific members or groups")
		h.choose("Members or groups", "outb", "Outbound")
		h.choose("Members or groups", "luc@", "Luc Fontaine luc@example.com")
		h.click("button", "Create budget")
		h.reads("1 person, 1 group")
		h.menu("Outbound 2026", "Edit")
		h.click("button", "Reset usage")
		h.reads("0 / 5,000")
		h.menu("Q4", "Edit")
		h.click("button", "Remove Outbound")
		h.fill("spinbutton", "Credit limit", "10")
		h.click("button", "Save")
		h.reads("1 person, 0 groups")
		h.menu("Outbound 2026", "Delete")
		h.click("button", "Delete budget")
		h.isRefused("This budget is used by 3 workbooks")
		h.menu("Q4", "Delete")
		h.click("button", "Delete budget")
		h.waits(func(ws claysim.WorkspaceState) bool { _, there := ws.Budget("Q4"); return !there })
	})
	entry := func(verb claysim.Verb, budget string) claysim.Entry { return claysim.Entry{Verb: verb, Budget: budget} }
	refused, created, person, group, edited, revoked := entry(claysim.VerbCreateBudget, "Q4"), entry(claysim.VerbCreateBudget, "Q4"),
		entry(claysim.VerbGrantBudget, "Q4"), entry(claysim.VerbGrantBudget, "Q4"), entry(claysim.VerbEditBudget, "Q4"), entry(claysim.VerbRevokeBudget, "Q4")
	refused.Refused, created.Limit, person.Target, group.Group = "Enter a number of credits", new(int64(4000)), "luc@example.com", "Outbound"
	edited.Limit, revoked.Group = new(int64(10)), "Outbound"
	inUse := entry(claysim.VerbDeleteBudget, "Outbound 2026")
	inUse.Refused = "This budget is used by 3 workbooks"
	wantEntries(t, server, refused, created, person, group, entry(claysim.VerbResetBudget, "Outbound 2026"), edited, revoked, inUse,
		entry(claysim.VerbDeleteBudget, "Q4"))
}

func TestSimulatedLimitsAndUsage(t *testing.T) {
	t.Parallel()
	server := accessServer(t, claysim.AccessSample(), nil)
	useHand(t, server, claysim.SampleEmail, func(h *hand) {
		h.open("/workspaces/4821/home")
		h.click("link", "MCP")
		h.reads("120 / 2,000")
		h.click("button", "Edit limit of theo@example.com")
		h.fill("spinbutton", "Credit limit", "")
		h.click("button", "Save")
		h.isRefused("Enter a credit limit")
		h.fill("spinbutton", "Credit limit", "77")
		h.click("button", "Save")
		h.reads("120 / 77")
		h.click("button", "Set default limit")
		h.fill("spinbutton", "Credit limit", "")
		h.click("button", "Save")
		h.reads("512 / No limit")
		h.fill("searchbox", "Search", "HANA@")
		h.waitsForRows(2)
		h.open("/workspaces/4821/settings/usage")
		h.click("tab", "MCP")
		h.reads("512")
		h.waitsForRows(9)
	})
	wantEntries(t, server,
		claysim.Entry{Verb: claysim.VerbSetLimit, Target: "theo@example.com", Refused: "Enter a credit limit"},
		claysim.Entry{Verb: claysim.VerbSetLimit, Target: "theo@example.com", Limit: new(int64(77))}, claysim.Entry{Verb: claysim.VerbSetDefaultLimit})
}

// waitsForRows waits until the table shows so many rows, that of the headings included.
func (h *hand) waitsForRows(want int) {
	h.do(func() error {
		_, err := h.page.WaitForFunction(`want => document.querySelectorAll('[role="row"]').length === want`, want)
		return err
	})
}

func TestSimulatedInvitationsOfferGroupsAndBudgets(t *testing.T) {
	t.Parallel()
	server := accessServer(t, claysim.AccessSample(), nil)
	useHand(t, server, claysim.SampleEmail, func(h *hand) {
		h.open("/workspaces/4821/settings/team")
		h.click("button", "+ Invite")
		h.fill("textbox", "Email addresses", "new@example.com,")
		h.choose("Groups", "outb", "Outbound")
		h.sees("button", "Remove Outbound 2026") // which the group filled in
		h.choose("Budgets", "exp", "Experiments")
		h.click("button", "Send invite")
		h.waits(func(ws claysim.WorkspaceState) bool { _, sent := ws.Invitation("new@example.com"); return sent })
	})
	invitation, _ := server.Workspace(claysim.SampleWorkspace).Invitation("new@example.com")
	if diff := cmp.Diff([][]string{{"Outbound"}, {"Outbound 2026", "Experiments"}}, [][]string{invitation.Groups, invitation.Budgets}); diff != "" {
		t.Errorf("invitation (-want +got):\n%s", diff)
	}
}

func TestSimulatedAccessForThoseWhoMayNot(t *testing.T) {
	t.Parallel()
	t.Run("an editor", func(t *testing.T) {
		useHand(t, accessServer(t, claysim.AccessSample(), nil), "theo@example.com", func(h *hand) {
			h.open(simulatedGroups)
			h.click("link", "Outbound")
			h.reads("Finds and writes to new accounts")
			h.reads("luc@example.com")
			for _, name := range []string{"Remove luc@example.com", "Add members", "Delete group", "Save", "Create group"} {
				h.counts("button", name, 0)
			}
			h.counts("link", "Budgets", 0)
			h.counts("link", "MCP", 0)
			h.open(simulatedBudgets)
			h.sees("heading", "You don't have access to this page")
		})
	})
	for plan, limits := range map[claysim.Plan]int{claysim.PlanGrowth: 1, claysim.PlanLegacyStarter: 0, claysim.PlanLegacyEnterprise: 1} {
		t.Run(string(plan), func(t *testing.T) {
			seed := claysim.AccessSample()
			seed.Workspaces[0].Plan = plan
			useHand(t, accessServer(t, seed, nil), claysim.SampleEmail, func(h *hand) {
				h.open("/workspaces/4821/settings/team")
				h.reads("theo@example.com")
				h.counts("tab", "", 0)
				h.counts("link", "Budgets", 0)
				h.counts("link", "MCP", limits)
				h.click("button", "+ Invite")
				h.counts("combobox", "Groups", 0)
				h.open(simulatedGroups)
				h.sees("heading", "You don't have access to this page")
			})
		})
	}
}

func TestSimulatedAccessInOtherLooks(t *testing.T) {
	t.Parallel()
	t.Run("refusals by toasts", func(t *testing.T) {
		server := accessServer(t, claysim.AccessSample(), func(v *claysim.Variant) { v.RefusalToast = true })
		useHand(t, server, claysim.SampleEmail, func(h *hand) {
			h.open(simulatedGroups)
			h.click("button", "Create group")
			h.fill("textbox", "Group name", "EMEA")
			h.click("button", "Create group")
			h.isRefused("A group with this name already exists")
			h.counts("dialog", "", 0)
		})
	})
	t.Run("limits in their rows", func(t *testing.T) {
		server := accessServer(t, claysim.AccessSample(), func(v *claysim.Variant) { v.InlineLimit = true })
		useHand(t, server, claysim.SampleEmail, func(h *hand) {
			h.open(simulatedLimits)
			h.click("button", "Edit limit of theo@example.com")
			h.counts("dialog", "", 0)
			h.fill("spinbutton", "Credit limit", "-5")
			h.click("button", "Save")
			h.isRefused("Enter a number of credits")
			h.click("button", "Edit limit of theo@example.com")
			h.fill("spinbutton", "Credit limit", "77")
			h.click("button", "Save")
			h.reads("120 / 77")
		})
	})
	t.Run("German", func(t *testing.T) {
		server := accessServer(t, claysim.AccessSample(), nil)
		server.Inject(claysim.Fault{Kind: claysim.FaultLocale})
		useHand(t, server, claysim.SampleEmail, func(h *hand) {
			h.open(simulatedBudgets)
			h.reads("1.200 / 5.000")
			h.click("button", "Anlegen")
			h.sees("radio", "Bestimmte Mitglieder oder Gruppen")
			h.open(simulatedLimits)
			h.sees("button", "Limit von theo@example.com bearbeiten")
			h.open(simulatedGroups)
			h.click("button", "Gruppe anlegen")
			h.sees("combobox", "Mitglieder hinzufügen")
		})
	})
	t.Run("groups in the rows of members", func(t *testing.T) {
		server := accessServer(t, claysim.AccessSample(), func(v *claysim.Variant) { v.MemberGroups = true })
		useHand(t, server, claysim.SampleEmail, func(h *hand) {
			h.open("/workspaces/4821/settings/team")
			h.reads("Outbound")
		})
	})
	t.Run("renamed, failing, expired", func(t *testing.T) {
		server := accessServer(t, claysim.AccessSample(), nil)
		server.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelNewBudget, Text: "Add a <budget>"})
		server.Inject(claysim.Fault{Kind: claysim.FaultStatus, Status: 503, Route: "GET /v3/workspaces/*/budgets", Times: 1})
		useHand(t, server, claysim.SampleEmail, func(h *hand) {
			h.open(simulatedBudgets)
			h.isRefused("Something went wrong. Please try again.")
			h.click("button", "Try again")
			h.reads("Experiments")
			h.click("button", "Add a <budget>")
			h.fill("textbox", "Name", "x")
			h.fill("spinbutton", "Credit limit", "1")
			h.do(func() error { h.server.EndSessions(); return nil })
			h.click("button", "Create budget")
			h.reads("Your session has expired")
		})
	})
}

func TestFaultsOfThePagesMeetThoseOfAccess(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault claysim.Fault
		use   func(*hand)
	}{
		{"a click that is swallowed", claysim.Fault{Kind: claysim.FaultSwallowedClick, Label: claysim.LabelCreateGroup, Times: 1}, func(h *hand) {
			h.click("button", "Create group")
			h.counts("dialog", "", 0)
			h.click("button", "Create group")
			h.sees("textbox", "Group name")
		}},
		{"a button that is there twice", claysim.Fault{Kind: claysim.FaultDoubledLabel, Label: claysim.LabelCreateGroup}, func(h *hand) {
			h.reads("Research")
			h.counts("button", "Create group", 2)
		}},
		{"a dialog that closes", claysim.Fault{Kind: claysim.FaultDialogCloses, Text: "group", Times: 1}, func(h *hand) {
			h.click("button", "Create group")
			h.gone("dialog")
			h.click("button", "Create group")
			h.sees("textbox", "Group name")
		}},
		{"rows that swap", claysim.Fault{Kind: claysim.FaultRowsSwap, Times: 1}, func(h *hand) {
			first := h.page.GetByRole("row").Nth(1)
			h.reads("Outbound")
			h.do(func() error { return first.Hover() })
			h.do(func() error { return first.GetByText("Research").WaitFor() })
			h.do(func() error { return first.GetByRole("link").Click() })
			h.sees("heading", "Research")
		}},
		{"an answer that is late", claysim.Fault{Kind: claysim.FaultLatency, Route: "GET /v3/workspaces/*/groups", Delay: time.Second, Times: 1}, func(h *hand) {
			h.do(func() error { return h.page.Locator(`[aria-busy="true"]`).WaitFor() })
			h.counts("link", "Outbound", 0)
			h.reads("Outbound")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := accessServer(t, claysim.AccessSample(), nil)
			server.Inject(test.fault)
			useHand(t, server, claysim.SampleEmail, func(h *hand) {
				h.open(simulatedGroups)
				test.use(h)
			})
			if faults := server.Faults(); faults[0].Happened == 0 {
				t.Error("the fault never happened")
			}
		})
	}
}

func TestSimulatedCrowdsAreVirtual(t *testing.T) {
	t.Parallel()
	const crowd = 300
	server := accessServer(t, claysim.AccessCrowdSample(crowd), nil)
	useHand(t, server, claysim.SampleEmail, func(h *hand) {
		h.open(simulatedGroups)
		h.click("link", "Everybody")
		for _, path := range []string{"", simulatedLimits} {
			if path != "" {
				h.open(path)
			}
			h.reads("ab0@example.com")
			h.do(func() error {
				rows, err := h.page.GetByRole("row").Count()
				if err != nil {
					return err
				}
				total, err := h.page.GetByRole("table").GetAttribute("aria-rowcount")
				if err == nil && (rows > 40 || total != fmt.Sprint(crowd+2+1)) {
					err = fmt.Errorf("%d rows of %s are in the document", rows, total)
				}
				return err
			})
		}
		h.open(simulatedBudgets)
		h.click("button", "Create")
		h.click("radio", "Specific members or groups")
		h.fill("combobox", "Members or groups", "@example.com")
		h.reads("Type more to narrow the list")
		h.do(func() error {
			got, err := h.page.GetByRole("option").Count()
			if err == nil && got != 20 {
				err = fmt.Errorf("%d options", got)
			}
			return err
		})
	})
}

func TestSimulatedHostileNamesRunNothing(t *testing.T) {
	t.Parallel()
	const markup = `<img src=x onerror="document.title='run'">`
	server := accessServer(t, claysim.HostileSample(), nil)
	useHand(t, server, claysim.SampleEmail, func(h *hand) {
		h.open(simulatedGroups)
		h.click("link", markup)
		h.sees("heading", markup)
		h.click("button", "Delete group")
		h.reads(markup)
		h.click("button", "Cancel")
		h.open(simulatedBudgets)
		h.menu("All members", "Edit")
		h.choose("Members or groups", "<img", markup)
		h.sees("button", "Remove "+markup)
		h.open(simulatedLimits)
		h.fill("searchbox", "Search", "markup-image")
		h.reads("markup-image@example.com")
		h.do(func() error {
			title, err := h.page.Title()
			if err == nil && title == "run" {
				err = fmt.Errorf("a name ran as a script")
			}
			return err
		})
		h.counts("img", "", 0)
	})
}
