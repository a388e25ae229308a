package main

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// lateJoiner joins while the operator waits for a person.
const lateJoiner = "harper"

// handOver lets Clay ask for something that only a person can do. The operator says so and waits; once it is done, it goes on
// by itself with what was asked for meanwhile.
func (w *world) handOver(ctx context.Context) error {
	someone, err := w.find(ctx, func(*clayv1alpha1.ClayUser) bool { return true })
	if err != nil {
		return err
	}
	workspace := client.ObjectKey{Namespace: someone.Namespace, Name: someone.Spec.WorkspaceRef.Name}
	joiner := &clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Namespace: workspace.Namespace, Name: lateJoiner},
		Spec: clayv1alpha1.ClayUserSpec{
			WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspace.Name}, Email: lateJoiner + "@example.com",
		},
	}
	w.simulator.Inject(claysim.Fault{Kind: claysim.FaultSecurityCheck, Email: operatorEmail})
	w.simulator.EndSessions()
	if err := w.plane.Client.Create(ctx, joiner); err != nil {
		return fmt.Errorf("make a user: %w", err)
	}
	if err := w.beStopped(ctx, joiner); err != nil {
		return err
	}
	return w.goOn(ctx, workspace, joiner)
}

// beStopped shows the operator asking for a person, and checks that it does nothing in Clay meanwhile.
func (w *world) beStopped(ctx context.Context, joiner *clayv1alpha1.ClayUser) error {
	var needed *metav1.Condition
	err := w.scene(ctx, joiner.Spec.Email+" joins, but Clay has ended the session, and its log-in asks for a security check\n"+
		"  kubectl apply -f "+joiner.Name+".yaml",
		func(seen view) bool {
			needed = humanNeeded(seen)
			return needed != nil && one(joiner.Name, func(user *clayv1alpha1.ClayUser) bool {
				return user.Status.ObservedGeneration == user.Generation
			})(seen)
		})
	if err != nil {
		return err
	}
	fmt.Printf("\n  the condition %s of the ClayWorkspace, reason %s:\n", needed.Type, needed.Reason)
	fmt.Println("    " + strings.NewReplacer(". ", ".\n    ", " Next: ", "\n    Next: ", " Evidence: ", "\n    Evidence: ").Replace(needed.Message))
	if needed.Reason != sidecar.ReasonSecurityCheck {
		return fmt.Errorf("the operator asks for a person because of %s, and not because of %s", needed.Reason, sidecar.ReasonSecurityCheck)
	}
	if _, sent := mails(w.simulator.Outbox())[joiner.Spec.Email]; sent {
		return fmt.Errorf("%s was invited before the security check was passed", joiner.Spec.Email)
	}
	return nil
}

// goOn does what the person does, and shows the operator going on. It would by itself with the next reading, for which nobody waits here.
func (w *world) goOn(ctx context.Context, workspace client.ObjectKey, joiner *clayv1alpha1.ClayUser) error {
	w.simulator.ClearSecurityChecks(operatorEmail)
	if err := w.askForReading(ctx, workspace); err != nil {
		return err
	}
	err := w.scene(ctx, "a person passes the security check (in the simulator); we ask for the reading now instead of in 15 minutes\n"+askCommand(workspace),
		func(seen view) bool {
			return humanNeeded(seen) == nil && settled(seen) && one(joiner.Name, invited)(seen)
		})
	if err != nil {
		return err
	}
	if count := mails(w.simulator.Outbox())[joiner.Spec.Email]; count != 1 {
		return fmt.Errorf("the operator says that it invited %s, and %d invitations were e-mailed", joiner.Spec.Email, count)
	}
	return nil
}

// humanNeeded is the condition by which a workspace asks for a person; nil where none does.
func humanNeeded(seen view) *metav1.Condition {
	for i := range seen.workspaces {
		conditions := seen.workspaces[i].Status.Conditions
		if meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionHumanNeeded) {
			return meta.FindStatusCondition(conditions, clayv1alpha1.ConditionHumanNeeded)
		}
	}
	return nil
}
