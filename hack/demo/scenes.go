package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// play applies the samples and shows what a person would try.
func (w *world) play(ctx context.Context, samples string) error {
	objects, err := readManifests(samples, w.simulator.AppURL())
	if err != nil {
		return err
	}
	w.step(fmt.Sprintf("kubectl apply -f %s  (%d resources)", samples, len(objects)))
	if err := apply(ctx, w.plane.Client, objects); err != nil {
		return err
	}
	if err := w.scene(ctx, "the operator signs in to Clay, reads who has a seat, and makes it as asked", settled); err != nil {
		return err
	}
	for _, scene := range []func(context.Context) error{w.accept, w.promote, w.offboard, w.handOver} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

// scene shows the table until done, for at most sceneTimeout.
func (w *world) scene(ctx context.Context, what string, done func(view) bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, sceneTimeout, errors.New("it took too long"))
	defer cancel()
	return w.table.until(ctx, what, done)
}

// accept lets the first invited person accept, and asks the operator for a reading instead of waiting for the next one.
func (w *world) accept(ctx context.Context) error {
	user, err := w.find(ctx, func(user *clayv1alpha1.ClayUser) bool { return user.Status.Seat == clayv1alpha1.SeatPending })
	if err != nil {
		return err
	}
	if err := w.simulator.AcceptInvitation(user.Spec.Email); err != nil {
		return fmt.Errorf("accept the invitation: %w", err)
	}
	workspace := client.ObjectKey{Namespace: user.Namespace, Name: user.Spec.WorkspaceRef.Name}
	if err := w.askForReading(ctx, workspace); err != nil {
		return err
	}
	return w.scene(ctx, user.Spec.Email+" accepts the invitation; we ask for a reading now instead of in 15 minutes\n"+askCommand(workspace),
		one(user.Name, func(user *clayv1alpha1.ClayUser) bool {
			return user.Status.Seat == clayv1alpha1.SeatActive && ready(user)
		}))
}

// askForReading sets the annotation that asks for a reading now.
func (w *world) askForReading(ctx context.Context, key client.ObjectKey) error {
	var workspace clayv1alpha1.ClayWorkspace
	if err := w.plane.Client.Get(ctx, key, &workspace); err != nil {
		return fmt.Errorf("get the workspace: %w", err)
	}
	before := workspace.DeepCopy()
	metav1.SetMetaDataAnnotation(&workspace.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, time.Now().Format(time.RFC3339Nano))
	if err := w.plane.Client.Patch(ctx, &workspace, client.MergeFrom(before)); err != nil {
		return fmt.Errorf("ask for a reading: %w", err)
	}
	return nil
}

// askCommand is what a person types for askForReading.
func askCommand(workspace client.ObjectKey) string {
	return "  kubectl annotate clayworkspace/" + workspace.Name + " " + clayv1alpha1.AnnotationReconcileAt + "=\"$(date)\" --overwrite"
}

// promote gives the first active Editor the role Viewer.
func (w *world) promote(ctx context.Context) error {
	user, err := w.find(ctx, func(user *clayv1alpha1.ClayUser) bool {
		return user.Status.Seat == clayv1alpha1.SeatActive && user.GetRole() == clayv1alpha1.RoleEditor
	})
	if err != nil {
		return err
	}
	before := user.DeepCopy()
	user.Spec.Role = clayv1alpha1.RoleViewer
	if err := w.plane.Client.Patch(ctx, user, client.MergeFrom(before)); err != nil {
		return fmt.Errorf("change the role: %w", err)
	}
	return w.scene(ctx, user.Spec.Email+" becomes a Viewer\n  kubectl patch clayuser/"+user.Name+` --type=merge -p '{"spec":{"role":"Viewer"}}'`,
		one(user.Name, func(user *clayv1alpha1.ClayUser) bool {
			return user.Status.Role == clayv1alpha1.RoleViewer && ready(user)
		}))
}

// offboard deletes an active user that is not an admin.
func (w *world) offboard(ctx context.Context) error {
	user, err := w.find(ctx, func(user *clayv1alpha1.ClayUser) bool {
		return user.Status.Seat == clayv1alpha1.SeatActive && user.GetRole() != clayv1alpha1.RoleAdmin && !user.RetainsSeat()
	})
	if err != nil {
		return err
	}
	if err := w.plane.Client.Delete(ctx, user); err != nil {
		return fmt.Errorf("delete the user: %w", err)
	}
	err = w.scene(ctx, user.Spec.Email+" leaves\n  kubectl delete clayuser/"+user.Name,
		func(seen view) bool {
			return !slices.ContainsFunc(seen.users, func(left clayv1alpha1.ClayUser) bool { return left.Name == user.Name })
		})
	if err != nil {
		return err
	}
	if _, still := w.simulator.State().Workspace(workspaceID).Member(user.Spec.Email); still {
		return fmt.Errorf("%s is gone from the cluster and still has a seat in Clay", user.Spec.Email)
	}
	return nil
}

func (w *world) find(ctx context.Context, match func(*clayv1alpha1.ClayUser) bool) (*clayv1alpha1.ClayUser, error) {
	var users clayv1alpha1.ClayUserList
	if err := w.plane.Client.List(ctx, &users); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	for i := range users.Items {
		if match(&users.Items[i]) {
			return &users.Items[i], nil
		}
	}
	return nil, errors.New("the samples hold nobody whom this scene could be played with")
}

// settled is true once every user is ready or waits for nothing but the person's own answer.
func settled(seen view) bool {
	for i := range seen.users {
		if !ready(&seen.users[i]) && !invited(&seen.users[i]) {
			return false
		}
	}
	return len(seen.users) > 0
}

func one(name string, match func(*clayv1alpha1.ClayUser) bool) func(view) bool {
	return func(seen view) bool {
		for i := range seen.users {
			if seen.users[i].Name == name {
				return match(&seen.users[i])
			}
		}
		return false
	}
}

func ready(user *clayv1alpha1.ClayUser) bool {
	return user.Status.ObservedGeneration == user.Generation &&
		meta.IsStatusConditionTrue(user.Status.Conditions, clayv1alpha1.ConditionReady)
}

// invited is true for a user that waits for nothing but the person's own answer.
func invited(user *clayv1alpha1.ClayUser) bool {
	condition := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
	return user.Status.ObservedGeneration == user.Generation && condition != nil && condition.Reason == clayv1alpha1.ReasonInvitationPending
}

// mails counts the invitations that were sent, by address.
func mails(outbox []claysim.Mail) map[string]int {
	sent := map[string]int{}
	for _, mail := range outbox {
		if mail.Kind == claysim.MailInvitation {
			sent[mail.To]++
		}
	}
	return sent
}
