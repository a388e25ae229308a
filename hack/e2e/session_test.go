package e2e

import (
	"testing"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// logins counts the times that somebody sent a password.
func (h *house) logins() int {
	return h.simulator.State().Counters.API["POST /v3/auth/password"]
}

// The session of before is used after a restart, and a log-in is made once Clay does not accept it any more.
func TestARestartNeedsNoLogin(t *testing.T) {
	h := newHouse(t, enterprise(), nil)
	h.start()
	h.untilWorkspace("the first reading", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastReadTime != nil })
	if got := h.logins(); got != 1 {
		t.Fatalf("%d log-ins until the first reading, want 1: %v", got, h.simulator.State().Counters.API)
	}
	for _, test := range []struct {
		name, joiner string
		expire       bool
		want         int
	}{
		{"with the session of before", "jo", false, 1},
		{"with a session that lapsed meanwhile", "kim", true, 2},
	} {
		if err := h.operator.Stop(); err != nil {
			t.Fatalf("stop the operator: %v", err)
		}
		if test.expire {
			h.simulator.EndSessions()
		}
		h.start()
		create(t, h.user(test.joiner, clayv1alpha1.RoleEditor))
		h.untilUsers("the invitation", allSettled)
		if got := h.logins(); got != test.want {
			t.Errorf("%s: %d log-ins in all, want %d", test.name, got, test.want)
		}
	}
	if sent := invitations(h.simulator.State()); sent["jo@example.com"] != 1 || sent["kim@example.com"] != 1 {
		t.Errorf("invitations: %v", sent)
	}
}
