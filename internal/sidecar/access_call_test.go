package sidecar

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

func TestObserveAccessRefusesWhatBreaksTheContract(t *testing.T) {
	now := encodeTime(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	// with returns an ending that is as it should be but for an edit.
	with := func(edit func(*pb.AccessState)) *pb.Ending {
		state := &pb.AccessState{
			WorkspaceId: "12345", ReadAt: now,
			Groups:  &pb.GroupList{Offer: pb.Offer_OFFER_OFFERED, Complete: true, Groups: []*pb.Group{{Name: "East", Members: []string{"jo@example.com"}}}},
			Budgets: &pb.BudgetList{Offer: pb.Offer_OFFER_OFFERED, Budgets: []*pb.Budget{{Name: "Sales", Groups: []string{"East"}}}},
			Limits:  &pb.LimitList{Offer: pb.Offer_OFFER_OFFERED, People: []*pb.PersonLimit{{Email: "jo@example.com"}}},
		}
		edit(state)
		return &pb.Ending{Access: state}
	}
	fault := encodeFault(fullFault())
	long := strings.Repeat("a", maxDescription+1)
	cases := map[string]*pb.Ending{
		"no ending":               nil,
		"another workspace":       with(func(s *pb.AccessState) { s.WorkspaceId = "999" }),
		"no workspace":            with(func(s *pb.AccessState) { s.WorkspaceId = "" }),
		"without a time":          with(func(s *pb.AccessState) { s.ReadAt = nil }),
		"unknown offer":           with(func(s *pb.AccessState) { s.Budgets.Offer = 99 }),
		"groups of no section":    with(func(s *pb.AccessState) { s.Groups.Offer = pb.Offer_OFFER_UNSPECIFIED }),
		"budgets not offered":     with(func(s *pb.AccessState) { s.Budgets.Offer = pb.Offer_OFFER_NOT_OFFERED }),
		"limits of no section":    with(func(s *pb.AccessState) { s.Limits.Offer = pb.Offer_OFFER_UNSPECIFIED }),
		"name without end":        with(func(s *pb.AccessState) { s.Groups.Groups[0].Name = long }),
		"description without end": with(func(s *pb.AccessState) { s.Groups.Groups[0].Description = long }),
		"budget without end":      with(func(s *pb.AccessState) { s.Budgets.Budgets[0].Name = long }),
		"group without end":       with(func(s *pb.AccessState) { s.Budgets.Budgets[0].Groups[0] = long }),
		"member without end":      with(func(s *pb.AccessState) { s.Groups.Groups[0].Members[0] = long }),
		"user without end":        with(func(s *pb.AccessState) { s.Budgets.Budgets[0].Users = []string{long} }),
		"person without end":      with(func(s *pb.AccessState) { s.Limits.People[0].Email = long }),
		"fault of no section":     {SectionFaults: []*pb.SectionFault{{Fault: fault}}},
		"section without a fault": {SectionFaults: []*pb.SectionFault{{Section: pb.Section_SECTION_GROUPS}}},
		"section with two faults": {SectionFaults: []*pb.SectionFault{
			{Section: pb.Section_SECTION_GROUPS, Fault: fault}, {Section: pb.Section_SECTION_GROUPS, Fault: fault}}},
		"section with an odd fault": {SectionFaults: []*pb.SectionFault{{Section: pb.Section_SECTION_GROUPS, Fault: &pb.Fault{Reason: "Timeout"}}}},
	}
	for name, ending := range cases {
		t.Run(name, func(t *testing.T) {
			client := serveRaw(t, rawServer{observeAccess: &pb.ObserveAccessResponse{Ending: ending}})
			observation, err := client.ObserveAccess(testContext(t), fullWorkspace(), fullScope())
			requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
			if diff := cmp.Diff(AccessObservation{}, observation); diff != "" {
				t.Errorf("something of it was used:\n%s", diff)
			}
		})
	}
	client := serveRaw(t, rawServer{observeAccess: &pb.ObserveAccessResponse{Ending: with(func(*pb.AccessState) {})}})
	if _, err := client.ObserveAccess(testContext(t), fullWorkspace(), fullScope()); err != nil {
		t.Errorf("what keeps the contract: %v", err)
	}
}

func TestApplyAccessRefusesWhatBreaksTheContract(t *testing.T) {
	step := func(outcome *pb.Outcome) *pb.ApplyAccessResponse {
		return &pb.ApplyAccessResponse{Step: &pb.ApplyAccessResponse_Outcome{Outcome: outcome}}
	}
	applied := step(&pb.Outcome{Index: 1, Result: pb.Result_RESULT_APPLIED})
	past := int32(len(fullAccessChanges()))
	for _, test := range []struct {
		name      string
		responses []*pb.ApplyAccessResponse
		reported  int
	}{
		{name: "no ending", responses: []*pb.ApplyAccessResponse{applied}, reported: 1},
		{name: "the same change twice", responses: []*pb.ApplyAccessResponse{applied, applied}, reported: 1},
		{name: "index too large", responses: []*pb.ApplyAccessResponse{step(&pb.Outcome{Index: past, Result: pb.Result_RESULT_APPLIED})}},
		{name: "no result", responses: []*pb.ApplyAccessResponse{step(&pb.Outcome{})}},
		{name: "empty step", responses: []*pb.ApplyAccessResponse{{}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := serveRaw(t, rawServer{applyAccess: test.responses})
			reported := 0
			_, err := client.ApplyAccess(testContext(t), fullWorkspace(), fullAccessChanges(), func(Outcome) { reported++ })
			requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
			if reported != test.reported || !AsFault(err).Unanswered {
				t.Errorf("%d outcomes reported, want %d; unanswered %t", reported, test.reported, AsFault(err).Unanswered)
			}
		})
	}
}

// TestApplyAccessSurvivesABrokenStream ends the server in the middle of ApplyAccess, as a kill of the browser does.
func TestApplyAccessSurvivesABrokenStream(t *testing.T) {
	address := filepath.Join(shortDir(t), "b.sock")
	released := make(chan struct{})
	stop := serveAt(t, address, fake{applyAccess: func(ctx context.Context, _ Workspace, _ []access.Change, report func(Outcome)) (AccessObservation, error) {
		report(Outcome{Index: 1, Result: Applied})
		<-ctx.Done()
		close(released)
		return AccessObservation{}, ctx.Err()
	}}, ServerOptions{})
	client := dialTest(t, address)

	var received []Outcome
	_, err := client.ApplyAccess(testContext(t), fullWorkspace(), fullAccessChanges(), func(outcome Outcome) {
		received = append(received, outcome)
		go stop()
	})
	requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
	if !AsFault(err).Unanswered {
		t.Error("the fault says that the call was answered")
	}
	if diff := cmp.Diff([]Outcome{{Index: 1, Result: Applied}}, received); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	<-released
}

func TestAccessWithoutABrowser(t *testing.T) {
	client := dialTest(t, filepath.Join(shortDir(t), "b.sock"))
	client.patience = time.Millisecond
	_, err := client.ObserveAccess(testContext(t), fullWorkspace(), fullScope())
	requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
	_, err = client.ApplyAccess(testContext(t), fullWorkspace(), fullAccessChanges(), func(Outcome) { t.Error("an outcome was made up") })
	requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
	if AsFault(err).Unanswered {
		t.Error("a browser that was never reached may have done something")
	}
}

func TestServerRefusesInvalidAccess(t *testing.T) {
	client := serve(t, unreachable(t), ServerOptions{})
	scopes := map[string]access.Scope{
		"section":                {Sections: []access.Section{"Signals"}},
		"section twice":          {Sections: []access.Section{access.SectionGroups, access.SectionGroups}},
		"group without a name":   {Groups: []string{""}},
		"group of two lines":     {Groups: []string{"East\nWest"}},
		"group with a long name": {Groups: []string{strings.Repeat("é", access.MaxGroupName+1)}},
		"budget with a space":    {Budgets: []string{" Sales"}},
		"budget with a long one": {Budgets: []string{strings.Repeat("é", access.MaxBudgetName+1)}},
	}
	for name, scope := range scopes {
		t.Run("scope "+name, func(t *testing.T) {
			_, err := client.ObserveAccess(testContext(t), fullWorkspace(), scope)
			requireFault(t, err, InvalidInput, ReasonInvalidRequest)
		})
	}
	add := access.Change{Verb: access.AddToGroup, Group: "East", Email: "jo@example.com"}
	create := access.Change{Verb: access.CreateBudget, Budget: "Sales", Credits: 5}
	edited := func(change access.Change, edit func(*access.Change)) []access.Change {
		edit(&change)
		return []access.Change{change}
	}
	changes := map[string][]access.Change{
		"verb":                         edited(add, func(c *access.Change) { c.Verb = "Explode" }),
		"no verb":                      edited(add, func(c *access.Change) { c.Verb = "" }),
		"no group":                     edited(add, func(c *access.Change) { c.Group = "" }),
		"a budget too":                 edited(add, func(c *access.Change) { c.Budget = "Sales" }),
		"group of two lines":           edited(add, func(c *access.Change) { c.Group = "East\nWest" }),
		"group with a space":           edited(add, func(c *access.Change) { c.Group = "East " }),
		"group with a long name":       edited(add, func(c *access.Change) { c.Group = strings.Repeat("x", access.MaxGroupName+1) }),
		"no address":                   edited(add, func(c *access.Change) { c.Email = "" }),
		"two addresses":                edited(add, func(c *access.Change) { c.Email = "a@example.com,b@example.com" }),
		"upper case":                   edited(add, func(c *access.Change) { c.Email = "Jo@example.com" }),
		"somebody shares a membership": edited(add, func(c *access.Change) { c.Everyone = true }),
		"groups of a group":            edited(add, func(c *access.Change) { c.Groups = []string{"West"} }),
		"no budget":                    edited(create, func(c *access.Change) { c.Budget = "" }),
		"a group too":                  edited(create, func(c *access.Change) { c.Group = "East" }),
		"budget with a long name":      edited(create, func(c *access.Change) { c.Budget = strings.Repeat("x", access.MaxBudgetName+1) }),
		"somebody alone":               edited(create, func(c *access.Change) { c.Email = "jo@example.com" }),
		"fewer than no credits":        edited(create, func(c *access.Change) { c.Credits = -1 }),
		"everybody and groups":         edited(create, func(c *access.Change) { c.Everyone, c.Groups = true, []string{"East"} }),
		"a group without a name":       edited(create, func(c *access.Change) { c.Groups = []string{""} }),
		"a group of two lines":         edited(create, func(c *access.Change) { c.Groups = []string{"East\nWest"} }),
		"a group twice":                edited(create, func(c *access.Change) { c.Groups = []string{"East", "East"} }),
		"a limit of a group":           {{Verb: access.SetLimit, Group: "East", Email: "jo@example.com"}},
		"a limit of a budget":          {{Verb: access.SetDefaultLimit, Budget: "Sales"}},
		"a limit of nobody":            {{Verb: access.SetLimit}},
		"a default of somebody":        {{Verb: access.SetDefaultLimit, Email: "jo@example.com"}},
		"a long description":           {{Verb: access.DescribeGroup, Group: "East", Description: strings.Repeat("é", maxDescribed+1)}},
		"a description that is none":   {{Verb: access.DescribeGroup, Group: "East", Description: "a\x00b"}},
		"the same thing twice":         {add, {Verb: access.AddToGroup, Group: "East", Email: "jo@example.com", Owner: "another"}},
	}
	for name, list := range changes {
		t.Run("change "+name, func(t *testing.T) {
			_, err := client.ApplyAccess(testContext(t), fullWorkspace(), list, func(Outcome) { t.Error("an outcome of nothing") })
			requireFault(t, err, InvalidInput, ReasonInvalidRequest)
		})
	}
	workspace := fullWorkspace()
	workspace.ID = "none"
	_, err := client.ObserveAccess(testContext(t), workspace, fullScope())
	requireFault(t, err, InvalidInput, ReasonInvalidRequest)
	_, err = client.ApplyAccess(testContext(t), workspace, fullAccessChanges(), func(Outcome) { t.Error("an outcome of nothing") })
	requireFault(t, err, InvalidInput, ReasonInvalidRequest)
}

// TestServerAllowsForeignNames: a budget that is edited keeps the groups that nobody owns, whatever they are called.
func TestServerAllowsForeignNames(t *testing.T) {
	err := validateAccessChanges([]access.Change{{
		Verb: access.EditBudget, Budget: "Sales", Groups: []string{" two  spaces ", strings.Repeat("x", access.MaxGroupName+1)},
	}})
	if err != nil {
		t.Error(err)
	}
}

func TestServerSurvivesAPanicOverAccess(t *testing.T) {
	var log bytes.Buffer
	client := serve(t, fake{applyAccess: func(_ context.Context, _ Workspace, _ []access.Change, report func(Outcome)) (AccessObservation, error) {
		report(Outcome{Index: 0, Result: Applied})
		panic("the page said: hunter2")
	}}, ServerOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	reported := 0
	_, err := client.ApplyAccess(testContext(t), fullWorkspace(), fullAccessChanges(), func(Outcome) { reported++ })
	requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
	if reported != 1 || !AsFault(err).Unanswered || strings.Contains(log.String(), "hunter2") {
		t.Errorf("%d outcomes, unanswered %t, log:\n%s", reported, AsFault(err).Unanswered, log.String())
	}
}

// TestSeatsAndAccessWaitForEachOther: a workspace has one turn, whatever is done in it.
func TestSeatsAndAccessWaitForEachOther(t *testing.T) {
	entered, proceed := make(chan string), make(chan struct{})
	pass := func(what string) {
		entered <- what
		<-proceed
	}
	client := serve(t, fake{
		apply: func(context.Context, Workspace, []seat.Change, func(Outcome)) (Observation, error) {
			pass("seats")
			return Observation{}, nil
		},
		applyAccess: func(context.Context, Workspace, []access.Change, func(Outcome)) (AccessObservation, error) {
			pass("access")
			return AccessObservation{}, nil
		},
	}, ServerOptions{})
	results := make(chan error)
	other := fullWorkspace()
	other.ID = "2"
	go func() {
		_, err := client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(Outcome) {})
		results <- err
	}()
	if what := <-entered; what != "seats" {
		t.Fatalf("%s entered", what)
	}
	begun := make(chan struct{}, 1)
	go func() {
		begun <- struct{}{}
		_, err := client.ApplyAccess(testContext(t), fullWorkspace(), fullAccessChanges(), func(Outcome) {})
		results <- err
	}()
	<-begun
	// The changes to the other workspace come through meanwhile; if the first workspace had no turn, its own would too.
	go func() {
		_, err := client.Apply(testContext(t), other, fullChanges(), func(Outcome) {})
		results <- err
	}()
	if what := <-entered; what != "seats" {
		t.Fatalf("%s entered while seats of the same workspace were changed", what)
	}
	proceed <- struct{}{}
	proceed <- struct{}{}
	if what := <-entered; what != "access" {
		t.Fatalf("%s entered last", what)
	}
	proceed <- struct{}{}
	for range 3 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}
