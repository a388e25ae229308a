package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/kstatus"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// step is where in a pass a fault strikes.
type step string

const (
	atLogin     step = "log-in"
	atRead      step = "read"
	beforeClick step = "before the click"
	duringClick step = "during the click"
	afterClick  step = "after the click"
	atReadBack  step = "read-back"
)

// The people of every row, besides the two admins.
const (
	leaverName    = "leaver"    // an Editor whose ClayUser is deleted
	moverName     = "mover"     // an Editor who becomes a Viewer
	joinerName    = "joiner"    // gets a ClayUser, and with it an invitation
	protectedName = "protected" // a ClayUser asks for its end, and spec.protectedEmails forbids that
	strangerName  = "stranger"  // a member without a ClayUser
	// allChanges are the three that every row asks for: one leaves, one moves, one joins.
	allChanges = 3
)

// row is one fault at one step, and what is expected of the operator.
type row struct {
	fault string
	step  step
	// faults are injected when the workspace is as asked and before anything new is asked for; at the log-in, the sessions
	// end then too. At the read-back they are injected once Clay has made the first change.
	faults []claysim.Fault
	// inject is for what is no fault of the simulator. It is called when the faults are.
	inject func(*scene)
	// amid is called once the changes are asked for, where something is done in the middle of a step that waits; see holds.
	amid func(*scene)
	// undo is for what is not over with the faults.
	undo func(*scene)
	// shows is the reason that Ready has while the fault lasts, on the ClayWorkspace or a ClayUser; empty where the fault
	// passes by itself, and everything is as asked with no help.
	shows string
	// person is true where HumanNeeded is expected while the fault lasts.
	person bool
	// most are the changes that may be made in Clay while the fault lasts; all of them where it passes by itself.
	most int
	// seed changes the world.
	seed func(*claysim.Seed)
	// late lets the fault strike once Clay has made the first change, as it does at the read-back.
	late bool
	// own gives the row an operator of its own, because it does something to that operator.
	own bool
	// long is true for what is played only where the table is written. Every time the same fault is played at another step, or one that is the
	// same to the operator, or the tests of Clay's pages play it.
	long bool
	// alone keeps other rows away, because the fault strikes them as well.
	alone bool
	// unfelt is true where the simulator cannot count how often the fault struck.
	unfelt bool
	// never are those of the three people who do not get what is asked for, although nothing is wrong any more.
	never []string
}

// scene is a row that is being played.
type scene struct {
	*house
	row      row
	witness  *witness
	receiver *receiver
	injected []int
	// held is the fault that lets a step wait.
	held int
	// tokens are secrets of the simulator that were seen on the way.
	tokens []string
	// writesBefore is the length of the journal before the fault.
	writesBefore int
}

// result is a line of the table.
type result struct {
	row     row
	reasons []string
	writes  int
	emails  int
}

// forTheTable has rows played only where the table is written.
func forTheTable(rows []row) []row {
	for i := range rows {
		rows[i].long = true
	}
	return rows
}

func (r row) name() string { return r.fault + ", " + string(r.step) }

// limit is the most that may be written while the fault lasts.
func (r row) limit() int {
	if r.shows == "" {
		return allChanges
	}
	return r.most
}

// play goes through one row: all is well, the fault strikes, changes are asked for, the fault ends, all is as asked.
func (s *scene) play() result {
	s.t.Helper()
	s.settleFirst()
	s.writesBefore = len(s.simulator.Journal())
	s.witness.mark()
	late := s.row.late || s.row.step == atReadBack
	if !late {
		s.strike()
	}
	s.ask()
	if late {
		s.waitForJournal("the first change in Clay", func(done []claysim.Entry) bool { return len(done) > s.writesBefore })
		s.strike()
	}
	if s.row.amid != nil {
		s.row.amid(s)
	}
	if s.row.shows == "" {
		s.settled("everything to be as asked while the fault lasts")
	} else {
		s.witness.until(s.house, "the reason "+s.row.shows, func() bool {
			return slices.Contains(s.witness.reasons, s.row.shows) && (!s.row.person || s.witness.needed)
		})
	}
	found := result{row: s.row, writes: len(doneIn(s.simulator.Journal()[s.writesBefore:]))}
	var needed bool
	found.reasons, needed = s.witness.sinceMark()
	if found.writes > s.row.limit() {
		s.t.Errorf("%d changes in Clay while the fault lasted, want at most %d", found.writes, s.row.limit())
	}
	if needed != s.row.person {
		s.t.Errorf("HumanNeeded %t while the fault lasted, want %t; reasons seen: %v", needed, s.row.person, found.reasons)
	}
	s.mend()
	s.settled("everything to be as asked once the fault is over")
	found.emails = s.checkEnd()
	s.checkTrail()
	s.checkOutcomes()
	s.checkNotices()
	return found
}

// settleFirst makes the ClayUsers of those who are there, and waits for them.
func (s *scene) settleFirst() {
	s.t.Helper()
	protected := s.user(protectedName, clayv1alpha1.RoleEditor)
	protected.Spec.Active = new(bool)
	for _, user := range []client.Object{s.user(leaverName, clayv1alpha1.RoleEditor), s.user(moverName, clayv1alpha1.RoleEditor), protected} {
		create(s.t, user)
	}
	s.witness.until(s.house, "the first reading", func() bool {
		return s.isReady(leaverName) && s.isReady(moverName) && s.witness.users[protectedName] != nil
	})
	s.remember()
}

// strike lets the fault happen from now on.
func (s *scene) strike() {
	s.t.Helper()
	for _, fault := range s.row.faults {
		s.injected = append(s.injected, s.simulator.Inject(fault))
	}
	if s.row.inject != nil {
		s.row.inject(s)
	}
	if s.row.step == atLogin {
		s.simulator.EndSessions()
	}
}

// ask asks for three changes.
func (s *scene) ask() {
	s.t.Helper()
	ctx := s.t.Context()
	if err := plane.Client.Delete(ctx, s.user(leaverName, "")); err != nil {
		s.t.Fatalf("delete the leaver: %v", err)
	}
	patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"spec":{"role":%q}}`, clayv1alpha1.RoleViewer))
	if err := plane.Client.Patch(ctx, s.user(moverName, ""), patch); err != nil {
		s.t.Fatalf("change the mover's role: %v", err)
	}
	create(s.t, s.user(joinerName, clayv1alpha1.RoleEditor))
}

// mend ends the fault and asks for another pass, as a person would who has put things right.
func (s *scene) mend() {
	s.t.Helper()
	s.remember()
	struck := 0
	for _, active := range s.simulator.Faults() {
		if slices.Contains(s.injected, active.ID) {
			struck += active.Happened
		}
	}
	if len(s.injected) > 0 && struck == 0 && !s.row.unfelt {
		s.t.Error("the fault never struck: this row proves nothing")
	}
	if len(s.injected) > 0 {
		s.simulator.ClearFaults(s.injected...)
	}
	if s.row.undo != nil {
		s.row.undo(s)
	}
	request := client.RawPatch(types.MergePatchType, fmt.Appendf(nil,
		`{"metadata":{"annotations":{%q:%q}}}`, clayv1alpha1.AnnotationReconcileAt, time.Now().Format(time.RFC3339Nano)))
	objects := []client.Object{&clayv1alpha1.ClayWorkspace{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: workspaceName}}}
	for _, name := range []string{moverName, joinerName, leaverName} {
		objects = append(objects, s.user(name, ""))
	}
	for _, object := range objects {
		if err := client.IgnoreNotFound(plane.Client.Patch(s.t.Context(), object, request)); err != nil {
			s.t.Fatalf("ask for a pass: %v", err)
		}
	}
}

// settled waits until every ClayUser is as asked, the leaver's is gone, and the workspace says that all is well.
func (s *scene) settled(what string) {
	s.t.Helper()
	s.witness.until(s.house, what, func() bool {
		for _, name := range []string{moverName, joinerName} {
			if !s.isReady(name) && !slices.Contains(s.row.never, name) {
				return false
			}
		}
		if s.witness.users[leaverName] != nil {
			return false
		}
		workspace := s.witness.workspace
		return workspace != nil && workspace.Status.Operation == nil &&
			kstatus.Of(workspace, workspace.Status.ObservedGeneration, workspace.Status.Conditions) == kstatus.Current &&
			meta.IsStatusConditionTrue(workspace.Status.Conditions, clayv1alpha1.ConditionReady) &&
			!meta.IsStatusConditionTrue(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
	})
}

// isReady is called with the witness locked.
func (s *scene) isReady(name string) bool {
	user := s.witness.users[name]
	return user != nil && settled(user)
}

// remember keeps the secrets of the moment for the search at the end.
func (s *scene) remember() { s.tokens = append(s.tokens, s.simulator.Tokens()...) }

func (s *scene) waitForJournal(what string, reached func([]claysim.Entry) bool) {
	s.t.Helper()
	if err := s.simulator.Wait(s.t.Context(), func(state claysim.State) bool { return reached(doneIn(state.Journal)) }); err != nil {
		s.t.Fatalf("waiting for %s: %v", what, err)
	}
}

// checkEnd compares Clay with what is asked for, and returns how many e-mails went out.
func (s *scene) checkEnd() int {
	s.t.Helper()
	state := s.simulator.State()
	id := state.Workspaces[0].ID
	got, want := map[string]claysim.Role{}, map[string]claysim.Role{}
	for _, member := range state.Workspace(id).Members {
		got[member.Email] = member.Role
	}
	for _, invitation := range state.Workspace(id).Invitations {
		got["invited "+invitation.Email] = invitation.Role
	}
	seed := s.row.world(id)
	for _, member := range seed.Workspaces[0].Members {
		want[member.Email] = member.Role
	}
	delete(want, leaverName+"@example.com")
	if !slices.Contains(s.row.never, moverName) {
		want[moverName+"@example.com"] = claysim.RoleViewer
	}
	if !slices.Contains(s.row.never, joinerName) {
		want["invited "+joinerName+"@example.com"] = claysim.RoleEditor
	}
	for who := range want {
		if got[who] != want[who] {
			s.t.Errorf("%s has %q in Clay, want %q", who, got[who], want[who])
		}
	}
	for who := range got {
		if want[who] == "" {
			s.t.Errorf("%s has a seat or an invitation that nobody asks for", who)
		}
	}
	emails := 0
	for email, count := range invitations(state) {
		emails += count
		if count > 1 || email != joinerName+"@example.com" {
			s.t.Errorf("%s got %d invitations", email, count)
		}
	}
	written := map[string]int{}
	for _, entry := range doneIn(state.Journal) {
		written[fmt.Sprintf("%s %s", entry.Verb, entry.Target)]++
	}
	for write, count := range written {
		if count > 1 {
			s.t.Errorf("%s was done %d times", write, count)
		}
	}
	return emails
}

// checkNotices makes sure that a person was told of what only a person can do, and that it is over; of a security check once each.
func (s *scene) checkNotices() {
	s.t.Helper()
	if !s.row.person {
		return
	}
	needed, resolved := s.receiver.await(s.t, s.row.shows)
	if s.row.shows == sidecar.ReasonSecurityCheck && (needed != 1 || resolved != 1) {
		s.t.Errorf("%d notices that a person is needed and %d that it is over, want one each", needed, resolved)
	}
}

// doneIn are the entries of a journal that changed who has a seat.
func doneIn(journal []claysim.Entry) []claysim.Entry {
	return slices.DeleteFunc(slices.Clone(journal), func(entry claysim.Entry) bool {
		return entry.Refused != "" || entry.Verb == claysim.VerbPassSecurityCheck
	})
}

// world is the Clay of a row.
func (r row) world(id int) claysim.Seed {
	seed := enterprise()
	seed.Accounts[0].Password, seed.Accounts[0].TOTPSecret = plantedPassword(id), plantedOTP(id)
	workspace := &seed.Workspaces[0]
	workspace.ID = id
	for _, name := range []string{leaverName, moverName, protectedName} {
		workspace.Members = append(workspace.Members, claysim.Seat{Email: name + "@example.com", Role: claysim.RoleEditor})
	}
	workspace.Members = append(workspace.Members, claysim.Seat{Email: strangerName + "@example.com", Role: claysim.RoleViewer})
	if r.seed != nil {
		r.seed(&seed)
	}
	return seed
}

// newScene makes the row's house in its namespace.
func newScene(t *testing.T, r row, namespace string, id int) *scene {
	t.Helper()
	s := &scene{row: r, witness: newWitness(t, namespace), receiver: newReceiver(t, plantedToken(id), plantedKey(id))}
	create(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "receiver"},
		StringData: map[string]string{"url": s.receiver.url, "signingKey": s.receiver.key},
	})
	s.house = newHouseIn(t, namespace, r.world(id), newInbox(t, plantedMailbox(id)), func(workspace *clayv1alpha1.ClayWorkspace) {
		workspace.Spec.WorkspaceID = fmt.Sprint(id)
		workspace.Spec.Notifications = []clayv1alpha1.Notification{{Name: "receiver", SecretRef: clayv1alpha1.SecretReference{Name: "receiver"}}}
		workspace.Spec.ProtectedEmails = []string{protectedName + "@example.com"}
		if r.step != atLogin {
			// The budget of log-ins is not their subject. What strikes at the log-in has to end well with the usual one.
			workspace.Spec.Login.MaxPerHour = new(int32(mostLogins))
		}
	})
	s.simulator.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	return s
}

// mostLogins is the highest budget that a ClayWorkspace may have.
const mostLogins = 20

// id is the workspace's number as the resource has it.
func (s *scene) id() string { return fmt.Sprint(s.simulator.State().Workspaces[0].ID) }

// secrets are the values of this row that nobody may be told.
func (s *scene) secrets() []string {
	id := s.simulator.State().Workspaces[0].ID
	return append(slices.Clone(s.tokens), plantedPassword(id), plantedOTP(id), plantedMailbox(id), plantedToken(id), plantedKey(id))
}

// number is the workspace's number.
func (s *scene) number() int { return s.simulator.State().Workspaces[0].ID }

// account is the operator's, as the row began with it.
func (s *scene) account() claysim.Account { return s.row.world(s.number()).Accounts[0] }

// newAccount is the same with another password.
func (s *scene) newAccount() claysim.Account {
	account := s.account()
	account.Password += "new"
	return account
}

func (s *scene) deleteSecret() {
	s.t.Helper()
	if err := plane.Client.Delete(s.t.Context(), s.login(claysim.Account{})); err != nil {
		s.t.Fatalf("delete the Secret: %v", err)
	}
}
