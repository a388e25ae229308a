package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/hack/internal/embedded"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	// team is how many people these tests have invited: in three roles, and with that in three dialogs.
	team = 12
	// dialogLatency is how long Clay takes for a dialog. A pass is long enough then for something to happen in the middle of it.
	dialogLatency = 4 * time.Second
	// farewell is how long the browser of a manager that was killed may go on: it learns of the death at once.
	farewell = 3 * time.Second
	// serverGone is how long the API server is gone: longer than any lease lasts.
	serverGone = time.Minute
	// restartPause is how long a manager that ended stays away, as it does in a cluster.
	restartPause = time.Second
)

// replica is one of several managers, which is started anew whenever it ends, as a kubelet does.
type replica struct {
	house *house
	mutex sync.Mutex
	now   *embedded.Operator
	// ends gets how each life ended.
	ends chan error
}

// replicate starts a manager that works only while it leads. It stays until the test ends.
func (h *house) replicate() *replica {
	h.t.Helper()
	r := &replica{house: h, ends: make(chan error, 100)}
	first, err := r.launch()
	if err != nil {
		h.t.Fatalf("start a manager: %v", err)
	}
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		r.live(first, stopping)
	}()
	h.t.Cleanup(func() {
		close(stopping)
		<-stopped
	})
	return r
}

func (r *replica) launch() (*embedded.Operator, error) {
	operator, err := r.house.launch("--leader-elect", "--leader-election-namespace="+r.house.namespace)
	if err == nil {
		r.mutex.Lock()
		r.now = operator
		r.mutex.Unlock()
	}
	return operator, err
}

func (r *replica) live(operator *embedded.Operator, stopping <-chan struct{}) {
	for {
		select {
		case <-stopping:
			r.signal(syscall.SIGCONT, true) // a test that failed may have left it frozen
			_ = operator.Stop()
			return
		case <-operator.Done():
			r.ends <- operator.Err()
		}
		select {
		case <-stopping:
			return
		case <-time.After(restartPause):
		}
		var err error
		if operator, err = r.launch(); err != nil {
			r.house.t.Errorf("start a manager again: %v", err)
			return
		}
	}
}

// signal sends a signal to the manager, and to all that it started too where everything is true. Parents come first.
func (r *replica) signal(signal syscall.Signal, everything bool) {
	r.mutex.Lock()
	pid := r.now.PID
	r.mutex.Unlock()
	pids := []int{pid}
	if everything {
		pids = append(pids, below(pid)...)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			r.house.t.Errorf("send %s to %d: %v", signal, pid, err)
		}
	}
}

// below lists the processes below one, the nearest first.
func below(pid int) []int {
	parents := processParents()
	found := []int{pid}
	for i := 0; i < len(found); i++ {
		for child, parent := range parents {
			if parent == found[i] {
				found = append(found, child)
			}
		}
	}
	return found[1:]
}

// leader waits until another manager leads than the one before, and returns its lease.
func (h *house) leader(before string) coordinationv1.Lease {
	h.t.Helper()
	var lease coordinationv1.Lease
	h.until(&coordinationv1.LeaseList{}, "a leader", func(ctx context.Context) bool {
		var leases coordinationv1.LeaseList
		if err := plane.Client.List(ctx, &leases, client.InNamespace(h.namespace)); err != nil {
			h.t.Fatalf("list leases: %v", err)
		}
		if len(leases.Items) == 0 {
			return false
		}
		lease = leases.Items[0]
		return holder(lease) != "" && holder(lease) != before
	})
	return lease
}

func holder(lease coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// contest starts two managers, of which the first leads, and has it begin to invite a team. It returns when the first of several dialogs
// is through.
func contest(t *testing.T) (h *house, leader *replica, lease coordinationv1.Lease) {
	t.Helper()
	h = newHouse(t, enterprise(), nil)
	h.simulator.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	h.simulator.Inject(claysim.Fault{Kind: claysim.FaultLatency, Route: "POST /v3/workspaces/*/invitations", Delay: dialogLatency})
	leader = h.replicate()
	lease = h.leader("")
	h.replicate()
	h.untilWorkspace("the first reading", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastReadTime != nil })
	roles := []clayv1alpha1.Role{clayv1alpha1.RoleEditor, clayv1alpha1.RoleViewer, clayv1alpha1.RoleAdmin}
	for i := range team {
		create(t, h.user(fmt.Sprintf("person-%03d", i), roles[i%len(roles)]))
	}
	h.untilClay("the first invitations", func(state claysim.State) bool { return len(invitations(state)) > 0 })
	return h, leader, lease
}

func (h *house) untilClay(what string, reached func(claysim.State) bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), settleTimeout)
	defer cancel()
	if err := h.simulator.Wait(ctx, reached); err != nil {
		h.t.Fatalf("waiting for %s: %v\n%s", what, err, h.describe())
	}
}

// uninvited returns the people who have no invitation yet.
func (h *house) uninvited() []clayv1alpha1.ClayUser {
	h.t.Helper()
	sent := invitations(h.simulator.State())
	var rest []clayv1alpha1.ClayUser
	for _, user := range h.users(context.Background()) {
		if sent[user.Spec.Email] == 0 {
			rest = append(rest, user)
		}
	}
	return rest
}

// A leader that is killed in the middle of a pass takes its browser with it, and nothing happens in Clay until another one leads.
func TestKilledLeader(t *testing.T) {
	h, leader, lease := contest(t)
	leader.signal(syscall.SIGKILL, false)
	killed := time.Now()
	next := h.leader(holder(lease))
	h.untilUsers("the seats to be as asked", allSettled)
	for _, entry := range h.simulator.Journal() {
		if entry.At.After(killed.Add(farewell)) && entry.At.Before(next.Spec.AcquireTime.Time) {
			t.Errorf("%s %s at %s, when nobody led", entry.Verb, entry.Target, entry.At)
		}
	}
	h.checkSeats()
}

// A leader that is frozen in the middle of a pass for longer than its lease lasts does nothing any more when it wakes up, although what
// is asked for has changed meanwhile, and another one has done it.
func TestFrozenLeader(t *testing.T) {
	for name, everything := range map[string]bool{"the manager alone": false, "the manager and its browser": true} {
		t.Run(name, func(t *testing.T) {
			h, leader, lease := contest(t)
			leader.signal(syscall.SIGSTOP, everything)
			rest := h.uninvited()
			if len(rest) < 2 {
				t.Fatalf("%d people are left to be invited, want at least 2", len(rest))
			}
			gone, moved := &rest[0], &rest[len(rest)-1]
			if err := plane.Client.Delete(t.Context(), gone); err != nil {
				t.Fatal(err)
			}
			base := moved.DeepCopy()
			moved.Spec.Role = map[clayv1alpha1.Role]clayv1alpha1.Role{"Editor": "Viewer", "Viewer": "Admin", "Admin": "Editor"}[moved.Spec.Role]
			if err := plane.Client.Patch(t.Context(), moved, client.MergeFrom(base)); err != nil {
				t.Fatal(err)
			}
			h.leader(holder(lease))
			h.untilUsers("the seats to be as asked", func(users []clayv1alpha1.ClayUser) bool { return len(users) == team-1 && allSettled(users) })
			before := len(h.simulator.Journal())
			leader.signal(syscall.SIGCONT, everything)
			select {
			case err := <-leader.ends:
				t.Logf("the leader of old ended: %v", err)
			case <-time.After(settleTimeout):
				t.Fatal("the leader of old goes on")
			}
			if !strings.Contains(h.log.String(), "stood still") {
				t.Error("nobody says why it ended")
			}
			if after := h.simulator.Journal(); len(after) != before {
				t.Errorf("written by the leader of old: %+v", after[before:])
			}
			h.checkSeats()
		})
	}
}

// The API server is gone for a minute in the middle of a pass. Nobody leads meanwhile, and afterwards the seats end as asked.
func TestServerGone(t *testing.T) {
	h, _, _ := contest(t)
	server := descendant(os.Getpid(), "kube-apiserver")
	if server == 0 {
		t.Fatal("the API server is not found")
	}
	resume := sync.OnceFunc(func() {
		if err := syscall.Kill(server, syscall.SIGCONT); err != nil {
			t.Errorf("wake the API server: %v", err)
		}
	})
	t.Cleanup(resume)
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	<-time.After(serverGone) // no event: the length is the point
	resume()
	h.untilUsers("the seats to be as asked", allSettled)
	h.checkSeats()
}
