package e2e

import (
	"math/rand/v2"
	"slices"
	"syscall"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// mishap is something that goes wrong, and is mended.
type mishap struct {
	name string
	// begin lets it happen, and undo is what a person does about it where more is needed than that the fault is over.
	begin func(*day)
	undo  func(*day)
	// late lets it begin once the operator has made a change in Clay.
	late bool
	// lasts is true where the operator cannot get past it before it is mended.
	lasts bool
	// logins are the log-ins that it costs at most.
	logins int
	// uncounted is true where the simulator cannot count how often it happened.
	uncounted bool
}

// end mends it: the fault is over, and a person does what is left. It says whether the operator met it at all: what waits for a
// request that nobody made did not happen.
func (m mishap) end(d *day, helped bool) (met bool) {
	d.t.Helper()
	var faults []int
	met = true
	for _, active := range d.simulator.Faults() {
		if active.Kind == claysim.FaultDuplicates {
			continue
		}
		faults = append(faults, active.ID)
		met = m.uncounted || active.Happened > 0
	}
	if len(faults) > 0 {
		d.simulator.ClearFaults(faults...)
	}
	if m.undo != nil && helped {
		m.undo(d)
	}
	return met
}

// What the second half of an hour meets for certain, by the hour; in the others it is a fault of the catalogue. A browser is killed
// in the first half of the day alone: in the second one its memory is that of one life.
var calendar = map[int]mishap{
	1: sessionsEnd(), 2: managerRestarts(), 4: securityCheck(), 6: browserDies(), 8: passwordChanges(), 10: sessionsEnd(), 11: browserDies(),
	13: securityCheck(), 16: passwordChanges(), 19: sessionsEnd(), 22: securityCheck(),
}

// nextMishap is what goes wrong in a half of an hour. A log-in is not squandered: the operator has as many as an hour of the real
// clock allows, and the whole day takes less than that.
func (d *day) nextMishap(number, half int) mishap {
	d.t.Helper()
	if certain, is := calendar[number]; is && half == halves-1 {
		return certain
	}
	left := mostLogins - len(d.workspace().Status.Logins)
	for hour, certain := range calendar {
		if hour >= number && hour <= *hours {
			left -= certain.logins
		}
	}
	place := slices.IndexFunc(d.mishaps, func(next mishap) bool { return next.logins <= left })
	if place < 0 {
		d.mishaps = catalogue(d.random)
		return d.nextMishap(number, half)
	}
	next := d.mishaps[place]
	d.mishaps = slices.Delete(d.mishaps, place, place+1)
	return next
}

// catalogue is the table of `make chaos`, shuffled, without the rows that need a world of their own or that wait for minutes.
func catalogue(random *rand.Rand) []mishap {
	var all []mishap
	for _, r := range slices.Concat(loginRows(), readRows(), writeRows(), pageRows()) {
		if r.inject != nil || r.undo != nil || r.seed != nil || slices.ContainsFunc(r.faults, func(fault claysim.Fault) bool { return fault.Email != "" }) {
			continue
		}
		all = append(all, mishap{
			name: r.name(), late: r.late || r.step == atReadBack, lasts: r.shows != "", logins: loginsOf(r), uncounted: r.unfelt,
			begin: func(d *day) {
				for _, fault := range r.faults {
					d.simulator.Inject(fault)
				}
				if r.step == atLogin {
					d.simulator.EndSessions()
				}
			},
		})
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// loginsOf is how often a password is typed at most because of a row: once for a session that ended, twice where the first
// attempt fails.
func loginsOf(r row) int {
	if r.step == atLogin {
		return 2
	}
	for _, fault := range r.faults {
		switch fault.Kind {
		case claysim.FaultSessionExpired, claysim.FaultUnauthorized, claysim.FaultNoAccess:
			return 1
		default:
		}
	}
	return 0
}

func sessionsEnd() mishap {
	return mishap{name: "the session ends", logins: 1, begin: func(d *day) { d.simulator.EndSessions() }}
}

func securityCheck() mishap {
	return mishap{
		name: "a security check, which a person passes", logins: 1, lasts: true,
		begin: func(d *day) {
			d.simulator.Inject(claysim.Fault{Kind: claysim.FaultSecurityCheck, Email: operatorEmail})
			d.simulator.EndSessions()
		},
		undo: func(d *day) { d.simulator.ClearSecurityChecks(operatorEmail) },
	}
}

// passwordChanges lets the log-in be refused until a person has corrected the Secret.
func passwordChanges() mishap {
	return mishap{
		name: "the password is changed in Clay, and later in the Secret", logins: 2, lasts: true,
		begin: func(d *day) {
			d.password += "+"
			d.simulator.AddAccount(claysim.Account{Email: operatorEmail, Password: d.password})
			d.simulator.EndSessions()
		},
		undo: func(d *day) { d.setPassword(d.password) },
	}
}

func browserDies() mishap {
	return mishap{name: "the browser is killed during the writes", late: true, begin: func(d *day) {
		// It may have gone by itself, with a context that was used up.
		if pid := descendant(d.operator.PID, victims["browser"]); pid != 0 {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
				d.t.Fatalf("kill the browser: %v", err)
			}
		}
	}}
}

// managerRestarts is what a new release does: the operator is asked to end, and another one starts.
func managerRestarts() mishap {
	return mishap{name: "the operator is restarted during the writes", late: true, begin: func(d *day) {
		if err := d.operator.Stop(); err != nil {
			d.t.Fatal(err)
		}
		d.start()
	}}
}
