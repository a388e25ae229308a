package e2e

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

var (
	kills     = flag.Int("kills", 4, "how often TestSurvivesKills kills something")
	killsFile = flag.String("killsfile", "", "`path` of the page that TestSurvivesKills writes, from the root of the project; nothing is written without it")
	seed      = flag.Uint64("seed", 0, "the random choices of a test; 0 picks some, and the test logs them")
)

const (
	// clayLatency widens the moments in which a write is under way.
	clayLatency = 60 * time.Millisecond
	// longestWait is the longest random wait before a kill: longer than a start of everything and a pass together.
	longestWait = 9 * time.Second
	// longestPass is the longest random wait after the first request of a pass, or after its first dialog: about what a pass takes with what is
	// asked for here.
	longestPass = 4 * time.Second
	// enoughKills are those of which most have to fall into a pass.
	enoughKills = 20
)

// victimNames are the victims in the order of the report.
var victimNames = []string{"manager", "sidecar", "driver", "browser"}

// toll is what happened to one victim.
type toll struct {
	// Killed is how often it was killed, InPass how often of these a pass was under way, and Writing how often of these a writing was announced.
	Killed, InPass, Writing int
}

// A victim is a process that dies at random moments; the zero child is the manager itself.
var victims = map[string]string{"manager": "", "sidecar": "clay-operator", "driver": "node", "browser": "chrom"}

// Whatever dies, and whenever: in the end the seats are exactly right, and nobody got two invitations. The simulator is in
// its harsh mode, in which inviting somebody twice sends a second e-mail.
func TestSurvivesKills(t *testing.T) {
	began := time.Now()
	random, chosen := newRandom(t, 0)
	// A kill before the session is stored costs a log-in, and the budget is for other tests.
	h := newHouse(t, enterprise(), func(workspace *clayv1alpha1.ClayWorkspace) { workspace.Spec.Login.MaxPerHour = new(int32(mostLogins)) })
	h.simulator.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	h.simulator.Inject(claysim.Fault{Kind: claysim.FaultLatency, Delay: clayLatency})
	k := &killer{house: h, random: random, tolls: map[string]*toll{}}
	for _, victim := range victimNames {
		k.tolls[victim] = &toll{}
	}
	k.start()
	for round := 0; k.all().Killed < *kills; round++ {
		before := h.simulator.Counters()
		h.change(random, round)
		k.strike(before)
	}
	k.askAgain()
	h.untilUsers("the seats to be as asked", allSettled)
	h.checkSeats()
	h.checkOutcomes()
	all := k.all()
	t.Logf("%d kills, %d in the middle of a pass, %d of these after a writing was announced", all.Killed, all.InPass, all.Writing)
	if all.Killed >= enoughKills && 2*all.InPass <= all.Killed {
		t.Errorf("%d of %d kills fell into a pass, want more than half", all.InPass, all.Killed)
	}
	if *killsFile != "" && !t.Failed() {
		k.report(chosen, time.Since(began)).write(t, *killsFile)
	}
}

// askAgain does what the operator asks a person to do for those whose invitation was cut off twice within the hour: nobody knows for sure whether
// an e-mail went out, and a third try is not its own to make.
func (k *killer) askAgain() {
	k.t.Helper()
	k.untilUsers("the seats to be as asked, or a person to be asked", func(users []clayv1alpha1.ClayUser) bool {
		for i := range users {
			if !settled(&users[i]) && !isCutOff(&users[i]) {
				return false
			}
		}
		return true
	})
	users := k.users(k.t.Context())
	for i := range users {
		if !isCutOff(&users[i]) {
			continue
		}
		k.asked++
		patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, clayv1alpha1.AnnotationReconcileAt, time.Now().Format(time.RFC3339Nano))
		if err := plane.Client.Patch(k.t.Context(), &users[i], client.RawPatch(types.MergePatchType, patch)); err != nil {
			k.t.Fatalf("ask for another try: %v", err)
		}
	}
}

// isCutOff says whether the operator does not try once more by itself, and does not know what became of the last try.
func isCutOff(user *clayv1alpha1.ClayUser) bool {
	ready := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
	last := user.Status.LastOperation
	return ready != nil && ready.Reason == string(seat.BlockedNotConverging) && last != nil && last.Outcome == string(sidecar.Unknown)
}

// sum is how often something happened, whatever it was.
func sum(counts map[string]int) int {
	all := 0
	for _, count := range counts {
		all += count
	}
	return all
}

// newRandom makes the random choices of a test, and logs how to have the same ones again. Without -seed they are the usual ones, or any
// where usual is 0.
func newRandom(t *testing.T, usual uint64) (random *rand.Rand, chosen uint64) {
	t.Helper()
	chosen = cmp.Or(*seed, usual, uint64(time.Now().UnixNano()))
	t.Logf("-seed=%d", chosen)
	return rand.New(rand.NewPCG(chosen, 0)), chosen
}

// change asks for something new: three joiners, a mover, a leaver, and somebody accepts.
func (h *house) change(random *rand.Rand, round int) {
	h.t.Helper()
	ctx := h.t.Context()
	users := h.users(ctx)
	for i := range 3 {
		create(h.t, h.user(fmt.Sprintf("person-%03d-%d", round, i), []clayv1alpha1.Role{"Editor", "Viewer", ""}[i]))
	}
	if pending := h.simulator.Workspace(workspaceID).Invitations; len(pending) > 0 {
		// It may be gone by now, withdrawn by the operator.
		_ = h.simulator.AcceptInvitation(pending[random.IntN(len(pending))].Email)
	}
	if len(users) < 2 {
		return
	}
	random.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	mover, leaver := &users[0], &users[1]
	if mover.Status.Seat == clayv1alpha1.SeatActive {
		role := []clayv1alpha1.Role{"Editor", "Viewer"}[random.IntN(2)]
		patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"spec":{"role":%q}}`, role))
		if err := client.IgnoreNotFound(plane.Client.Patch(ctx, mover, patch)); err != nil {
			h.t.Fatalf("change a role: %v", err)
		}
	}
	if err := client.IgnoreNotFound(plane.Client.Delete(ctx, leaver)); err != nil {
		h.t.Fatalf("delete a user: %v", err)
	}
}

// checkSeats compares Clay with the manifests and with the audit trail, and looks for anybody who got two invitations.
func (h *house) checkSeats() {
	h.t.Helper()
	state := h.simulator.State()
	workspace := state.Workspace(workspaceID)
	wanted := map[string]clayv1alpha1.Role{"owner@example.com": clayv1alpha1.RoleAdmin, operatorEmail: clayv1alpha1.RoleAdmin}
	for _, user := range h.users(context.Background()) {
		wanted[user.Spec.Email] = user.GetRole()
	}
	have := map[string]clayv1alpha1.Role{}
	for _, member := range workspace.Members {
		have[member.Email] = roleOf(member.Role)
	}
	for _, invitation := range workspace.Invitations {
		have[invitation.Email] = roleOf(invitation.Role)
	}
	for email, role := range wanted {
		if have[email] != role {
			h.t.Errorf("%s has %q in Clay, want %q", email, have[email], role)
		}
	}
	for email := range have {
		if wanted[email] == "" {
			h.t.Errorf("%s has a seat or an invitation that nobody asks for", email)
		}
	}
	sent := invitations(state)
	withdrawn := map[string]int{}
	for _, entry := range state.Journal {
		if entry.Verb == claysim.VerbCancelInvitation && entry.Refused == "" {
			withdrawn[entry.Target]++
		}
	}
	for email, count := range sent {
		if count > 1+withdrawn[email] {
			h.t.Errorf("%s got %d invitations, of which %d were withdrawn", email, count, withdrawn[email])
		}
	}
	h.t.Logf("%d people invited, %d members and invitations at the end", len(sent), len(have))
	h.checkTrail()
}

// descendant finds a process below pid whose program's name contains the marker; 0 where there is none. Of several it
// returns the one nearest to pid: Chromium's own children die with it.
func descendant(pid int, marker string) int {
	parents := processParents()
	generation := []int{pid}
	for len(generation) > 0 {
		var next []int
		for child, parent := range parents {
			for _, member := range generation {
				if parent != member {
					continue
				}
				if program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", child)); err == nil && strings.Contains(filepath.Base(program), marker) {
					return child
				}
				next = append(next, child)
			}
		}
		generation = next
	}
	return 0
}

func processParents() map[int]int {
	parents := map[int]int{}
	paths, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is a constant
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		// pid (name) state parent …; the name may hold anything, so the fields begin after the last parenthesis.
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parents[pid], _ = strconv.Atoi(fields[1])
	}
	return parents
}
