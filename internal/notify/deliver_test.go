package notify

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatEachStatusMeans(t *testing.T) {
	cases := map[string]struct {
		codes []int
		want  []Outcome
		// says is part of the error of the last outcome.
		says string
	}{
		"taken":            {codes: []int{200, 201, 202, 204, 299}, want: []Outcome{Sent}},
		"redirects":        {codes: []int{300, 301, 302, 303, 304, 307, 308}, want: []Outcome{Failed}, says: "put the final address into"},
		"refused for good": {codes: []int{400, 401, 403, 404, 405, 409, 410, 413, 422, 426, 451, 499}, want: []Outcome{Failed}, says: "check the key url"},
		"refused for now":  {codes: []int{408, 425, 429, 500, 501, 502, 503, 504, 507, 599}, want: []Outcome{Retried, Sent}},
	}
	for name, c := range cases {
		for _, code := range c.codes {
			t.Run(name+"/"+http.StatusText(code), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := newReceiver(t, status(code), status(http.StatusOK))
					station := startStation(t, transportTo(nil, server))
					station.Send(sampleNotice(), []Target{server.target()})
					var got []Outcome
					for range c.want {
						result := <-station.results
						got = append(got, result.Outcome)
						if result.Outcome == Failed && !strings.Contains(result.Err.Error(), c.says) {
							t.Errorf("%d: the error %q does not say %q", code, result.Err, c.says)
						}
					}
					if diff := cmp.Diff(c.want, got); diff != "" {
						t.Errorf("%d: outcomes (-want +got):\n%s", code, diff)
					}
					if requests := len(server.requests()); requests != len(c.want) {
						t.Errorf("%d: %d requests, want %d", code, requests, len(c.want))
					}
				})
			})
		}
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		elsewhere := newReceiver(t)
		server := newReceiver(t, func(writer http.ResponseWriter, request *http.Request) {
			http.Redirect(writer, request, "http://localhost:81"+secretPath, http.StatusPermanentRedirect)
		})
		station := startStation(t, transportTo(map[string]*receiver{"localhost:81": elsewhere}, server))
		result := station.send(sampleNotice(), server.target())
		requireOutcome(t, result, Failed)
		requireNoSecret(t, "the error", result.Err.Error())
		if requests := elsewhere.requests(); len(requests) != 0 {
			t.Errorf("the notice went on to the other address: %v", requests)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	date := func(after time.Duration) answer {
		return func(writer http.ResponseWriter, request *http.Request) {
			statusAfter(http.StatusServiceUnavailable, time.Now().Add(after).UTC().Format(http.TimeFormat))(writer, request)
		}
	}
	cases := map[string]struct {
		first answer
		// The second request comes so long after the first.
		atLeast, atMost time.Duration
	}{
		"seconds":                  {statusAfter(http.StatusTooManyRequests, "30"), 30 * time.Second, 30 * time.Second},
		"seconds of another class": {statusAfter(http.StatusServiceUnavailable, "120"), 2 * time.Minute, 2 * time.Minute},
		"a date":                   {date(45 * time.Second), 45 * time.Second, 45 * time.Second},
		"a date that has passed":   {date(-time.Hour), firstPause, firstPause * 3 / 2},
		"less than the pause":      {statusAfter(http.StatusTooManyRequests, "0"), firstPause, firstPause * 3 / 2},
		"below zero":               {statusAfter(http.StatusTooManyRequests, "-5"), firstPause, firstPause * 3 / 2},
		"no time at all":           {statusAfter(http.StatusTooManyRequests, "soon"), firstPause, firstPause * 3 / 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newReceiver(t, c.first, status(http.StatusOK))
				station := startStation(t, transportTo(nil, server))
				requireOutcome(t, station.send(sampleNotice(), server.target()), Sent)
				times := server.times()
				if len(times) != 2 || times[1] < c.atLeast || times[1] > c.atMost {
					t.Errorf("requests at %v, want the second from %v to %v", times, c.atLeast, c.atMost)
				}
			})
		})
	}
}

func TestAReceiverThatWantsTooLongAWaitFails(t *testing.T) {
	for _, wait := range []string{"3600", "99999999999999"} {
		synctest.Test(t, func(t *testing.T) {
			server := newReceiver(t, statusAfter(http.StatusTooManyRequests, wait))
			station := startStation(t, transportTo(nil, server))
			begin := time.Now()
			result := station.send(sampleNotice(), server.target())
			requireOutcome(t, result, Failed)
			if took := time.Since(begin); took != 0 {
				t.Errorf("it failed after %v, want at once", took)
			}
			if !strings.Contains(result.Err.Error(), "429") {
				t.Errorf("the error does not tell the answer: %v", result.Err)
			}
		})
	}
}

func TestPausesGrowAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, status(http.StatusServiceUnavailable))
		station := startStation(t, transportTo(nil, server))
		result := station.send(sampleNotice(), server.target())
		requireOutcome(t, result, Failed)
		if want := "503 Service Unavailable (the last of 10 attempts)"; !strings.Contains(result.Err.Error(), want) {
			t.Errorf("error %q, want %q in it", result.Err, want)
		}
		times := server.times()
		if len(times) != maxAttempts {
			t.Fatalf("%d attempts, want %d", len(times), maxAttempts)
		}
		pause := firstPause
		for attempt := 1; attempt < len(times); attempt++ {
			if took := times[attempt] - times[attempt-1]; took < pause || took > pause*3/2 {
				t.Errorf("pause %d took %v, want %v to %v", attempt, took, pause, pause*3/2)
			}
			pause = min(2*pause, lastPause)
		}
	})
}

func TestASlowReceiverIsGivenUpAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, hang, status(http.StatusOK))
		quick := newReceiver(t)
		station := startStation(t, transportTo(map[string]*receiver{"localhost:81": quick}, server))
		other := quick.target()
		other.Name, other.URL = "quick", Secret("http://localhost:81"+secretPath)
		begin := time.Now()
		station.Send(sampleNotice(), []Target{server.target(), other})

		first := <-station.results
		requireOutcome(t, first, Sent)
		if took := time.Since(begin); first.Target.Name != "quick" || took != 0 {
			t.Errorf("the first result is of %s after %v, want that of the other target at once", first.Target.Name, took)
		}
		second := <-station.results
		requireOutcome(t, second, Retried)
		if took := time.Since(begin); took != attemptLimit || !strings.Contains(second.Err.Error(), "did not answer within 15s") {
			t.Errorf("given up after %v with %q", took, second.Err)
		}
		requireOutcome(t, <-station.results, Sent)
	})
}

func TestABodyThatDoesNotEndDoesNotMatter(t *testing.T) {
	cases := map[string]answer{
		"nothing comes": func(writer http.ResponseWriter, request *http.Request) {
			writer.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(writer).Flush()
			hang(writer, request)
		},
		"too much comes": func(writer http.ResponseWriter, request *http.Request) {
			for request.Context().Err() == nil {
				if _, err := writer.Write(make([]byte, answerLimit)); err != nil {
					return
				}
			}
		},
	}
	for name, answering := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newReceiver(t, answering)
				station := startStation(t, transportTo(nil, server))
				begin := time.Now()
				requireOutcome(t, station.send(sampleNotice(), server.target()), Sent)
				if took := time.Since(begin); took > attemptLimit {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestEachNoticeIsBoundedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newReceiver(t, statusAfter(http.StatusServiceUnavailable, "900"))
		station := startStation(t, transportTo(nil, server))
		begin := time.Now()
		station.Send(numbered("first"), []Target{server.target()})
		station.Send(numbered("second"), []Target{server.target()})
		for range 2 {
			requireOutcome(t, station.last(), Failed)
			if took := time.Since(begin); took > waitLimit {
				t.Errorf("given up after %v, promised is %v", took, waitLimit)
			}
		}
	})
}
