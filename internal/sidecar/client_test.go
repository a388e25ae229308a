package sidecar

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"

	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

// rawServer answers with whatever messages a test likes.
type rawServer struct {
	pb.UnimplementedBrowserServer
	observe       *pb.ObserveResponse
	apply         []*pb.ApplyResponse
	observeAccess *pb.ObserveAccessResponse
	applyAccess   []*pb.ApplyAccessResponse
}

func (r rawServer) Observe(context.Context, *pb.ObserveRequest) (*pb.ObserveResponse, error) {
	return r.observe, nil
}

func (r rawServer) Apply(_ *pb.ApplyRequest, stream grpc.ServerStreamingServer[pb.ApplyResponse]) error {
	for _, response := range r.apply {
		if err := stream.Send(response); err != nil {
			return err
		}
	}
	return nil
}

func (r rawServer) ObserveAccess(context.Context, *pb.ObserveAccessRequest) (*pb.ObserveAccessResponse, error) {
	return r.observeAccess, nil
}

func (r rawServer) ApplyAccess(_ *pb.ApplyAccessRequest, stream grpc.ServerStreamingServer[pb.ApplyAccessResponse]) error {
	for _, response := range r.applyAccess {
		if err := stream.Send(response); err != nil {
			return err
		}
	}
	return nil
}

func serveRaw(t *testing.T, raw rawServer) *Client {
	t.Helper()
	address := filepath.Join(shortDir(t), "b.sock")
	listener, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	transport := grpc.NewServer()
	pb.RegisterBrowserServer(transport, raw)
	ended := make(chan error, 1)
	go func() { ended <- transport.Serve(listener) }()
	t.Cleanup(func() {
		transport.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return dialTest(t, address)
}

func outcomeStep(outcome *pb.Outcome) *pb.ApplyResponse {
	return &pb.ApplyResponse{Step: &pb.ApplyResponse_Outcome{Outcome: outcome}}
}

func TestObserveRefusesWhatBreaksTheContract(t *testing.T) {
	type inventory = pb.Inventory
	now := encodeTime(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	member := func(email string, presence pb.Presence) *pb.Member {
		return &pb.Member{Email: email, Presence: presence}
	}
	cases := map[string]*pb.Ending{
		"no ending":         nil,
		"another workspace": {Observation: &pb.Observation{Inventory: &inventory{WorkspaceId: "999", Complete: true, ReadAt: now}}},
		"members of no workspace": {Observation: &pb.Observation{Inventory: &inventory{
			Members: []*pb.Member{member("jo@example.com", pb.Presence_PRESENCE_ACTIVE)}}}},
		"complete without a time": {Observation: &pb.Observation{Inventory: &inventory{WorkspaceId: "12345", Complete: true}}},
		"address without end": {Observation: &pb.Observation{Inventory: &inventory{WorkspaceId: "12345", Members: []*pb.Member{
			member(strings.Repeat("a", maxMemberEmail+1), pb.Presence_PRESENCE_ACTIVE)}}}},
		"no presence": {Observation: &pb.Observation{Inventory: &inventory{WorkspaceId: "12345", Members: []*pb.Member{
			member("jo@example.com", pb.Presence_PRESENCE_UNSPECIFIED)}}}},
		"unknown source":         {Observation: &pb.Observation{Inventory: &inventory{WorkspaceId: "12345", Source: 99}}},
		"fault without a class":  {Fault: &pb.Fault{Reason: "Timeout"}},
		"fault with odd reason":  {Fault: &pb.Fault{Class: pb.Class_CLASS_DRIFT, Reason: "two words"}},
		"fault without a reason": {Fault: &pb.Fault{Class: pb.Class_CLASS_DRIFT}},
	}
	for name, ending := range cases {
		t.Run(name, func(t *testing.T) {
			client := serveRaw(t, rawServer{observe: &pb.ObserveResponse{Ending: ending}})
			observation, err := client.Observe(testContext(t), fullWorkspace())
			requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
			if diff := cmp.Diff(Observation{}, observation); diff != "" {
				t.Errorf("something of it was used:\n%s", diff)
			}
		})
	}
}

// TestObserveCarriesOddLines sends what Clay may show and no manifest could ask for: one such line must not hide all the others.
func TestObserveCarriesOddLines(t *testing.T) {
	sent := fullObservation()
	sent.Inventory.Members = []seat.Member{
		{Email: "jo@example.com", ID: "1", Presence: seat.Active},
		{Email: "jo@example.com", Presence: seat.Pending},
		{Email: "Kim@Example.com", Presence: seat.Active},
		{Email: "sam (left)", Presence: seat.Active},
		{Presence: seat.Active},
		{Email: seat.Email(strings.Repeat("é", maxMemberEmail)), Presence: seat.Active},
	}
	want := fullObservation()
	want.Inventory.Members = slices.Clone(sent.Inventory.Members)
	want.Inventory.Members[5].Email = seat.Email(strings.Repeat("é", maxMemberEmail/len("é")))
	client := serve(t, fake{observe: func(context.Context, Workspace) (Observation, error) { return sent, nil }}, ServerOptions{})
	got, err := client.Observe(testContext(t), fullWorkspace())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observation (-sent +received):\n%s", diff)
	}
}

func TestApplyRefusesWhatBreaksTheContract(t *testing.T) {
	applied := outcomeStep(&pb.Outcome{Index: 1, Result: pb.Result_RESULT_APPLIED})
	cases := []struct {
		name      string
		responses []*pb.ApplyResponse
		reported  int
	}{
		{name: "no ending", responses: []*pb.ApplyResponse{applied}, reported: 1},
		{name: "the same change twice", responses: []*pb.ApplyResponse{applied, applied}, reported: 1},
		{name: "index too large", responses: []*pb.ApplyResponse{outcomeStep(&pb.Outcome{Index: 4, Result: pb.Result_RESULT_APPLIED})}},
		{name: "index below zero", responses: []*pb.ApplyResponse{outcomeStep(&pb.Outcome{Index: -1, Result: pb.Result_RESULT_APPLIED})}},
		{name: "no result", responses: []*pb.ApplyResponse{outcomeStep(&pb.Outcome{})}},
		{name: "failure without a fault", responses: []*pb.ApplyResponse{outcomeStep(&pb.Outcome{Result: pb.Result_RESULT_FAILED})}},
		{name: "success with a fault", responses: []*pb.ApplyResponse{outcomeStep(&pb.Outcome{
			Result: pb.Result_RESULT_APPLIED, Fault: encodeFault(fullFault())})}},
		{name: "empty step", responses: []*pb.ApplyResponse{{}}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			client := serveRaw(t, rawServer{apply: test.responses})
			reported := 0
			_, err := client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(Outcome) { reported++ })
			requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
			if reported != test.reported {
				t.Errorf("%d outcomes reported, want %d", reported, test.reported)
			}
		})
	}
}

// TestApplySurvivesABrokenStream ends the server in the middle of Apply, as a kill of the browser does.
func TestApplySurvivesABrokenStream(t *testing.T) {
	address := filepath.Join(shortDir(t), "b.sock")
	released := make(chan struct{})
	stop := serveAt(t, address, fake{apply: func(ctx context.Context, _ Workspace, _ []seat.Change, report func(Outcome)) (Observation, error) {
		report(Outcome{Index: 1, Result: Applied})
		<-ctx.Done()
		close(released)
		return Observation{}, ctx.Err()
	}}, ServerOptions{})
	client := dialTest(t, address)

	var received []Outcome
	_, err := client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(outcome Outcome) {
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

func TestClientFindsABrowserThatStartsLater(t *testing.T) {
	address := filepath.Join(shortDir(t), "b.sock")
	client := dialTest(t, address)
	answered := make(chan error, 1)
	go func() {
		_, err := client.Observe(testContext(t), fullWorkspace())
		answered <- err
	}()
	t.Cleanup(serveAt(t, address, fake{observe: func(context.Context, Workspace) (Observation, error) {
		return fullObservation(), nil
	}}, ServerOptions{}))
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

func TestClientWithoutABrowser(t *testing.T) {
	client := dialTest(t, filepath.Join(shortDir(t), "b.sock"))
	client.patience = time.Millisecond
	_, err := client.Observe(testContext(t), fullWorkspace())
	requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
	if AsFault(err).Unanswered {
		t.Error("a browser that was never reached may have done something")
	}
	_, err = client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(Outcome) { t.Error("an outcome was made up") })
	requireFault(t, err, Unavailable, ReasonBrowserUnavailable)

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = client.Observe(ended, fullWorkspace())
	requireFault(t, err, Unavailable, ReasonTimeout)
}

func TestClientReconnects(t *testing.T) {
	address := filepath.Join(shortDir(t), "b.sock")
	backend := fake{observe: func(context.Context, Workspace) (Observation, error) { return fullObservation(), nil }}
	client := dialTest(t, address)
	for range 3 {
		stop := serveAt(t, address, backend, ServerOptions{})
		if _, err := client.Observe(testContext(t), fullWorkspace()); err != nil {
			t.Fatal(err)
		}
		stop()
		// A call in the moment of the loss may fail; this is about what comes after it.
		client.connection.WaitForStateChange(testContext(t), connectivity.Ready)
	}
}

func TestDeadlineOfTheCaller(t *testing.T) {
	client := serve(t, fake{observe: func(ctx context.Context, _ Workspace) (Observation, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the deadline did not travel")
		}
		<-ctx.Done()
		return Observation{}, ctx.Err()
	}}, ServerOptions{})
	// Long enough to connect on a slow machine; the backend waits for the end of it.
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := client.Observe(ctx, fullWorkspace())
	requireFault(t, err, Unavailable, ReasonTimeout)
}

func requireFault(t *testing.T, err error, class Class, reason string) {
	t.Helper()
	fault, ok := err.(*Fault)
	if !ok {
		t.Fatalf("error %v (%T), want a *Fault", err, err)
	}
	if fault.Class != class || fault.Reason != reason {
		t.Errorf("fault %v, want %s (%s)", fault, class, reason)
	}
}
