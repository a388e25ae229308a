package notify

import (
	"crypto/sha256"
	"maps"
	"time"

	"golang.org/x/time/rate"
)

const (
	// queueLimit is how many notices wait for one target: some for each of a large company's workspaces.
	queueLimit = 100
	// burst and pace limit the requests to one target: so many at once, and then one every so often. Slack takes one a second;
	// no person reads more than ten messages a minute.
	burst = 10
	pace  = 6 * time.Second
	// rememberFor is how long the same notice is not sent again to the same target.
	rememberFor = 24 * time.Hour
	// waitLimit is how long a notice is worth sending after it was given to Send. It is longer than a full queue needs at the
	// pace above.
	waitLimit = 30 * time.Minute
)

// laneKey stands for the address of a target. It is a hash, so that no dump of a Sender shows the address.
type laneKey [sha256.Size]byte

func keyOf(address string) laneKey { return sha256.Sum256([]byte(address)) }

// lane is what is kept of one address: the notices that wait, in order, and what it was told. Two targets with one address are one
// receiver. The Sender's lock guards everything but the limiter.
type lane struct {
	limiter *rate.Limiter
	waiting []*job
	// busy says that a goroutine works on the lane.
	busy bool
	// told has the newest job of each notice's ID that waits, is under way, or was sent.
	told map[string]*job
}

// job is a letter with what the lane has to know of it.
type job struct {
	*letter

	accepted time.Time
	// sent is when the receiver took it; zero before.
	sent time.Time
}

func newLane() *lane {
	return &lane{limiter: rate.NewLimiter(rate.Every(pace), burst), told: map[string]*job{}}
}

// knows says whether the target has been told the same, or is about to be. Once a matter was resolved, its return is news.
func (l *lane) knows(notice Notice, now time.Time) bool {
	newest, ok := l.told[notice.ID]
	return ok && newest.notice.Resolved == notice.Resolved && !newest.isOld(now)
}

func (j *job) isOld(now time.Time) bool { return !j.sent.IsZero() && now.Sub(j.sent) >= rememberFor }

// add puts a letter at the end of the queue.
func (l *lane) add(contents *letter, now time.Time) {
	added := &job{letter: contents, accepted: now}
	l.waiting = append(l.waiting, added)
	l.told[contents.notice.ID] = added
}

// next takes the first job out of the queue; nil when none waits.
func (l *lane) next() *job {
	if len(l.waiting) == 0 {
		return nil
	}
	first := l.waiting[0]
	l.waiting = l.waiting[1:]
	return first
}

// settle remembers what was sent, and forgets what was not, so that it can be tried again.
func (l *lane) settle(done *job, sent bool, now time.Time) {
	switch {
	case l.told[done.notice.ID] != done:
		// Something newer about the same matter waits or was sent.
	case sent:
		done.sent = now
	default:
		delete(l.told, done.notice.ID)
	}
}

// isIdle drops what is too old to matter, and says whether nothing is left for which the lane must be kept.
func (l *lane) isIdle(now time.Time) bool {
	maps.DeleteFunc(l.told, func(_ string, newest *job) bool { return newest.isOld(now) })
	return !l.busy && len(l.waiting) == 0 && len(l.told) == 0 && l.limiter.TokensAt(now) >= burst
}
