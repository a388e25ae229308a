package mailbox

import "errors"

// ErrAmbiguous: what arrived from Clay holds several numbers that may be the code. A person must look.
var ErrAmbiguous = errors.New("the message from Clay does not say clearly which number is the code")
