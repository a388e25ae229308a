package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

// statusReport is what "status" prints; docs/kubectl-clay.md describes it.
type statusReport struct {
	Workspaces []workspaceStanding `json:"workspaces"`
}

// workspaceStanding says how it stands with one workspace.
type workspaceStanding struct {
	Namespace    string                     `json:"namespace"`
	Name         string                     `json:"name"`
	WorkspaceID  string                     `json:"workspaceID"`
	Mode         v1alpha1.Mode              `json:"mode"`
	Plan         string                     `json:"plan,omitempty"`
	Ready        standing                   `json:"ready"`
	Seats        v1alpha1.SeatCounts        `json:"seats"`
	Pending      v1alpha1.ChangeCounts      `json:"pendingChanges"`
	HeldRemovals string                     `json:"heldRemovals,omitempty"`
	LastReadTime *metav1.Time               `json:"lastReadTime,omitempty"`
	Also         []standing                 `json:"conditions,omitempty"`
	Unmanaged    []v1alpha1.UnmanagedMember `json:"unmanagedMembers,omitempty"`
	People       peopleCounts               `json:"people"`
	NotReady     []personStanding           `json:"notReady,omitempty"`
}

// peopleCounts counts ClayUsers by how they are doing.
type peopleCounts struct {
	Total   int `json:"total"`
	Ready   int `json:"ready"`
	Waiting int `json:"waiting"`
	Stalled int `json:"stalled"`
}

// personStanding says how it stands with one ClayUser.
type personStanding struct {
	Name  string        `json:"name"`
	Email string        `json:"email"`
	Seat  v1alpha1.Seat `json:"seat,omitempty"`
	Ready standing      `json:"ready"`
	// Stalled is true where nothing goes on until a person changes something.
	Stalled bool `json:"stalled"`
}

// standing is a condition, as far as people want to know it.
type standing struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

type statusOptions struct {
	target targetFlags
	output outputFlag
}

func newStatus() *cobra.Command {
	var options statusOptions
	command := &cobra.Command{
		Use:   "status",
		Short: "Show how it stands with the workspaces and their people",
		Long: `status prints a line for each ClayWorkspace, and then what is not as asked: conditions with what to do next, people whose
seat is not as asked, members that nobody asked for and since when, removals that wait for an approval.

It goes by the statuses that the operator wrote, and reads nothing else. The exit code is 0 whatever they say, and 1 for an error.`,
		Example: `  kubectl clay status
  kubectl clay status --workspace=sales --namespace=clay --output=json`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := cmp.Or(options.target.validate(), options.output.validate()); err != nil {
				return err
			}
			return options.run(command.Context(), command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.target.bind(flags)
	options.output.bind(flags)
	completeWorkspace(command, &options.target.kubeconfig, &options.target.namespace)
	completeOutput(command, outputFormats)
	return command
}

func (o *statusOptions) run(ctx context.Context, out io.Writer) error {
	cluster, err := o.target.connect(ctx)
	if err != nil {
		return err
	}
	workspaces, err := o.target.find(ctx, cluster)
	if err != nil {
		return err
	}
	users := &v1alpha1.ClayUserList{}
	if err := cluster.List(ctx, users, client.InNamespace(o.target.namespace)); err != nil {
		return fmt.Errorf("list the ClayUsers: %w", err)
	}
	report := newStatusReport(workspaces, users.Items)
	return o.output.write(out, report, func() string { return report.describe(paletteOf(out), time.Now()) })
}

// newStatusReport puts together what the statuses say.
func newStatusReport(workspaces []v1alpha1.ClayWorkspace, users []v1alpha1.ClayUser) *statusReport {
	report := &statusReport{Workspaces: []workspaceStanding{}}
	for i := range workspaces {
		report.Workspaces = append(report.Workspaces, standingOf(&workspaces[i], users))
	}
	return report
}

func standingOf(workspace *v1alpha1.ClayWorkspace, users []v1alpha1.ClayUser) workspaceStanding {
	s := &workspace.Status
	next := workspaceStanding{
		Namespace: workspace.Namespace, Name: workspace.Name, WorkspaceID: workspace.Spec.WorkspaceID,
		Mode: cmp.Or(workspace.Spec.Mode, v1alpha1.ModeEnforce), Plan: s.Plan, Ready: readyOf(s.Conditions),
		HeldRemovals: s.HeldRemovals, LastReadTime: s.LastReadTime, Unmanaged: s.UnmanagedMembers,
	}
	if s.Seats != nil {
		next.Seats = *s.Seats
	}
	if s.PendingChanges != nil {
		next.Pending = *s.PendingChanges
	}
	for _, condition := range s.Conditions {
		if isNews(condition) {
			next.Also = append(next.Also, toStanding(condition))
		}
	}
	for i := range users {
		if users[i].Namespace == workspace.Namespace && users[i].Spec.WorkspaceRef.Name == workspace.Name {
			next.add(&users[i])
		}
	}
	slices.SortFunc(next.NotReady, func(a, b personStanding) int {
		return cmp.Or(-compareBool(a.Stalled, b.Stalled), cmp.Compare(a.Name, b.Name))
	})
	return next
}

// isNews says whether a condition tells something that Ready, Reconciling and Stalled do not.
func isNews(condition metav1.Condition) bool {
	switch condition.Type {
	case v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled:
		return false
	case v1alpha1.ConditionHumanNeeded, v1alpha1.ConditionRemovalsHeld, v1alpha1.ConditionUnsandboxed:
		return condition.Status == metav1.ConditionTrue
	default:
		return condition.Status != metav1.ConditionTrue
	}
}

func (w *workspaceStanding) add(user *v1alpha1.ClayUser) {
	w.People.Total++
	conditions := user.Status.Conditions
	stalled := meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionStalled)
	switch {
	case meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady) && user.Status.ObservedGeneration == user.Generation:
		w.People.Ready++
		return
	case stalled:
		w.People.Stalled++
	default:
		w.People.Waiting++
	}
	w.NotReady = append(w.NotReady, personStanding{
		Name: user.Name, Email: user.Spec.Email, Seat: user.Status.Seat, Ready: readyOf(conditions), Stalled: stalled,
	})
}

// readyOf returns the condition Ready, and says so where the operator has not looked at the resource yet.
func readyOf(conditions []metav1.Condition) standing {
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil {
		return toStanding(*ready)
	}
	return standing{
		Type: v1alpha1.ConditionReady, Status: string(metav1.ConditionUnknown), Reason: "NotSeen",
		Message: "The operator has not looked at it yet. Does it run, and watch this namespace?",
	}
}

func toStanding(condition metav1.Condition) standing {
	return standing{Type: condition.Type, Status: string(condition.Status), Reason: condition.Reason, Message: condition.Message}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
