package clayweb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// notOffered is the error of a change whose role Clay's list does not have. Either the plan lacks the role, or its label is a new one: the
// report, which is made once for a role, tells what the list offers, so that a person sees which.
func (v *visit) notOffered(page playwright.Page, role seat.Role, offered []string) error {
	fault := roleNotOffered(role)
	if !v.rolesTold[role] {
		v.rolesTold[role] = true
		fault.Evidence = &sidecar.Evidence{Path: pathOf(page), Report: encodeReport(v.roleReport(role, offered, pathOf(page)))}
	}
	return &changeError{fault: fault}
}

// roleReport tells what a list of roles offers where it lacks one. What is known as another role is there and no candidate.
func (v *visit) roleReport(role seat.Role, offered []string, path string) driftReport {
	labels := v.book.labels[role]
	missing := missingElement{
		Element: listOption, Purpose: fmt.Sprintf("the entry of the list of roles for %s", role), Candidates: []candidate{},
		Expected: []TriedRung{{Rung: "label " + strings.Join(labels, " or ")}},
	}
	wanted := looks{names: labels, roles: []string{"option"}, place: purposes[listOption].place}
	for _, text := range offered {
		label, _, _ := strings.Cut(strings.TrimSpace(text), "\n") // what a role may do stands below it
		found := v.shownThing(thing{Role: "option", Name: strings.TrimSpace(label), Tag: "option", Place: wanted.place, Count: 1})
		missing.There = append(missing.There, found)
		if found.Name != "" && v.book.role(label) == "" {
			one := wanted.judge(found)
			one.Matches, one.usable = 1, found.Name == strings.TrimSpace(label)
			missing.Candidates = append(missing.Candidates, one)
		}
	}
	slices.SortStableFunc(missing.Candidates, func(one, two candidate) int { return cmp.Compare(two.Score, one.Score) })
	report := driftReport{Version: reportVersion, Path: path, ClayVersion: v.place.clayVersion, Missing: []missingElement{missing}}
	if len(missing.Candidates) == 1 && missing.Candidates[0].usable {
		report.Override = fmt.Sprintf("# A label that is not known. Look at the page first: only if it is the role that its line says, put this under the key\n"+
			"# locators.yaml of the ConfigMap that spec.locatorsRef names.\nversion: 1\nroles:\n  %s: [%q]\n", role, missing.Candidates[0].Name)
	}
	return report
}
