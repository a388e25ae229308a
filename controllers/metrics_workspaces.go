package controllers

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// The gauges that tell how the workspaces and their ClayUsers stand. Only the leader has snapshots, so that nothing is told twice.
var (
	workspaceCondition = prometheus.NewDesc("clay_workspace_condition",
		"1 for each condition that a ClayWorkspace has, by type, status and reason.",
		append([]string{"type", "status", "reason"}, workspaceLabels...), nil)
	workspaceInterval = prometheus.NewDesc("clay_workspace_interval_seconds",
		"How often the members of a workspace are to be read when nothing changes.", workspaceLabels, nil)
	inventoryAge = prometheus.NewDesc("clay_inventory_age_seconds",
		"How long ago the members of a workspace were last read, by whichever process; before the first reading, how long ago the ClayWorkspace was made.",
		workspaceLabels, nil)
	changesWanted = prometheus.NewDesc("clay_changes_wanted",
		"Changes that are wanted and not made yet, by kind.", append([]string{"kind"}, workspaceLabels...), nil)
	changesBlocked = prometheus.NewDesc("clay_changes_blocked",
		"Those of the changes that are wanted that a rule, a wait or mode Observe stands against.", workspaceLabels, nil)
	removalsHeld = prometheus.NewDesc("clay_removals_held",
		"Removals that are over the hour's budget and wait for approval or for time.", workspaceLabels, nil)
	usersExpiring = prometheus.NewDesc("clay_users_expiring",
		"ClayUsers whose seat is about to go, because spec.expiresAt is near.", workspaceLabels, nil)
	usersByReason = prometheus.NewDesc("clay_users",
		"ClayUsers, by status and reason of their condition Ready.", append([]string{"status", "reason"}, workspaceLabels...), nil)
)

// figures are what the gauges tell of a workspace that its ClayUsers have no use for. They do not change once they are published.
type figures struct {
	conditions []metav1.Condition
	// readAt is when the last reading ended that anybody knows of, or when the workspace was made.
	readAt   time.Time
	interval time.Duration
	wanted   clayv1alpha1.ChangeCounts
	held     int
}

// figures takes stock of the status that is about to be written. What the plan tells stays as it was where there is no new one.
func (p *pass) figures(last figures) figures {
	next := last
	s := p.workspace.Status.DeepCopy()
	next.conditions, next.interval = s.Conditions, p.workspace.GetInterval()
	next.readAt = p.workspace.CreationTimestamp.Time
	if s.LastReadTime != nil {
		next.readAt = s.LastReadTime.Time
	}
	if s.PendingChanges != nil {
		next.wanted = *s.PendingChanges
	}
	if p.planned {
		next.held = p.countHeld()
	}
	return next
}

// countHeld counts the removals that are held back.
func (p *pass) countHeld() int {
	held := 0
	for _, blocked := range p.plan.Blocked {
		if blocked.Reason == seat.BlockedRemovalsHeld && p.holds() {
			held++
		}
	}
	return held
}

// standings makes the gauges, from the snapshots and from the cache whenever they are asked for.
type standings struct {
	snapshots *store
	// users finds ClayUsers in the cache.
	users client.Reader
	now   func() time.Time
}

// Describe implements prometheus.Collector.
func (s *standings) Describe(descriptions chan<- *prometheus.Desc) {
	for _, each := range []*prometheus.Desc{
		workspaceCondition, workspaceInterval, inventoryAge, changesWanted, changesBlocked, removalsHeld, usersByReason, usersExpiring,
	} {
		descriptions <- each
	}
}

// Collect implements prometheus.Collector.
func (s *standings) Collect(gathered chan<- prometheus.Metric) {
	for key, found := range s.snapshots.all() {
		gauge := func(description *prometheus.Desc, value float64, labels ...string) {
			gathered <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, append(labels, key.Namespace, key.Name)...)
		}
		shown := &found.figures
		for i := range shown.conditions {
			condition := &shown.conditions[i]
			gauge(workspaceCondition, 1, condition.Type, string(condition.Status), condition.Reason)
		}
		gauge(workspaceInterval, shown.interval.Seconds())
		gauge(inventoryAge, s.now().Sub(shown.readAt).Seconds())
		gauge(changesWanted, float64(shown.wanted.Invitations), "Invitations")
		gauge(changesWanted, float64(shown.wanted.Roles), "Roles")
		gauge(changesWanted, float64(shown.wanted.Removals), "Removals")
		gauge(changesWanted, float64(shown.wanted.Access), "Access")
		gauge(changesBlocked, float64(shown.wanted.Blocked))
		gauge(removalsHeld, float64(shown.held))
		counts, expiring := s.count(key)
		for standing, number := range counts {
			gauge(usersByReason, float64(number), string(standing.status), standing.reason)
		}
		gauge(usersExpiring, float64(expiring))
	}
}

// readiness is what the condition Ready of a ClayUser says. One that nobody has looked at yet has neither.
type readiness struct {
	status metav1.ConditionStatus
	reason string
}

// count counts the ClayUsers of a workspace by what their status says, and those whose seat is about to go, without a copy.
func (s *standings) count(key types.NamespacedName) (counts map[readiness]int, expiring int) {
	users := &clayv1alpha1.ClayUserList{}
	// A cache that cannot be read is told by the reconciles, which need it more.
	if err := s.users.List(context.Background(), users, client.InNamespace(key.Namespace),
		client.MatchingFields{indexUserWorkspace: key.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, 0
	}
	counts = map[readiness]int{}
	for i := range users.Items {
		found := readiness{status: metav1.ConditionUnknown}
		if ready := meta.FindStatusCondition(users.Items[i].Status.Conditions, clayv1alpha1.ConditionReady); ready != nil {
			found = readiness{ready.Status, ready.Reason}
		}
		counts[found]++
		if meta.IsStatusConditionTrue(users.Items[i].Status.Conditions, clayv1alpha1.ConditionExpiring) {
			expiring++
		}
	}
	return counts, expiring
}
