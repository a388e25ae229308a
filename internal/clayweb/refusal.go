package clayweb

import (
	"slices"

	"github.com/seatwright/clay-operator/internal/sidecar"
)

// refusal is what Clay's no is about.
type refusal string

// The refusals that are told apart.
const (
	refusedLastAdmin      refusal = "LastAdmin"
	refusedSeatLimit      refusal = "SeatLimit"
	refusedAlreadyMember  refusal = "AlreadyMember"
	refusedAddress        refusal = "AddressRefused"
	refusedName           refusal = "NameTaken"
	refusedInUse          refusal = "BudgetInUse"
	refusedLocked         refusal = "AccountLocked"
	refusedCode           refusal = "WrongCode"
	refusedWrongPassword  refusal = "WrongPassword"
	refusedUnknownAccount refusal = "UnknownAccount"
	refusedOther          refusal = ""
)

// refusalOrder is the order in which a text is compared with the patterns.
var refusalOrder = []refusal{
	refusedLastAdmin, refusedSeatLimit, refusedAlreadyMember, refusedWrongPassword, refusedUnknownAccount, refusedAddress,
	refusedName, refusedInUse, refusedLocked, refusedCode,
}

// accessRefusals are those that only changes of access can meet. What sounds like them elsewhere, such as somebody who exists already, is
// something else.
var accessRefusals = []refusal{refusedName, refusedInUse}

// loginRefusals are those that a log-in can meet, in the order in which its texts are compared with them.
var loginRefusals = []refusal{refusedLocked, refusedCode, refusedWrongPassword, refusedUnknownAccount}

func (r refusal) known() bool { return slices.Contains(refusalOrder, r) }

// fault is what a refusal means for the change that was refused.
func (r refusal) fault() *sidecar.Fault {
	switch r {
	case refusedLastAdmin:
		return sidecar.Faultf(sidecar.Refused, sidecar.ReasonLastAdmin,
			"Clay refused: this is the workspace's last admin; make somebody else an admin first")
	case refusedSeatLimit:
		return sidecar.Faultf(sidecar.Refused, sidecar.ReasonSeatLimit,
			"Clay refused: the workspace has no free seat; free one or change the plan")
	case refusedAddress:
		return sidecar.Faultf(sidecar.Refused, sidecar.ReasonAddressRefused,
			"Clay refused to invite this address; check it and the workspace's restrictions")
	case refusedName:
		return sidecar.Faultf(sidecar.Refused, sidecar.ReasonNameTaken,
			"Clay refused: the name is taken, perhaps by one that differs in capitals alone; choose another, or rename the other one in Clay")
	case refusedInUse:
		return sidecar.Faultf(sidecar.Refused, sidecar.ReasonBudgetInUse,
			"Clay refused: workbooks use the budget; give them another in Clay first")
	default:
		return sidecar.Faultf(sidecar.Refused, sidecar.ReasonRefused, "Clay refused the change; see the page or the evidence for its reason")
	}
}
