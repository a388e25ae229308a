package controllers

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// BenchmarkPass is what a pass over an unchanged workspace costs beside the browser and the API server. The time per
// ClayUser should not grow with their number.
func BenchmarkPass(b *testing.B) {
	for _, people := range []int{200, 2000, 20000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			users, inventory := crowd(people)
			reconciler := &ClayWorkspaceReconciler{snapshots: newStore(), timing: timing{}.withDefaults()}
			workspace := &clayv1alpha1.ClayWorkspace{Spec: clayv1alpha1.ClayWorkspaceSpec{WorkspaceID: workspaceID}}
			memory := newMemory(workspace)
			b.ReportAllocs()
			for b.Loop() {
				p := &pass{ClayWorkspaceReconciler: reconciler, workspace: workspace, memory: memory}
				p.know(users)
				p.believe(newReading(inventory, time.Now(), time.Now()))
				if err := p.planForUsers(b.Context()); err != nil {
					b.Fatal(err)
				}
				p.report(nil)
				p.publish(nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(people), "ns/user")
		})
	}
}

// BenchmarkUnchangedUser is what a look at a ClayUser costs whose status is as it should be.
func BenchmarkUnchangedUser(b *testing.B) {
	users, inventory := crowd(1)
	user := &users[0]
	found := sight{
		snapshot: &snapshot{reading: newReading(inventory, testTime, testTime)}, known: true,
		verdict: verdict{uid: user.UID, generation: 1, presence: seat.Active, role: seat.RoleEditor},
	}
	b.ReportAllocs()
	for b.Loop() {
		next := user.Status.DeepCopy()
		assess(user, found, next, testTime)
	}
}

// crowd makes people with a seat and a ClayUser each.
func crowd(people int) ([]clayv1alpha1.ClayUser, seat.Inventory) {
	users := make([]clayv1alpha1.ClayUser, people)
	inventory := seat.Inventory{WorkspaceID: workspaceID, Complete: true, Account: operatorAccount, Members: make([]seat.Member, people)}
	for i := range people {
		email := fmt.Sprintf("jo%05d@example.com", i)
		users[i] = clayv1alpha1.ClayUser{
			ObjectMeta: metav1.ObjectMeta{
				Name: fmt.Sprintf("jo%05d", i), UID: types.UID(fmt.Sprint(i)), Generation: 1, Finalizers: []string{clayv1alpha1.FinalizerSeat},
			},
			Spec: clayv1alpha1.ClayUserSpec{Email: email},
		}
		inventory.Members[i] = active(email, seat.RoleEditor)
	}
	return users, inventory
}
