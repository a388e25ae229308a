package e2e

import (
	"bufio"
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// ways are so many ways to choose a moment; see await.
const ways = 6

// killer kills processes of an operator, and keeps the toll.
type killer struct {
	*house
	random *rand.Rand
	tolls  map[string]*toll
	// metrics is where the manager tells what it is doing.
	metrics string
	// asked counts the people for whom somebody asked for another try.
	asked int
}

// start starts the operator with its metrics.
func (k *killer) start() {
	k.t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(k.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		k.t.Fatal(err)
	}
	// The manager does not tell which port it got, so it is given one that was free a moment ago.
	k.metrics = listener.Addr().String()
	if err := listener.Close(); err != nil {
		k.t.Fatal(err)
	}
	if k.operator, err = k.launch("--metrics-bind-address=" + k.metrics); err != nil {
		k.t.Fatalf("start the operator: %v", err)
	}
	operator := k.operator
	k.t.Cleanup(func() { _ = operator.Stop() }) // it may have been killed
}

// await waits for a moment: most often until some time after Clay has had a request, or a dialog, more than before, and now and then for any
// time, which may be in a start.
func (k *killer) await(before claysim.Counters) (waited time.Duration) {
	k.t.Helper()
	longest := longestPass
	switch k.random.IntN(ways) {
	case 0:
		longest = longestWait
	case 1, 2:
		k.untilClay("a pass", func(now claysim.State) bool { return sum(now.Counters.Documents) > sum(before.Documents) })
	default:
		k.untilClay("a dialog", func(now claysim.State) bool { return sum(now.Counters.Dialogs) > sum(before.Dialogs) })
	}
	waited = time.Duration(k.random.Int64N(int64(longest)))
	<-time.After(waited) // no event: the moment is meant to be any
	return waited
}

// strike waits for a moment and kills, if the victim is running then. The manager is started again, as a kubelet would.
func (k *killer) strike(before claysim.Counters) {
	k.t.Helper()
	victim := victimNames[k.random.IntN(len(victimNames))]
	wait := k.await(before)
	pid := k.operator.PID
	if marker := victims[victim]; marker != "" {
		pid = descendant(pid, marker)
		// It is frozen first: a pass that is under way then does not end before the kill.
		if pid != 0 && syscall.Kill(pid, syscall.SIGSTOP) != nil {
			pid = 0
		}
	}
	if pid == 0 {
		k.t.Logf("after %s: no %s is running", wait, victim)
		return
	}
	inPass, writing := k.passUnderWay(), k.writingAnnounced()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		k.t.Fatalf("kill the %s: %v", victim, err)
	}
	k.t.Logf("after %s: killed the %s, in a pass %t, writing %t", wait, victim, inPass, inPass && writing)
	paid := k.tolls[victim]
	paid.Killed++
	if inPass {
		paid.InPass++
	}
	if inPass && writing {
		paid.Writing++
	}
	if victim == "manager" {
		<-k.operator.Done()
		k.start()
	}
}

// all is the toll of all victims together.
func (k *killer) all() toll {
	var every toll
	for _, paid := range k.tolls {
		every.Killed, every.InPass, every.Writing = every.Killed+paid.Killed, every.InPass+paid.InPass, every.Writing+paid.Writing
	}
	return every
}

// passUnderWay says whether the manager is working on the workspace, by its own count. One that does not answer yet is not.
func (k *killer) passUnderWay() bool {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), settleTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+k.metrics+"/metrics", nil)
	if err != nil {
		k.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), `controller_runtime_active_workers{controller="clayworkspace"`) {
			return !strings.HasSuffix(lines.Text(), " 0")
		}
	}
	return false
}

// writingAnnounced says whether the status names what is about to be written in Clay.
func (k *killer) writingAnnounced() bool {
	k.t.Helper()
	workspace := &clayv1alpha1.ClayWorkspace{}
	if err := plane.Client.Get(k.t.Context(), client.ObjectKey{Namespace: k.namespace, Name: workspaceName}, workspace); err != nil {
		k.t.Fatalf("get the workspace: %v", err)
	}
	return workspace.Status.Operation != nil
}
