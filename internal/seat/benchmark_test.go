package seat_test

import (
	"fmt"
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

// BenchmarkPlan shows that the cost grows with the number of members and not with its square: the allocations per member
// stay the same and the time per member stays of one order, apart from what caches and the collector add. Of ten members
// one is to be removed, one has another role, and one is to be invited.
func BenchmarkPlan(b *testing.B) {
	for _, members := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			observed, rules := inventory(), policy(budget(members, 0))
			var desired []seat.Desired
			for n := range members {
				email := seat.Email(fmt.Sprintf("member-%05d@example.com", n))
				switch n % 10 {
				case 0:
					desired = append(desired, manifest(email, inactive))
				case 1:
					desired = append(desired, manifest(email, role(seat.RoleViewer)))
				default:
					desired = append(desired, manifest(email))
				}
				if n%10 != 2 {
					observed.Members = append(observed.Members, active(email, seat.RoleEditor))
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				result, err := seat.Plan(desired, observed, rules)
				if err != nil || len(result.Changes) != 3*members/10 {
					b.Fatalf("%d changes, %v", len(result.Changes), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*members), "ns/member")
		})
	}
}
