package seat

// believableFraction is the part of a list that may vanish between two reads: more than one half of it is more likely a
// page that failed to load than a decision that somebody made.
const believableFraction = 2

// Believable is false for a list of members that shrank by more than half since the last believed one, which held
// previous lines, apart from the expectedRemovals that the operator itself made since (see Change.IsRemoval). Such a list
// should be read a second time before anything is concluded from it. The first read ever, with a previous of 0, is
// believable.
func Believable(previous int, next Inventory, expectedRemovals int) bool {
	expected := previous - max(0, expectedRemovals)
	return believableFraction*len(next.Members) >= expected
}
