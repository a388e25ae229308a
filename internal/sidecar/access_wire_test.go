package sidecar

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

func TestAccessChangesOfTheSampleUseEveryVerb(t *testing.T) {
	for _, verb := range access.Verbs() {
		if !slices.ContainsFunc(fullAccessChanges(), func(change access.Change) bool { return change.Verb == verb }) {
			t.Errorf("%s is not in the sample", verb)
		}
	}
}

func TestObserveAccessCarriesEverything(t *testing.T) {
	var gotWorkspace Workspace
	var gotScope access.Scope
	client := serve(t, fake{observeAccess: func(_ context.Context, workspace Workspace, scope access.Scope) (AccessObservation, error) {
		gotWorkspace, gotScope = workspace, scope
		return fullAccess(), fullFault()
	}}, ServerOptions{})

	observation, err := client.ObserveAccess(testContext(t), fullWorkspace(), fullScope())
	if diff := cmp.Diff(fullWorkspace(), gotWorkspace); diff != "" {
		t.Errorf("workspace (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(fullScope(), gotScope); diff != "" {
		t.Errorf("scope (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(fullAccess(), observation); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(fullFault(), AsFault(err)); diff != "" {
		t.Errorf("fault (-sent +received):\n%s", diff)
	}
}

func TestApplyAccessCarriesEverything(t *testing.T) {
	sent := []Outcome{
		{Index: 2, Result: Failed, Fault: fullFault()},
		{Index: 0, Result: Applied},
		{Index: 12, Result: Unknown, Fault: fullFault()},
		{Index: 1, Result: AlreadyThere},
	}
	var got []access.Change
	client := serve(t, fake{applyAccess: func(_ context.Context, _ Workspace, changes []access.Change, report func(Outcome)) (AccessObservation, error) {
		got = changes
		for _, outcome := range sent {
			report(outcome)
		}
		return fullAccess(), nil
	}}, ServerOptions{})

	var received []Outcome
	observation, err := client.ApplyAccess(testContext(t), fullWorkspace(), fullAccessChanges(), func(outcome Outcome) {
		received = append(received, outcome)
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullAccessChanges(), got); diff != "" {
		t.Errorf("changes (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(sent, received); diff != "" {
		t.Errorf("outcomes (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(fullAccess(), observation); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
}

// TestNoLimitIsNotZero: what is nil stays nil, and what is zero stays zero.
func TestNoLimitIsNotZero(t *testing.T) {
	zero := int64(0)
	sent := AccessObservation{State: access.State{
		WorkspaceID: "12345", ReadAt: fullState().ReadAt,
		Groups: access.GroupList{Offer: access.NotOffered},
		Limits: access.LimitList{Offer: access.Offered, Default: &zero, People: []access.PersonLimit{
			{Email: "jo@example.com"}, {Email: "kim@example.com", Limit: &zero},
		}},
	}}
	client := serve(t, fake{observeAccess: func(_ context.Context, _ Workspace, scope access.Scope) (AccessObservation, error) {
		if diff := cmp.Diff(access.Scope{}, scope); diff != "" {
			t.Errorf("scope (-sent +received):\n%s", diff)
		}
		return sent, nil
	}}, ServerOptions{})
	got, err := client.ObserveAccess(testContext(t), fullWorkspace(), access.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
	sent.State.Limits.Default = nil
	if got, err = client.ObserveAccess(testContext(t), fullWorkspace(), access.Scope{}); err != nil || got.State.Limits.Default != nil {
		t.Errorf("no default became %v, %v", got.State.Limits.Default, err)
	}
}

func TestEmptyAccessStaysEmpty(t *testing.T) {
	client := serve(t, fake{
		observeAccess: func(context.Context, Workspace, access.Scope) (AccessObservation, error) {
			return AccessObservation{}, nil
		},
		applyAccess: func(_ context.Context, _ Workspace, changes []access.Change, _ func(Outcome)) (AccessObservation, error) {
			if changes != nil {
				t.Errorf("changes %v", changes)
			}
			return AccessObservation{}, nil
		},
	}, ServerOptions{})
	observed, err := client.ObserveAccess(testContext(t), fullWorkspace(), access.Scope{})
	if diff := cmp.Diff(AccessObservation{}, observed); diff != "" || err != nil {
		t.Errorf("observation, %v (-sent +received):\n%s", err, diff)
	}
	applied, err := client.ApplyAccess(testContext(t), fullWorkspace(), nil, func(Outcome) { t.Error("an outcome of nothing") })
	if diff := cmp.Diff(AccessObservation{}, applied); diff != "" || err != nil {
		t.Errorf("observation, %v (-sent +received):\n%s", err, diff)
	}
}

// TestObserveAccessCarriesOddLines sends what Clay may show and no manifest could ask for: one such line must not hide all the others.
func TestObserveAccessCarriesOddLines(t *testing.T) {
	long := strings.Repeat("é", maxDescription)
	sent := fullAccess()
	sent.State.Groups.Groups = []access.Group{
		{Name: "East", Members: []seat.Email{"Jo@Example.com", "sam (left)", "", seat.Email(long)}}, {Name: "East"}, {Name: " east\n"},
		{Name: long, Description: long}, {Name: "J\xffo"},
	}
	sent.State.Budgets.Budgets = []access.Budget{{Name: long, CreditLimit: -1, Used: -2, Groups: []string{long, ""}, Users: []seat.Email{seat.Email(long)}}}
	sent.State.Limits.People = []access.PersonLimit{{Email: "sam (left)"}, {}, {Email: seat.Email(long)}}
	want := fullAccess()
	cut := func(most int) string { return strings.Repeat("é", most/len("é")) }
	want.State.Groups.Groups = slices.Clone(sent.State.Groups.Groups)
	want.State.Groups.Groups[0].Members = []seat.Email{"Jo@Example.com", "sam (left)", "", seat.Email(cut(maxMemberEmail))}
	want.State.Groups.Groups[3] = access.Group{Name: cut(maxName), Description: cut(maxDescription)}
	want.State.Groups.Groups[4].Name = "J\uFFFDo"
	want.State.Budgets.Budgets = []access.Budget{{
		Name: cut(maxName), CreditLimit: -1, Used: -2, Groups: []string{cut(maxName), ""}, Users: []seat.Email{seat.Email(cut(maxMemberEmail))},
	}}
	want.State.Limits.People = []access.PersonLimit{{Email: "sam (left)"}, {}, {Email: seat.Email(cut(maxMemberEmail))}}
	client := serve(t, fake{observeAccess: func(context.Context, Workspace, access.Scope) (AccessObservation, error) { return sent, nil }}, ServerOptions{})
	got, err := client.ObserveAccess(testContext(t), fullWorkspace(), fullScope())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
}

// TestAccessOfALargeWorkspaceTravels is about the bounds of messages: everybody of a large workspace in several groups and budgets, and the
// changes that lead there.
func TestAccessOfALargeWorkspaceTravels(t *testing.T) {
	const people, things = 5_000, 12
	sent := AccessObservation{State: access.State{WorkspaceID: "12345", ReadAt: fullState().ReadAt}}
	sent.State.Groups = access.GroupList{Offer: access.Offered, Complete: true}
	sent.State.Budgets = access.BudgetList{Offer: access.Offered, Complete: true}
	sent.State.Limits = access.LimitList{Offer: access.Offered, Complete: true}
	var emails []seat.Email
	for n := range people {
		email := seat.Email(fmt.Sprintf("somebody.with.a.long.name.%04d@subsidiary.example.com", n))
		emails = append(emails, email)
		sent.State.Limits.People = append(sent.State.Limits.People, access.PersonLimit{Email: email, Limit: sent.State.Limits.Default, Used: int64(n)})
	}
	var changes []access.Change
	for n := range things {
		name := fmt.Sprintf("A group or budget %d", n)
		sent.State.Groups.Groups = append(sent.State.Groups.Groups, access.Group{Name: name, Members: emails, Complete: true})
		sent.State.Budgets.Budgets = append(sent.State.Budgets.Budgets, access.Budget{Name: name, Users: emails, Complete: true})
		for _, email := range emails {
			changes = append(changes, access.Change{Verb: access.AddToGroup, Group: name, Email: email, Owner: "team/" + string(email)})
		}
	}
	client := serve(t, fake{applyAccess: func(_ context.Context, _ Workspace, got []access.Change, _ func(Outcome)) (AccessObservation, error) {
		if len(got) != len(changes) {
			t.Errorf("%d changes arrived, want %d", len(got), len(changes))
		}
		return sent, nil
	}}, ServerOptions{})
	got, err := client.ApplyAccess(testContext(t), fullWorkspace(), changes, func(Outcome) {})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
}

// FuzzDecodeAccessChanges feeds requests. What is accepted must mean the same after another journey.
func FuzzDecodeAccessChanges(f *testing.F) {
	seed, err := proto.Marshal(&pb.ApplyAccessRequest{Workspace: encodeWorkspace(fullWorkspace()), Changes: encodeAccessChanges(fullAccessChanges())})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var message pb.ApplyAccessRequest
		if proto.Unmarshal(data, &message) != nil {
			return
		}
		changes, err := decodeAccessChanges(message.GetChanges())
		if err != nil || validateAccessChanges(changes) != nil {
			return
		}
		for _, change := range changes {
			if strings.ContainsAny(change.Group+change.Budget+strings.Join(change.Groups, ""), "\n\r\t\x00") || change.Credits < 0 {
				t.Errorf("%+v was accepted", change)
			}
		}
		again, err := decodeAccessChanges(encodeAccessChanges(changes))
		if err != nil {
			t.Fatalf("accepted changes are refused after a round trip: %v", err)
		}
		if diff := cmp.Diff(changes, again); diff != "" {
			t.Errorf("changes differ:\n%s", diff)
		}
	})
}

// FuzzDecodeScope feeds scopes.
func FuzzDecodeScope(f *testing.F) {
	seed, err := proto.Marshal(encodeScope(fullScope()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var message pb.AccessScope
		if proto.Unmarshal(data, &message) != nil {
			return
		}
		scope, err := decodeScope(&message)
		if err != nil || validateScope(scope) != nil {
			return
		}
		again, err := decodeScope(encodeScope(scope))
		if err != nil {
			t.Fatalf("an accepted scope is refused after a round trip: %v", err)
		}
		if diff := cmp.Diff(scope, again); diff != "" {
			t.Errorf("scopes differ:\n%s", diff)
		}
	})
}
