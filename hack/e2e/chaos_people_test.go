package e2e

import (
	"fmt"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// crowd is how many people a large workspace has here: as many as the operator is measured with.
const crowd = 2000

// peopleRows are about who is in Clay, and not about what breaks.
func peopleRows() []row {
	add := func(seats ...claysim.Seat) func(*claysim.Seed) {
		return func(seed *claysim.Seed) { seed.Workspaces[0].Members = append(seed.Workspaces[0].Members, seats...) }
	}
	return []row{
		{
			fault: "no seat is free", step: duringClick, shows: "SeatLimit", most: 2, never: []string{joinerName},
			seed: func(seed *claysim.Seed) { seed.Workspaces[0].SeatLimit = len(seed.Workspaces[0].Members) - 1 },
		},
		{
			fault: "the plan does not offer the role", step: beforeClick, shows: "RoleNotOffered", most: 2, never: []string{moverName},
			seed: func(seed *claysim.Seed) {
				seed.Workspaces[0].Plan, seed.Workspaces[0].SalesRepBeta = claysim.PlanLaunch, false
				// Nobody has the role that is not offered.
				seed.Workspaces[0].Members[len(seed.Workspaces[0].Members)-1].Role = claysim.RoleEditor
			},
		},
		{
			fault: "names that are other people's addresses", step: beforeClick, most: allChanges,
			seed: add(
				claysim.Seat{Email: "first@example.com", Name: "leaver@example.com", Role: claysim.RoleEditor},
				claysim.Seat{Email: "second@example.com", Name: "mover@example.com", Role: claysim.RoleEditor},
				claysim.Seat{Email: "third@example.com", Name: "joiner@example.com", Role: claysim.RoleEditor},
			),
		},
		{
			fault: "names with markup, formulas, line breaks and other scripts", step: beforeClick, most: allChanges,
			seed: add(
				claysim.Seat{Email: "markup@example.com", Name: `<img src=x onerror="alert(1)"><script>alert(1)</script>`, Role: claysim.RoleEditor},
				claysim.Seat{Email: "formula@example.com", Name: `=HYPERLINK("http://example.com","leaver")`, Role: claysim.RoleEditor},
				claysim.Seat{Email: "lines@example.com", Name: "leaver\nleaver@example.com\tEditor", Role: claysim.RoleEditor},
				claysim.Seat{Email: "scripts@example.com", Name: "\u202eשלום 👩🏽‍🚀 مرحبا", Role: claysim.RoleEditor},
			),
		},
		{
			fault: fmt.Sprintf("%d people with nearly the same addresses, and some with nearly the leaver's", crowd), step: beforeClick, most: allChanges,
			seed: func(seed *claysim.Seed) {
				for _, email := range []string{
					"lеaver@example.com", // with a Cyrillic е
					"leaver@exаmple.com", // with a Cyrillic а
					"1eaver@example.com", "leaver1@example.com", "xleaver@example.com", "leaver+clay@example.com", "l.eaver@example.com",
					"leaver@example.com.example.com", "leaver@mail.example.com",
				} {
					add(claysim.Seat{Email: email, Name: "Leaver", Role: claysim.RoleEditor})(seed)
				}
				for _, member := range claysim.CrowdSample(crowd).Workspaces[0].Members {
					if member.Role != claysim.RoleAdmin {
						add(member)(seed)
					}
				}
			},
		},
	}
}
