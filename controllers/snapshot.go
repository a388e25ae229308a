package controllers

import (
	"context"
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// verdict is what a pass found out about one ClayUser. Two verdicts that are equal lead to the same status.
type verdict struct {
	uid types.UID
	// generation of the spec that the pass planned for.
	generation int64
	// deleting is true where the pass saw the deletion.
	deleting bool
	// request is the annotation reconcile-at that the pass acted on.
	request string
	// presence, role and member are what Clay shows.
	presence seat.Presence
	role     seat.Role
	member   string
	// wanted is the role that the person should have, and ruled is true where it follows from access rules.
	wanted seat.Role
	ruled  bool
	// expired is true where the pass took the seat for one that has come to its end.
	expired bool
	// verb is the first change that is still wanted; empty where Clay is as asked.
	verb seat.Verb
	// block is why it is not made; empty where it is only a matter of time.
	block seat.BlockReason
	// refusal is the reason that Clay gave, where block is Refused.
	refusal string
	// winner is the ClayUser that has the address, where this one does not.
	winner string
	// unconfirmed is true where Clay's list lacks somebody and that is not believed yet; presence, role and member are of before then.
	unconfirmed bool
	// doubtful is true while an invitation to the address may be on its way.
	doubtful bool
	// access is what was found out about groups, budgets and the limit.
	access accessVerdict
}

// snapshot is what the passes of a workspace have found out, for its ClayUsers. It does not change once it is published.
type snapshot struct {
	uid types.UID
	// trouble is why the last pass came to no new findings; nil where it did.
	trouble *problem
	// reading is what the verdicts rest on; nil before the first.
	reading *reading
	// verdicts by the name of the ClayUser.
	verdicts map[string]verdict
	// operations by the name of the ClayUser, oldest first: those that its status may lack.
	operations map[string][]clayv1alpha1.Operation
	// mirrored is how many members the groups in Clay have that mirror ClayGroups, by the names of these. It does not change.
	mirrored map[string]*int32
	// counts are the seats in the reading, sessionReady whether the operator is signed in, and sessionSaved when the session that is kept was made or
	// renewed, for the metrics; zero where none is kept.
	counts       clayv1alpha1.SeatCounts
	sessionReady bool
	sessionSaved time.Time
	// needed is the reason why a person is needed, or empty, for the metrics.
	needed string
	// figures are for the metrics too.
	figures figures
	// interrupted is true while the reading may show what a writing did that was cut off, and of which no ClayUser knows.
	interrupted bool
	// invitationLifetime is the age at which the operator sends an invitation anew.
	invitationLifetime time.Duration
}

// seatTrouble is why the last pass came to no new findings about seats; nil where it did.
func (s *snapshot) seatTrouble() *problem {
	if s.trouble != nil && s.trouble.accessAlone {
		return nil
	}
	return s.trouble
}

// store holds the snapshots of all workspaces, and wakes the ClayUsers that a new one concerns.
type store struct {
	mutex     sync.RWMutex
	snapshots map[types.NamespacedName]*snapshot
	queue     workqueue.TypedRateLimitingInterface[reconcile.Request]
	// groups is the queue of the ClayGroup controller.
	groups workqueue.TypedRateLimitingInterface[reconcile.Request]
}

func newStore() *store {
	return &store{snapshots: map[types.NamespacedName]*snapshot{}}
}

// get returns the snapshot of a workspace, or nil.
func (s *store) get(key types.NamespacedName) *snapshot {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return s.snapshots[key]
}

// all returns the snapshots of all workspaces.
func (s *store) all() map[types.NamespacedName]*snapshot {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return maps.Clone(s.snapshots)
}

// publish replaces a workspace's snapshot and wakes the ClayUsers for whom that makes a difference.
func (s *store) publish(key types.NamespacedName, next *snapshot, users []clayv1alpha1.ClayUser, now time.Time) {
	s.mutex.Lock()
	last := s.snapshots[key]
	s.snapshots[key] = next
	queue, groups := s.queue, s.groups
	s.mutex.Unlock()
	wake(groups, recounted(key, last, next))
	var awake []reconcile.Request
	for i := range users {
		if concerns(last, next, users[i].Name) || waitsInVain(next, &users[i], now) {
			awake = append(awake, requestFor(&users[i]))
		}
	}
	wake(queue, awake)
}

// recounted lists the ClayGroups that have another number of members in Clay than before.
func recounted(key types.NamespacedName, last, next *snapshot) []reconcile.Request {
	var before map[string]*int32
	if last != nil {
		before = last.mirrored
	}
	var awake []reconcile.Request
	for _, names := range []map[string]*int32{before, next.mirrored} {
		for name := range names {
			if !equality.Semantic.DeepEqual(before[name], next.mirrored[name]) {
				awake = append(awake, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: key.Namespace, Name: name}})
			}
		}
	}
	return awake
}

// groupSource makes the store a source of the ClayGroup controller.
type groupSource struct{ *store }

// Start implements source.Source.
func (s groupSource) Start(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.groups = queue
	return nil
}

func requestFor(user *clayv1alpha1.ClayUser) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: user.Namespace, Name: user.Name}}
}

// forget drops a workspace that is no more, and wakes the ClayUsers that are left behind.
func (s *store) forget(key types.NamespacedName, users []clayv1alpha1.ClayUser) {
	s.mutex.Lock()
	delete(s.snapshots, key)
	queue := s.queue
	s.mutex.Unlock()
	awake := make([]reconcile.Request, len(users))
	for i := range users {
		awake[i] = requestFor(&users[i])
	}
	wake(queue, awake)
}

// concerns says whether a ClayUser's status may have to change between two snapshots. One whose wish is met has no part
// in the workspace's troubles, so that an outage does not write the status of everybody.
func concerns(last, next *snapshot, name string) bool {
	found, known := next.verdicts[name]
	if last == nil || !known {
		return true
	}
	before, existed := last.verdicts[name]
	if !existed || before != found || len(next.operations[name]) > 0 {
		return true
	}
	if found.deleting {
		return true
	}
	return (found.verb != "" || found.access.waitsForReading) && reasonOf(last.trouble) != reasonOf(next.trouble)
}

// waitsInVain says whether a ClayUser that changed since the verdict on it may wait for a pass that cannot come to one for now. It is woken
// with every such pass: it may have looked at the snapshot before the first of them, when nobody knew of its change.
func waitsInVain(next *snapshot, user *clayv1alpha1.ClayUser, now time.Time) bool {
	found := next.verdicts[user.Name]
	changed := found.uid != user.UID || found.generation != user.Generation ||
		found.deleting == user.DeletionTimestamp.IsZero() || found.expired != user.IsExpired(now)
	return changed && next.seatTrouble() != nil
}

func reasonOf(trouble *problem) string {
	if trouble == nil {
		return ""
	}
	return trouble.standing.Reason
}

// Start makes the store a source of the ClayUser controller. What is published before is found by the controller's
// first look at every ClayUser.
func (s *store) Start(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.queue = queue
	return nil
}

// wake puts ClayUsers behind those whose manifests have just changed.
func wake(queue workqueue.TypedRateLimitingInterface[reconcile.Request], requests []reconcile.Request) {
	if queue == nil || len(requests) == 0 {
		return
	}
	if prioritised, supported := queue.(priorityqueue.PriorityQueue[reconcile.Request]); supported {
		prioritised.AddWithOpts(priorityqueue.AddOpts{Priority: new(handler.LowPriority)}, requests...)
		return
	}
	for _, request := range requests {
		queue.Add(request)
	}
}
