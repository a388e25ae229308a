package claysim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// accessLists are the lists of groups, budgets and limits: where they are read, what they hold, and how long they are in AccessSample.
func accessLists(t *testing.T, server *Server) []accessList {
	t.Helper()
	return []accessList{
		{accessBase + "/groups", "groups", "name", 3},
		{groupPath(t, server, "Outbound"), "members", "email", 3},
		{accessBase + "/budgets", "budgets", "name", 3},
		{accessBase + "/mcp", "users", "email", 8},
		{accessBase + "/usage/mcp", "users", "email", 8},
	}
}

type accessList struct {
	path, field, key string
	length           int
}

// names are what a read of the list tells.
func (l accessList) names(t *testing.T, b *browser) []string {
	t.Helper()
	var names []string
	for _, each := range b.get(l.path).list(t, l.field) {
		names = append(names, fmt.Sprint(each[l.key]))
	}
	return names
}

func TestRowsVanishFromTheLists(t *testing.T) {
	for _, silent := range []bool{false, true} {
		server := startAccess(t, nil)
		b := signedInBrowser(t, server)
		for _, list := range accessLists(t, server) {
			server.Inject(Fault{Kind: FaultPartialList, Route: "GET " + list.path, Keep: 1, Silent: silent, Times: 1})
			got := b.get(list.path)
			total := float64(list.length)
			if silent {
				total = 1
			}
			if shown := got.list(t, list.field); len(shown) != 1 || got.body["total"] != total {
				t.Errorf("silent %v: %s holds %d of %v, want 1 of %v", silent, list.path, len(shown), got.body["total"], total)
			}
			if shown := list.names(t, b); len(shown) != list.length {
				t.Errorf("%s holds %d after the fault", list.path, len(shown))
			}
		}
	}
}

func TestSomethingIsListedTwice(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	for _, list := range accessLists(t, server) {
		names := list.names(t, b)
		for named, want := range map[string]string{"": names[0], strings.ToUpper(names[1]): names[1]} {
			server.Inject(Fault{Kind: FaultListedTwice, Route: "GET " + list.path, Email: named, Times: 1})
			if diff := cmp.Diff(append(slices.Clip(names), want), list.names(t, b)); diff != "" {
				t.Errorf("%s, %q (-want +got):\n%s", list.path, named, diff)
			}
		}
	}
}

func TestReadsOfAccessLagBehindAWrite(t *testing.T) {
	clock := newFakeClock()
	server := startAccess(t, func(o *Options) { o.Now = clock.Now })
	b := signedInBrowser(t, server)
	theo := idText(t, server, "theo@example.com")
	outbound := groupPath(t, server, "Outbound")
	// Everything is changed at once, so that each list has something old to tell.
	change := func() {
		b.mustDo(http.MethodDelete, outbound+"/members/"+theo, nil)
		b.mustDo(http.MethodPost, accessBase+"/groups", groupBody{Name: "New"})
		b.mustDo(http.MethodPost, accessBase+"/budgets", budgetForm{Name: "New", CreditLimit: new(int64(1))})
		b.mustDo(http.MethodPatch, accessBase+"/mcp/users/"+theo, limitForm{new(int64(1))})
	}
	look := func() []any {
		var limit any
		for _, user := range b.get(accessBase+"/mcp").list(t, "users") {
			if user["email"] == "theo@example.com" {
				limit = user["creditLimit"]
			}
		}
		return []any{
			len(b.get(outbound).list(t, "members")), len(b.get(accessBase+"/groups").list(t, "groups")),
			len(b.get(accessBase+"/budgets").list(t, "budgets")), limit,
		}
	}
	server.Inject(Fault{Kind: FaultListLag, Delay: time.Minute})
	change()
	if diff := cmp.Diff([]any{3, 3, 3, 2000.0}, look()); diff != "" {
		t.Errorf("at once (-want +got):\n%s", diff)
	}
	if group, _ := server.Workspace(SampleWorkspace).Group("Outbound"); len(group.Members) != 2 {
		t.Errorf("the write itself was late: %v", group.Members)
	}
	clock.advance(time.Minute)
	if diff := cmp.Diff([]any{2, 4, 4, 1.0}, look()); diff != "" {
		t.Errorf("a minute later (-want +got):\n%s", diff)
	}
}

func TestTheFaultsOfCallsMeetThoseOfAccess(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	route := accessBase + "/budgets"
	server.Inject(Fault{Kind: FaultStatus, Status: http.StatusBadGateway, Route: "GET " + route, Times: 1})
	b.get(route).mustBe(t, "a failing call", http.StatusBadGateway)
	server.Inject(Fault{Kind: FaultLostResponse, Route: "POST /v3/workspaces/*/groups", Times: 1})
	if got, err := b.do(http.MethodPost, server.APIURL()+accessBase+"/groups", groupBody{Name: "Lost"}); err == nil {
		t.Errorf("a lost answer: %d", got.status)
	}
	if _, made := server.Workspace(SampleWorkspace).Group("Lost"); !made {
		t.Error("the group was not made")
	}
	server.Inject(Fault{Kind: FaultSessionExpired, Route: "PATCH /v3/workspaces/*/mcp", Times: 1})
	b.get(route).mustBe(t, "before the session ends", http.StatusOK)
	b.call(http.MethodPatch, accessBase+"/mcp", limitForm{}).mustBe(t, "as the session ends", http.StatusUnauthorized)
	b.get(route).mustBe(t, "after the session ended", http.StatusUnauthorized)
}

func TestPlansHaveGroupsBudgetsAndLimits(t *testing.T) {
	limits := map[Plan]bool{PlanLaunch: true, PlanGrowth: true, PlanEnterprise: true, PlanLegacyEnterprise: true}
	for _, plan := range Plans() {
		t.Run(string(plan), func(t *testing.T) {
			server := startAccess(t, func(o *Options) { o.Seed.Workspaces[0].Plan = plan })
			b := signedInBrowser(t, server)
			flags, _ := b.get(accessBase).body["featureFlags"].(map[string]any)
			tests := []struct {
				flag    string
				offered bool
				read    string
				write   answer
				refused string
			}{
				{"groups", plan == PlanEnterprise, "/groups", b.call(http.MethodPost, accessBase+"/groups", groupBody{Name: "New"}), sentenceGroupPlan},
				{
					"budgets", plan == PlanEnterprise, "/budgets",
					b.call(http.MethodPost, accessBase+"/budgets", budgetForm{Name: "New", CreditLimit: new(int64(1))}), sentenceBudgetPlan,
				},
				{"mcpLimits", limits[plan], "/mcp", b.call(http.MethodPatch, accessBase+"/mcp", limitForm{}), sentenceLimitPlan},
			}
			for _, test := range tests {
				read := b.get(accessBase + test.read)
				if flags[test.flag] != test.offered || read.status < http.StatusBadRequest != test.offered || test.write.status < http.StatusBadRequest != test.offered {
					t.Errorf("%s: flag %v, read %d, write %d, want offered %v", test.flag, flags[test.flag], read.status, test.write.status, test.offered)
				}
				if !test.offered && (read.body["message"] != test.refused || test.write.body["message"] != test.refused) {
					t.Errorf("%s: refused with %v and %v", test.flag, read.body["message"], test.write.body["message"])
				}
			}
		})
	}
}

func TestWhereThePagesOfAccessAre(t *testing.T) {
	const aside, inSettings = "mcp MCP", "settings/mcp-users MCP users"
	for name, want := range map[string]string{"current": aside, "classic": aside, "spring-2026": inSettings, "summer-2026": inSettings} {
		at, found := found(Variants(), func(v Variant) bool { return v.Name == name })
		server := startServer(t, Options{Variant: &at})
		config := loadConfig(t, newBrowser(t, server))
		if got := config.Variant.MCPPath + " " + config.Labels[LabelMCP]; !found || got != want || config.Variant.BudgetsPath != "settings/budgets" {
			t.Errorf("%s: limits at %q, budgets at %q", name, got, config.Variant.BudgetsPath)
		}
	}
	moved := VariantCurrent()
	moved.BudgetsPath, moved.MCPPath = "settings/credit-budgets", "settings/mcp"
	server := startServer(t, Options{Variant: &moved})
	if got := loadConfig(t, newBrowser(t, server)).Variant; got.BudgetsPath != moved.BudgetsPath || got.MCPPath != moved.MCPPath {
		t.Errorf("moved to %q and %q", got.BudgetsPath, got.MCPPath)
	}
}
