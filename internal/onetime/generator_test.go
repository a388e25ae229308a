package onetime

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the beginning of a period.
var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// machine is a clock that stands still but for the waits.
type machine struct {
	now   time.Time
	waits []time.Duration
}

func (m *machine) clock() Clock {
	return Clock{
		Now: func() time.Time { return m.now },
		Wait: func(ctx context.Context, duration time.Duration) error {
			m.waits = append(m.waits, duration)
			m.now = m.now.Add(duration)
			return ctx.Err()
		},
	}
}

// requireCode asks for a code and expects that of the period at a time, after such waits.
func (m *machine) requireCode(t *testing.T, generator *Generator, secret Secret, skew time.Duration, of time.Time, waits ...time.Duration) {
	t.Helper()
	m.waits = nil
	got, err := generator.Code(t.Context(), secret, skew)
	if err != nil {
		t.Fatal(err)
	}
	want, err := secret.parts().code(of.Unix() / int64(secret.parts().period/time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got another code than that of %v", of)
	}
	if !slices.Equal(m.waits, waits) {
		t.Errorf("waited %v, want %v", m.waits, waits)
	}
}

func TestNoCodeIsGivenTwice(t *testing.T) {
	clock := &machine{now: noon.Add(7 * time.Second)}
	generator, secret := NewGenerator(clock.clock()), parse(t, text)
	clock.requireCode(t, generator, secret, 0, noon)
	clock.requireCode(t, generator, secret, 0, noon.Add(30*time.Second), 23*time.Second)
	clock.requireCode(t, generator, secret, 0, noon.Add(60*time.Second), 30*time.Second)
	// Another one is not affected, the same one in other words is.
	clock.requireCode(t, generator, parse(t, "MFRGGZDFMZTWQ2LKNNWG23TPOA"), 0, noon.Add(60*time.Second))
	clock.requireCode(t, generator, parse(t, "otpauth://totp/jo?secret="+text), 0, noon.Add(90*time.Second), 30*time.Second)
	clock.now = clock.now.Add(time.Hour)
	clock.requireCode(t, generator, secret, 0, clock.now)
}

func TestACodeIsGoodForAWhile(t *testing.T) {
	for name, test := range map[string]struct {
		into  time.Duration
		of    time.Duration
		waits []time.Duration
	}{
		"begin":           {0, 0, nil},
		"enough is left":  {25 * time.Second, 0, nil},
		"too little":      {25*time.Second + time.Millisecond, 30 * time.Second, []time.Duration{5*time.Second - time.Millisecond}},
		"next to nothing": {30*time.Second - time.Nanosecond, 30 * time.Second, []time.Duration{time.Nanosecond}},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &machine{now: noon.Add(test.into)}
			clock.requireCode(t, NewGenerator(clock.clock()), parse(t, text), 0, noon.Add(test.of), test.waits...)
		})
	}
}

func TestThePeriodIsTheSecretsOwn(t *testing.T) {
	clock := &machine{now: noon.Add(30 * time.Second)}
	generator, secret := NewGenerator(clock.clock()), parse(t, "otpauth://totp/jo?period=60&secret="+text)
	clock.requireCode(t, generator, secret, 0, noon)
	clock.requireCode(t, generator, secret, 0, noon.Add(time.Minute), 30*time.Second)
}

func TestSkewIsMadeGood(t *testing.T) {
	clock := &machine{now: noon}
	generator, secret := NewGenerator(clock.clock()), parse(t, text)
	clock.requireCode(t, generator, secret, -time.Minute, noon.Add(-time.Minute))
	clock.requireCode(t, generator, secret, time.Minute, noon.Add(time.Minute))
	// The code of a later period was given: without the skew, those between are over as well.
	clock.now = noon.Add(time.Minute)
	clock.requireCode(t, generator, secret, 0, noon.Add(90*time.Second), 30*time.Second)
}

func TestSkew(t *testing.T) {
	skew, err := Skew("Tue, 01 Sep 2026 12:01:30 GMT", noon)
	if err != nil || skew != 90*time.Second {
		t.Errorf("skew %v, %v; want 1m30s", skew, err)
	}
	for _, date := range []string{"", "now", "2026-09-01"} {
		if skew, err := Skew(date, noon); err == nil || skew != 0 {
			t.Errorf("%q is a skew of %v", date, skew)
		}
	}
}

func TestAClockThatGoesBack(t *testing.T) {
	clock := &machine{now: noon}
	generator, secret := NewGenerator(clock.clock()), parse(t, text)
	clock.requireCode(t, generator, secret, 0, noon)
	clock.now = noon.Add(-2 * time.Second)
	clock.requireCode(t, generator, secret, 0, noon.Add(30*time.Second), 32*time.Second)
	clock.now = noon.Add(-time.Hour)
	if code, err := generator.Code(t.Context(), secret, 0); !errors.Is(err, ErrClock) || code != "" {
		t.Errorf("error %v, want ErrClock", err)
	}
	clock.now = time.Unix(-1, 0)
	if code, err := generator.Code(t.Context(), secret, 0); !errors.Is(err, ErrClock) || code != "" {
		t.Errorf("error %v, want ErrClock", err)
	}
}

func TestNoSecretNoCode(t *testing.T) {
	if code, err := NewGenerator(Clock{}).Code(t.Context(), Secret{}, 0); !errors.Is(err, ErrNoSecret) || code != "" {
		t.Errorf("error %v, want ErrNoSecret", err)
	}
}

// TestTheContextEndsAWait runs with the machine's own clock and wait.
func TestTheContextEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		generator, secret := NewGenerator(Clock{}), parse(t, text)
		if _, err := generator.Code(t.Context(), secret, 0); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if code, err := generator.Code(ctx, secret, 0); !errors.Is(err, context.DeadlineExceeded) || code != "" {
			t.Errorf("error %v, want the context's", err)
		}
		// What was not given is still there.
		if _, err := generator.Code(t.Context(), secret, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestManyAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const askers = 8
		generator, secret := NewGenerator(Clock{}), parse(t, text)
		begin := time.Now()
		codes := make([]string, askers)
		var group sync.WaitGroup
		for index := range askers {
			group.Go(func() {
				code, err := generator.Code(t.Context(), secret, 0)
				if err != nil {
					t.Error(err)
				}
				codes[index] = code
			})
		}
		group.Wait()
		slices.Sort(codes)
		if distinct := slices.Compact(codes); len(distinct) != askers {
			t.Errorf("%d codes for %d askers", len(distinct), askers)
		}
		if took := time.Since(begin); took != (askers-1)*defaultPeriod {
			t.Errorf("took %v, want a period for each after the first", took)
		}
	})
}
