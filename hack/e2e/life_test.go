package e2e

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

var (
	hours    = flag.Int("hours", usualHours, "how many simulated hours TestADayOfLife plays")
	lifeFile = flag.String("life", "", "`path` of the page that TestADayOfLife writes, from the root of the project; nothing is written without it")
)

const (
	// usualHours are played with every other test, always with the choices of usualSeed: a failure there is one of what changed, and
	// can be had again. Longer days make choices of their own.
	usualHours = 1
	usualSeed  = 24
	// halves are the parts of an hour. Something goes wrong in each, and each ends with everything as asked.
	halves = 2
	// quietReadings follow the events of an hour: with them Clay is read about as often as every 15 minutes, the default.
	quietReadings = 3
	// hoursPerBuild is how many hours a build of Clay's web app lasts, and with it a look of the page: shorter than any in life.
	hoursPerBuild = 4
)

// day is a workspace that people and Clay work on, hour by hour.
type day struct {
	*house
	witness *witness
	random  *rand.Rand
	seed    uint64
	people  *people
	// admin changes seats by hand.
	admin *admin
	// password is the one that the operator's account has in Clay.
	password string
	// mishaps are those still to come.
	mishaps []mishap
	played  []hour
}

// hour is what came of an hour: a line of the table.
type hour struct {
	number int
	// asked counts what people asked for, by its name.
	asked map[string]int
	// mishaps are the names of what went wrong, and helped is how often a person had to do something about it.
	mishaps []string
	helped  int
	// writes are the changes that the operator made in Clay, emails the invitations that went out, logins the passwords that
	// the operator typed, and loads the pages that it loaded.
	writes, emails, logins, loads int
	memory                        memory
	took                          time.Duration
}

// People join, move and leave, others change seats by hand, Clay and the processes fail: after every hour the seats are exactly
// those asked for, and nothing was written that nobody asked for. Over a day the memory of no process grows.
func TestADayOfLife(t *testing.T) {
	d := newDay(t)
	d.start()
	d.settle("the first reading")
	for number := 1; number <= *hours; number++ {
		d.live(number)
		if t.Failed() {
			t.FailNow()
		}
	}
	d.checkLogins()
	d.checkMemory()
	if *lifeFile != "" && !t.Failed() {
		d.write(*lifeFile)
	}
}

// newDay makes the workspace, in which everybody has the seat that their manifest asks for.
func newDay(t *testing.T) *day {
	t.Helper()
	if *hours < 1 {
		t.Fatalf("-hours=%d: a day has at least one hour", *hours)
	}
	d := &day{people: newPeople(), password: operatorPassword}
	usual := uint64(0)
	if *hours == usualHours {
		usual = usualSeed
	}
	d.random, d.seed = newRandom(t, usual)
	world := enterprise()
	world.Accounts = append(world.Accounts, claysim.Account{Email: adminEmail, Password: operatorPassword, Name: "Owner"})
	for range crew {
		name, role := d.people.next(), d.anyRole()
		d.people.seats[name+"@example.com"] = role
		world.Workspaces[0].Members = append(world.Workspaces[0].Members, claysim.Seat{Email: name + "@example.com", Role: simulatorRole(role)})
	}
	d.house = newHouse(t, world, func(workspace *clayv1alpha1.ClayWorkspace) { workspace.Spec.Login.MaxPerHour = new(int32(mostLogins)) })
	for _, seat := range world.Workspaces[0].Members[len(world.Workspaces[0].Members)-crew:] {
		d.enroll(seat.Email, roleOf(seat.Role))
	}
	d.witness = newWitness(t, d.namespace)
	d.admin = newAdmin(d.house)
	d.mishaps = catalogue(d.random)
	// Somebody who is invited twice gets two e-mails.
	d.simulator.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	return d
}

// live plays an hour.
func (d *day) live(number int) {
	d.t.Helper()
	began, before := time.Now(), d.simulator.State()
	played := hour{number: number, asked: map[string]int{}}
	if number%hoursPerBuild == 0 {
		looks := claysim.Variants()
		look := looks[d.random.IntN(len(looks))]
		d.simulator.SetVariant(look)
		played.mishaps = append(played.mishaps, "the look of the page is that of "+look.Name)
	}
	for half := range halves {
		d.half(&played, d.nextMishap(number, half), half)
	}
	d.checkSeats()
	played.memory = d.rest()
	after := d.simulator.State()
	played.writes = len(operatorWrites(after.Journal)) - len(operatorWrites(before.Journal))
	played.emails = total(invitations(after)) - total(invitations(before))
	played.loads = total(after.Counters.Documents) - total(before.Counters.Documents)
	played.logins = len(passwordsTyped(after)) - len(passwordsTyped(before))
	played.took = time.Since(began)
	d.played = append(d.played, played)
	d.t.Log(played)
}

// half plays one mishap and what people ask for meanwhile.
func (d *day) half(played *hour, what mishap, half int) {
	d.t.Helper()
	began := time.Now()
	d.workByHand(played, half)
	before := len(operatorWrites(d.simulator.Journal()))
	if !what.late {
		what.begin(d)
	}
	d.ask(played, half)
	if what.late {
		d.awaitWrite(before)
		what.begin(d)
	}
	helped := false
	d.until("everything to be as asked, or a person to be needed, at: "+what.name, func() bool {
		helped = d.isStuck(what)
		return helped || d.isCalm()
	})
	if helped {
		played.helped++
	}
	if what.end(d, helped) {
		played.mishaps = append(played.mishaps, what.name)
	}
	d.settle("everything to be as asked after: " + what.name)
	d.t.Logf("hour %d: %s, %.0f s", played.number, what.name, time.Since(began).Seconds())
}

// rest reads Clay several times while nothing happens. Nothing is written then. It returns the most memory that each kind of process
// held: Chromium starts and ends processes as it likes.
func (d *day) rest() (most memory) {
	d.t.Helper()
	before := d.simulator.Journal()
	for range quietReadings {
		d.settle("a reading of an unchanged world")
		most = most.larger(d.measure())
	}
	if after := d.simulator.Journal(); len(after) != len(before) {
		d.t.Errorf("written while nothing was asked for: %+v", after[len(before):])
	}
	return most
}

// settle asks for a reading, and waits until one that began afterwards finds everything as asked.
func (d *day) settle(what string) {
	d.t.Helper()
	request := client.RawPatch(types.MergePatchType, fmt.Appendf(nil,
		`{"metadata":{"annotations":{%q:%q}}}`, clayv1alpha1.AnnotationReconcileAt, time.Now().Format(time.RFC3339Nano)))
	objects := []client.Object{d.workspace()}
	for _, user := range d.users(d.t.Context()) {
		if !settled(&user) {
			objects = append(objects, &user)
		}
	}
	for _, object := range objects {
		if err := client.IgnoreNotFound(plane.Client.Patch(d.t.Context(), object, request)); err != nil {
			d.t.Fatalf("ask for a reading: %v", err)
		}
	}
	d.until(what, d.isCalm)
}

// until waits until done is true, and looks again whenever the API server tells of a change.
func (d *day) until(what string, done func() bool) {
	d.t.Helper()
	limit := time.NewTimer(settleTimeout)
	defer limit.Stop()
	for {
		changed := d.witness.next()
		if done() {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			d.t.Fatalf("waiting for %s: it took longer than %s\n%s%+v", what, settleTimeout, d.describe(), d.workspace().Status.Conditions)
		}
	}
}

// isCalm is true where everything is as asked, nothing is under way, and the last request was answered.
func (d *day) isCalm() bool {
	workspace, users := d.workspace(), d.users(d.t.Context())
	status := &workspace.Status
	return status.ObservedGeneration == workspace.Generation && status.Operation == nil &&
		status.LastHandledReconcileAt == workspace.Annotations[clayv1alpha1.AnnotationReconcileAt] &&
		meta.IsStatusConditionTrue(status.Conditions, clayv1alpha1.ConditionReady) &&
		!meta.IsStatusConditionTrue(status.Conditions, clayv1alpha1.ConditionHumanNeeded) &&
		len(users) == d.people.manifests && allSettled(users)
}

// isStuck is true where a person would look: one is needed, or something is stalled. What is expected to last until it is
// mended counts as soon as it is told, because the operator would only try it ever more seldom.
func (d *day) isStuck(what mishap) bool {
	workspace := d.workspace()
	conditions := workspace.Status.Conditions
	if meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionHumanNeeded) || meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionStalled) {
		return true
	}
	ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady)
	if what.lasts && ready != nil && !slices.Contains([]string{
		clayv1alpha1.ReasonSucceeded, clayv1alpha1.ReasonReading, clayv1alpha1.ReasonProgressing,
	}, ready.Reason) {
		return true
	}
	return slices.ContainsFunc(d.users(d.t.Context()), func(user clayv1alpha1.ClayUser) bool {
		return meta.IsStatusConditionTrue(user.Status.Conditions, clayv1alpha1.ConditionStalled)
	})
}

// awaitWrite waits until the operator has made a change in Clay beyond those before.
func (d *day) awaitWrite(before int) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), settleTimeout)
	defer cancel()
	if err := d.simulator.Wait(ctx, func(state claysim.State) bool { return len(operatorWrites(state.Journal)) > before }); err != nil {
		d.t.Fatalf("waiting for a change in Clay: %v\n%s", err, d.describe())
	}
}

// workspace gets the ClayWorkspace.
func (d *day) workspace() *clayv1alpha1.ClayWorkspace {
	d.t.Helper()
	workspace := &clayv1alpha1.ClayWorkspace{}
	if err := plane.Client.Get(d.t.Context(), client.ObjectKey{Namespace: d.namespace, Name: workspaceName}, workspace); err != nil {
		d.t.Fatalf("get the workspace: %v", err)
	}
	return workspace
}
