package notify

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheSameIsNotToldTwice(t *testing.T) {
	matter := sampleNotice()
	type step struct {
		// after is how long after the step before it this one comes.
		after  time.Duration
		notice Notice
		want   Outcome
	}
	cases := map[string][]step{
		"again at once":               {{0, matter, Sent}, {0, matter, Duplicate}, {time.Hour, matter, Duplicate}},
		"again with other words":      {{0, matter, Sent}, {0, Notice{ID: matter.ID, Message: "Still."}, Duplicate}},
		"within a day":                {{0, matter, Sent}, {rememberFor - time.Nanosecond, matter, Duplicate}},
		"after a day":                 {{0, matter, Sent}, {rememberFor, matter, Sent}, {0, matter, Duplicate}},
		"a duplicate counts no day":   {{0, matter, Sent}, {rememberFor / 2, matter, Duplicate}, {rememberFor / 2, matter, Sent}},
		"resolved once":               {{0, matter, Sent}, {0, resolved(matter), Sent}, {0, resolved(matter), Duplicate}},
		"back after it was resolved":  {{0, matter, Sent}, {0, resolved(matter), Sent}, {0, matter, Sent}, {0, matter, Duplicate}},
		"resolved after a restart":    {{0, resolved(matter), Sent}},
		"another matter":              {{0, matter, Sent}, {0, numbered("other"), Sent}},
		"the end of another does not": {{0, matter, Sent}, {0, resolved(numbered("other")), Sent}, {0, matter, Duplicate}},
	}
	for name, steps := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newReceiver(t)
				station := startStation(t, transportTo(nil, server))
				sent := 0
				for place, each := range steps {
					time.Sleep(each.after)
					result := station.send(each.notice, server.target())
					if result.Outcome != each.want {
						t.Fatalf("step %d: %s (%v), want %s", place, result.Outcome, result.Err, each.want)
					}
					if each.want == Sent {
						sent++
					}
				}
				if requests := len(server.requests()); requests != sent {
					t.Errorf("%d requests, want %d", requests, sent)
				}
			})
		})
	}
}

func TestWhatIsUnderWayIsNotToldTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, statusAfter(http.StatusServiceUnavailable, "60"), status(http.StatusOK))
		station := startStation(t, transportTo(nil, server))
		notice, target := sampleNotice(), server.target()
		for range 3 {
			station.Send(notice, []Target{target})
		}
		synctest.Wait()
		station.Send(notice, []Target{target})
		// The first attempt ends before, between or after the duplicates.
		got := station.outcomes(4)
		slices.Sort(got)
		if diff := cmp.Diff([]Outcome{Duplicate, Duplicate, Duplicate, Retried, Sent}, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func TestWhatFailedMayBeToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, status(http.StatusNotFound), status(http.StatusOK), status(http.StatusForbidden), status(http.StatusOK))
		station := startStation(t, transportTo(nil, server))
		notice := sampleNotice()
		requireOutcome(t, station.send(notice, server.target()), Failed)
		requireOutcome(t, station.send(notice, server.target()), Sent)
		// That the end was not told does not make the beginning news, and the end is tried again.
		requireOutcome(t, station.send(resolved(notice), server.target()), Failed)
		requireOutcome(t, station.send(resolved(notice), server.target()), Sent)
	})
}

func TestAFailureDoesNotForgetWhatCameAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, status(http.StatusNotFound), statusAfter(http.StatusServiceUnavailable, "60"), status(http.StatusOK))
		station := newStation(transportTo(nil, server))
		notice, target := sampleNotice(), server.target()
		station.Send(notice, []Target{target})
		station.Send(resolved(notice), []Target{target})
		station.start(t)
		if diff := cmp.Diff([]Outcome{Failed}, station.outcomes(1)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		requireOutcome(t, <-station.results, Retried)
		station.Send(resolved(notice), []Target{target})
		if diff := cmp.Diff([]Outcome{Duplicate, Sent}, station.outcomes(2)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func TestOrderIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, status(http.StatusServiceUnavailable), status(http.StatusOK))
		station := startStation(t, transportTo(nil, server))
		notice, target := sampleNotice(), server.target()
		station.Send(notice, []Target{target})
		station.Send(resolved(notice), []Target{target})
		station.Send(notice, []Target{target})
		if diff := cmp.Diff([]Outcome{Retried, Sent, Sent, Sent}, station.outcomes(3)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		var ends []bool
		for _, request := range server.requests() {
			ends = append(ends, strings.Contains(string(request.body), typeResolved))
		}
		if diff := cmp.Diff([]bool{false, false, true, false}, ends); diff != "" {
			t.Errorf("which requests told the end (-want +got):\n%s", diff)
		}
		requireOutcome(t, station.send(notice, target), Duplicate)
	})
}

func TestTargetsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken, working := newReceiver(t, status(http.StatusNotFound)), newReceiver(t)
		station := startStation(t, transportTo(map[string]*receiver{"localhost:81": working}, broken))
		first, second, third := broken.target(), working.target(), working.target()
		second.Name, second.URL = "second", Secret("http://localhost:81"+secretPath)
		third.Name, third.URL = "same address as the second", second.URL
		fourth := Target{Name: "not valid", Format: Slack}
		station.Send(sampleNotice(), []Target{first, second, third, fourth})
		got := map[string]Outcome{}
		for range 4 {
			result := station.last()
			got[result.Target.Name] = result.Outcome
		}
		want := map[string]Outcome{"operations": Failed, "second": Sent, "same address as the second": Duplicate, "not valid": Failed}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func TestANoticeWithoutIDIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t)
		station := startStation(t, transportTo(nil, server))
		requireOutcome(t, station.send(numbered(""), server.target()), Failed)
		if requests := server.requests(); len(requests) != 0 {
			t.Errorf("it was sent: %v", requests)
		}
	})
}

func TestRequestsAreSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t)
		station := startStation(t, transportTo(nil, server))
		const notices = burst + 3
		for number := range notices {
			station.Send(numbered(fmt.Sprint(number)), []Target{server.target()})
		}
		station.outcomes(notices)
		want := append(make([]time.Duration, burst), pace, 2*pace, 3*pace)
		if diff := cmp.Diff(want, rounded(server.times())); diff != "" {
			t.Errorf("times of the requests (-want +got):\n%s", diff)
		}
	})
}

// rounded takes out what the limiter loses by counting in floating point.
func rounded(times []time.Duration) []time.Duration {
	for place := range times {
		times[place] = times[place].Round(time.Millisecond)
	}
	return times
}

func TestAFullQueueDropsAndSendDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, hang)
		station := startStation(t, transportTo(nil, server))
		begin := time.Now()
		station.Send(numbered("under way"), []Target{server.target()})
		synctest.Wait()
		for number := range queueLimit {
			station.Send(numbered(fmt.Sprint(number)), []Target{server.target()})
		}
		station.Send(numbered("too many"), []Target{server.target()})
		if took := time.Since(begin); took != 0 {
			t.Errorf("Send took %v", took)
		}
		result := <-station.results
		requireOutcome(t, result, Dropped)
		if result.Notice.ID != "too many" || !strings.Contains(result.Err.Error(), "100 notices wait for it already") {
			t.Errorf("dropped %s: %v", result.Notice.ID, result.Err)
		}
	})
}

func TestNoticesWaitForTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t)
		station := newStation(transportTo(nil, server))
		station.Send(sampleNotice(), []Target{server.target()})
		time.Sleep(time.Minute)
		if requests := server.requests(); len(requests) != 0 {
			t.Fatalf("sent before the start: %v", requests)
		}
		station.start(t)
		requireOutcome(t, station.last(), Sent)
	})
}

func TestLanesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, status(http.StatusOK), status(http.StatusNotFound))
		station := startStation(t, transportTo(nil, server))
		moved := func(number int) Target {
			target := server.target()
			target.URL += Secret(fmt.Sprint(number))
			return target
		}
		requireLanes := func(want int) {
			t.Helper()
			station.mu.Lock()
			defer station.mu.Unlock()
			if len(station.lanes) != want {
				t.Errorf("%d lanes, want %d", len(station.lanes), want)
			}
		}
		requireOutcome(t, station.send(sampleNotice(), moved(1)), Sent)
		requireOutcome(t, station.send(sampleNotice(), moved(2)), Failed)
		requireLanes(2)
		// The second remembers nothing, and is kept until its limiter is full again.
		requireOutcome(t, station.send(sampleNotice(), moved(3)), Failed)
		requireLanes(3)
		time.Sleep(pace)
		requireOutcome(t, station.send(sampleNotice(), moved(4)), Failed)
		requireLanes(2)
		time.Sleep(rememberFor)
		requireOutcome(t, station.send(sampleNotice(), moved(5)), Failed)
		requireLanes(1)
	})
}

func TestNobodyNeedsToListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t)
		station := newStation(nil)
		station.Sender = New(Options{transport: transportTo(nil, server)})
		station.start(t)
		station.Send(sampleNotice(), []Target{server.target()})
		synctest.Wait()
		if requests := server.requests(); len(requests) != 1 {
			t.Errorf("%d requests, want 1", len(requests))
		}
	})
}
