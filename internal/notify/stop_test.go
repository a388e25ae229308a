package notify

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStopping(t *testing.T) {
	slowly := func(writer http.ResponseWriter, _ *http.Request) {
		time.Sleep(drainLimit / 2)
		writer.WriteHeader(http.StatusOK)
	}
	cases := map[string]struct {
		answers []answer
		notices int
		// want is how often each final outcome comes, and after how long Start returns.
		want  map[Outcome]int
		after time.Duration
	}{
		"nothing to do":               {nil, 0, map[Outcome]int{}, 0},
		"what is under way is sent":   {[]answer{slowly, status(http.StatusOK)}, 3, map[Outcome]int{Sent: 3}, drainLimit / 2},
		"in mid-retry":                {[]answer{statusAfter(http.StatusServiceUnavailable, "60")}, 1, map[Outcome]int{Dropped: 1}, drainLimit},
		"the receiver hangs":          {[]answer{hang}, 3, map[Outcome]int{Dropped: 3}, drainLimit},
		"the limiter lets no more by": {nil, burst + 5, map[Outcome]int{Sent: burst + 1, Dropped: 4}, drainLimit},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newReceiver(t, c.answers...)
				station := startStation(t, transportTo(nil, server))
				for number := range c.notices {
					station.Send(numbered(fmt.Sprint(number)), []Target{server.target()})
				}
				synctest.Wait()
				begin := time.Now()
				station.stop()
				<-station.done
				if took := time.Since(begin); took != c.after {
					t.Errorf("stopped after %v, want %v", took, c.after)
				}
				got := map[Outcome]int{}
				for len(station.results) > 0 {
					result := <-station.results
					if result.Outcome == Retried {
						continue
					}
					got[result.Outcome]++
					if result.Outcome == Dropped && !strings.Contains(result.Err.Error(), "the operator is stopping") {
						t.Errorf("the error does not say why: %v", result.Err)
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("outcomes %v, want %v", got, c.want)
				}
				requireOutcome(t, station.send(numbered("late"), server.target()), Dropped)
			})
		})
	}
}

func TestStoppingTellsWhatWentWrongBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, statusAfter(http.StatusServiceUnavailable, "60"))
		station := startStation(t, transportTo(nil, server))
		station.Send(sampleNotice(), []Target{server.target()})
		requireOutcome(t, <-station.results, Retried)
		station.stop()
		result := station.last()
		requireOutcome(t, result, Dropped)
		if want := "answered 503 Service Unavailable (the operator is stopping)"; !strings.Contains(result.Err.Error(), want) {
			t.Errorf("error %q, want %q in it", result.Err, want)
		}
		if !station.NeedLeaderElection() {
			t.Error("every manager would send")
		}
	})
}
