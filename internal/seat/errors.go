package seat

import "errors"

// ErrIncomplete is returned for an inventory that may lack members: nothing can be concluded from what it lacks.
var ErrIncomplete = errors.New("the list of members is incomplete")

// ErrWrongWorkspace is returned for an inventory of another workspace than the policy names.
var ErrWrongWorkspace = errors.New("the list of members is of another workspace")
