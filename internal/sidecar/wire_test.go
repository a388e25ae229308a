package sidecar

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

// TestSamplesAreFull keeps the round trips honest: a field that is added to the contract and forgotten in a sample would not be
// compared.
func TestSamplesAreFull(t *testing.T) {
	for _, sample := range []any{fullWorkspace(), fullObservation(), fullFault(), fullChanges(), fullScope(), fullState(), fullAccess()} {
		requireFull(t, reflect.TypeOf(sample).String(), reflect.ValueOf(sample))
	}
}

func requireFull(t *testing.T, path string, value reflect.Value) {
	t.Helper()
	if value.IsZero() {
		t.Errorf("%s has no value in the sample", path)
	}
	switch value.Kind() {
	case reflect.Pointer:
		requireFull(t, path, value.Elem())
	case reflect.Slice:
		for index := range value.Len() {
			if value.Index(index).Kind() == reflect.Struct {
				requireFull(t, path, value.Index(index))
			}
		}
	case reflect.Struct:
		if value.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for index := range value.NumField() {
			requireFull(t, path+"."+value.Type().Field(index).Name, value.Field(index))
		}
	}
}

func TestObserveCarriesEverything(t *testing.T) {
	var got Workspace
	client := serve(t, fake{observe: func(_ context.Context, workspace Workspace) (Observation, error) {
		got = workspace
		return fullObservation(), fullFault()
	}}, ServerOptions{})

	observation, err := client.Observe(testContext(t), fullWorkspace())
	if diff := cmp.Diff(fullWorkspace(), got); diff != "" {
		t.Errorf("workspace (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(fullObservation(), observation); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(fullFault(), AsFault(err)); diff != "" {
		t.Errorf("fault (-sent +received):\n%s", diff)
	}
}

func TestApplyCarriesEverything(t *testing.T) {
	sent := []Outcome{
		{Index: 2, Result: Failed, Fault: fullFault()},
		{Index: 0, Result: Applied},
		{Index: 3, Result: Unknown, Fault: fullFault()},
		{Index: 1, Result: AlreadyThere},
	}
	var got []seat.Change
	client := serve(t, fake{apply: func(_ context.Context, _ Workspace, changes []seat.Change, report func(Outcome)) (Observation, error) {
		got = changes
		for _, outcome := range sent {
			report(outcome)
		}
		return fullObservation(), nil
	}}, ServerOptions{})

	var received []Outcome
	observation, err := client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(outcome Outcome) {
		received = append(received, outcome)
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullChanges(), got); diff != "" {
		t.Errorf("changes (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(sent, received); diff != "" {
		t.Errorf("outcomes (-sent +received):\n%s", diff)
	}
	if diff := cmp.Diff(fullObservation(), observation); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
}

func TestEmptyValuesStayEmpty(t *testing.T) {
	workspace := fullWorkspace()
	workspace.Session, workspace.Evidence = nil, false
	client := serve(t, fake{observe: func(_ context.Context, got Workspace) (Observation, error) {
		if diff := cmp.Diff(workspace, got); diff != "" {
			t.Errorf("workspace (-sent +received):\n%s", diff)
		}
		return Observation{}, nil
	}}, ServerOptions{})
	observation, err := client.Observe(testContext(t), workspace)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Observation{}, observation); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
}

// TestEveryWordTravels goes through the whole vocabulary: each word of the domain has its own word in the protocol and comes back, and the
// protocol has no word that the domain lacks.
func TestEveryWordTravels(t *testing.T) {
	testVocabulary(t, verbs, len(pb.Verb_name)-1)
	testVocabulary(t, roles, len(pb.Role_name))
	testVocabulary(t, presences, len(pb.Presence_name)-1)
	testVocabulary(t, sources, len(pb.Source_name))
	testVocabulary(t, results, len(pb.Result_name)-1)
	testVocabulary(t, classes, len(pb.Class_name)-1)
	testVocabulary(t, accessVerbs, len(pb.AccessVerb_name)-1)
	testVocabulary(t, sections, len(pb.Section_name)-1)
	testVocabulary(t, offers, len(pb.Offer_name))
	for _, verb := range access.Verbs() {
		if _, ok := accessVerbs.words[verb]; !ok {
			t.Errorf("the verb %s has no word in the protocol", verb)
		}
	}
	for _, role := range seat.Roles() {
		if _, ok := roles.words[role]; !ok {
			t.Errorf("the role %s has no word in the protocol", role)
		}
	}
}

func testVocabulary[D ~string, P ~int32](t *testing.T, words vocabulary[D, P], want int) {
	t.Helper()
	if len(words.words) != want {
		t.Errorf("%s: %d words, the protocol has %d", words.name, len(words.words), want)
	}
	for word, code := range words.words {
		if got, err := words.decode(code); err != nil || got != word {
			t.Errorf("%s %q came back as %q, %v", words.name, word, got, err)
		}
	}
	if _, err := words.decode(-1); err == nil {
		t.Errorf("%s: a word that nobody knows was accepted", words.name)
	}
}

func TestTextOfAnyKindTravels(t *testing.T) {
	observation := fullObservation()
	observation.Inventory.Members[0].Name = "J\xffo"
	observation.Evidence.Screenshot = make([]byte, maxScreenshot+1)
	observation.Evidence.Snapshot = strings.Repeat("ä", maxSnapshot)
	client := serve(t, fake{observe: func(context.Context, Workspace) (Observation, error) {
		return observation, nil
	}}, ServerOptions{})
	got, err := client.Observe(testContext(t), fullWorkspace())
	if err != nil {
		t.Fatal(err)
	}
	if name := got.Inventory.Members[0].Name; name != "J\uFFFDo" {
		t.Errorf("name %q", name)
	}
	if got.Evidence.Screenshot != nil || len(got.Evidence.Snapshot) > maxSnapshot {
		t.Errorf("evidence of %d and %d bytes: it should have been bounded", len(got.Evidence.Screenshot), len(got.Evidence.Snapshot))
	}
}

// FuzzDecodeEnding feeds whatever may come over the socket. What is accepted must be well-formed, and mean the same after another
// journey.
func FuzzDecodeEnding(f *testing.F) {
	for _, ending := range []*pb.Ending{encodeEnding(fullObservation(), fullFault()), encodeAccessEnding(fullAccess(), fullFault())} {
		seed, err := proto.Marshal(ending)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var message pb.Ending
		if proto.Unmarshal(data, &message) != nil {
			return
		}
		observation, fault, err := decodeEnding(&message, "12345")
		if err != nil {
			return
		}
		again, againFault, err := decodeEnding(encodeAccessEnding(observation, fault), "12345")
		if err != nil {
			t.Fatalf("an accepted message is refused after a round trip: %v", err)
		}
		if diff := cmp.Diff(observation, again); diff != "" {
			t.Errorf("observation changed:\n%s", diff)
		}
		if diff := cmp.Diff(fault, againFault); diff != "" {
			t.Errorf("fault changed:\n%s", diff)
		}
	})
}

// FuzzDecodeChanges feeds requests.
func FuzzDecodeChanges(f *testing.F) {
	seed, err := proto.Marshal(&pb.ApplyRequest{Workspace: encodeWorkspace(fullWorkspace()), Changes: encodeChanges(fullChanges())})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var message pb.ApplyRequest
		if proto.Unmarshal(data, &message) != nil {
			return
		}
		changes, err := decodeChanges(message.GetChanges())
		if err != nil || validateChanges(changes) != nil || validateWorkspace(decodeWorkspace(message.GetWorkspace())) != nil {
			return
		}
		again, err := decodeChanges(encodeChanges(changes))
		if err != nil {
			t.Fatalf("accepted changes are refused after a round trip: %v", err)
		}
		if diff := cmp.Diff(changes, again); diff != "" {
			t.Errorf("changes differ:\n%s", diff)
		}
	})
}
