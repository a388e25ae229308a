package clayweb

import (
	"net/url"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// part is what a page of a log-in asks for.
type part string

// The parts of a log-in. Those that a site has, it has elements for.
const (
	partNothing  part = ""
	partUsername part = "user name"
	partPassword part = "password"
	partCode     part = "one-time code"
	// partPasswordWay, partCodeWay and partOtherWay lead to the password, to the code of an app, and to a list of ways to prove oneself.
	partPasswordWay part = "way to the password"
	partCodeWay     part = "way to the code"
	partOtherWay    part = "other ways"
	// partApproval is something that is not on this page: a telephone, a key, a finger, a message.
	partApproval part = "approval"
	// partAccount is a choice of accounts, and partNewAccount the way past it.
	partAccount    part = "account"
	partNewAccount part = "new account"
	// partStay asks whether to stay signed in, and partStayNo is the answer.
	partStay   part = "whether to stay signed in"
	partStayNo part = "not to stay signed in"
	// partConfirm is something to read and to agree to.
	partConfirm part = "confirmation"
	// partUnsafe, partDenied and partCheck are ends: the browser is not trusted, the account may not go to Clay, and a security check.
	partUnsafe part = "trusted browser"
	partDenied part = "permission"
	partCheck  part = "security check"
	// partSignedIn is the app.
	partSignedIn part = "app"
)

// site is the page object of a log-in: what its pages are known by, and which elements of locators.yaml they have for each part, in the
// order in which they are tried.
type site struct {
	// name is for messages.
	name string
	// domains are those of its hosts, and mark is what else it is known by.
	domains []string
	mark    element
	parts   map[part][]element
	// next are the buttons that send what was typed, alert what says that it was wrong, and boxes the fields of a code that has one for
	// each digit.
	next, alert []element
	boxes       element
}

// claySite is Clay's own log-in.
var claySite = site{
	name: "Clay",
	parts: map[part][]element{
		partUsername: {loginEmail}, partPassword: {loginPassword}, partCode: {loginCode},
		partSignedIn: {appProfileMenu, appOnboarding, appDenied}, partCheck: {loginSecurityCheck},
	},
	next: []element{loginContinue}, alert: []element{loginAlert}, boxes: formCodeBoxes,
}

// whose says whether the secrets of a site are Clay's or the identity provider's.
func (s *site) whose() string {
	if s == &claySite {
		return "Clay"
	}
	return "identity provider"
}

// elements are all that the site may show.
func (s *site) elements() []element {
	all := append([]element{s.boxes}, s.alert...)
	for _, names := range s.parts {
		all = append(all, names...)
	}
	return all
}

// view is what a page of a log-in shows at one moment.
type view struct {
	page    playwright.Page
	address string
	origin  string
	// site is nil where the page is none, or not there yet.
	site *site
	part part
	// alert is the text that says what is wrong, or "". It is compared and never passed on.
	alert string
}

// alike says whether two looks saw the same.
func (v view) alike(other view) bool {
	return v.site == other.site && v.part == other.part && v.address == other.address
}

func (v view) path() string { return addressOf(v.page).Path }

// host is what a message may name of an identity provider.
func (v view) host() string {
	address, err := url.Parse(v.origin)
	if err != nil {
		return ""
	}
	return address.Hostname()
}

// recognise looks at what there is to see: in a window that a page opened, or else on the page itself.
func (l *logIn) recognise() (view, error) {
	for _, window := range l.visit.place.around.windows() {
		seen, err := l.see(window)
		if err == nil && seen.part != partNothing {
			return seen, nil
		}
		if err != nil && !passing(window, l.page, err) {
			return view{}, err
		}
	}
	seen, err := l.see(l.page)
	if err != nil && passing(l.page, l.page, err) {
		return view{page: l.page}, nil
	}
	return seen, err
}

// see looks at one page.
func (l *logIn) see(page playwright.Page) (view, error) {
	address := addressOf(page)
	seen := view{page: page, origin: address.Scheme + "://" + address.Host, address: address.Scheme + "://" + address.Host + address.Path}
	if address.Scheme != "https" && address.Scheme != "http" {
		return seen, nil
	}
	var err error
	if sameOrigin(address, l.visit.workspace.AppURL) {
		seen.site = &claySite
	} else if seen.site, err = l.siteOf(page, address); err != nil {
		return seen, err
	}
	if seen.part, err = l.asked(seen); err != nil {
		return seen, err
	}
	if seen.alert, err = l.visit.alertText(page, seen.site.alert); err != nil {
		return seen, err
	}
	if steady, err := l.steady(seen); err != nil || steady {
		return seen, err
	}
	return view{page: page}, nil
}

// steady says whether a page is still what it was taken for when the look began. It may have gone to another site, and then what was seen
// may be of either; or it was only drawn meanwhile, and is known by now.
func (l *logIn) steady(seen view) (bool, error) {
	address := addressOf(seen.page)
	if address.Scheme+"://"+address.Host != seen.origin {
		return false, nil
	}
	if seen.site != &formSite || seen.part == partNothing {
		return true, nil
	}
	now, err := l.siteOf(seen.page, address)
	return now == seen.site, err
}

// asked says what a page asks for. Where it asks for several things, the first one here is what is given, or what ends the log-in.
func (l *logIn) asked(seen view) (part, error) {
	if l.visit.place.around.checked() {
		return partCheck, nil
	}
	order, err := l.order(seen)
	if err != nil {
		return partNothing, err
	}
	for _, asked := range order {
		shown, err := l.shows(seen, asked)
		if err != nil {
			return partNothing, err
		}
		if shown {
			return asked, nil
		}
	}
	return partNothing, nil
}

// order is the order in which the parts of a page are looked for.
func (l *logIn) order(seen view) ([]part, error) {
	if seen.site == &claySite {
		if l.done[step{part: partUsername, origin: seen.origin}] {
			return []part{partCheck, partPassword, partCode, partSignedIn, partUsername}, nil
		}
		return []part{partCheck, partPassword, partCode, partUsername, partSignedIn}, nil
	}
	order := append([]part{partCheck, partUnsafe, partDenied, partPassword}, l.open(seen, partPasswordWay)...)
	if !l.done[step{part: partUsername, origin: seen.origin}] {
		// The first page may offer a telephone or a key besides. There is nothing to prove before it is known who it is.
		order = append(order, partUsername)
	}
	approval, err := l.shows(seen, partApproval)
	if err != nil {
		return nil, err
	}
	if approval {
		// Where a code is waited for that went elsewhere there is a field for it too, so that this comes first.
		order = append(order, l.open(seen, partCodeWay, partOtherWay)...)
		order = append(order, partApproval)
	}
	order = append(order, partCode)
	order = append(order, l.open(seen, partCodeWay)...)
	return append(order, partUsername, partStay, partAccount, partConfirm), nil
}

// open returns those of the ways that were not gone yet, or are being gone, and that lead to something that there is.
func (l *logIn) open(seen view, ways ...part) []part {
	var open []part
	account := l.visit.workspace.Login.IdentityProvider
	for _, way := range ways {
		this := step{part: way, origin: seen.origin}
		gone := l.done[this] && (l.last == nil || l.stepIn(*l.last) != this)
		useful := account.OTPSecret != ""
		if way == partPasswordWay {
			useful = account.Password != "" && !l.done[step{part: partPassword, origin: seen.site.whose()}]
		}
		if useful && !gone {
			open = append(open, way)
		}
	}
	return open
}

// restsOnAbsence says whether a page asks for a part only because it does not show something else: what ends the log-in and calls a
// person, the way away from what a page offers, and a code that may have gone elsewhere.
func (p part) restsOnAbsence() bool {
	switch p {
	case partApproval, partDenied, partUnsafe, partCheck, partOtherWay, partCode:
		return true
	default:
		return false
	}
}

// typed says whether something is typed for a part.
func (p part) typed() bool { return p == partUsername || p == partPassword || p == partCode }

// shows says whether a page has what a part is known by. What is typed into or clicked on has to be one element alone: where there are
// several, it is not known which is meant.
func (l *logIn) shows(seen view, asked part) (bool, error) {
	names := seen.site.parts[asked]
	if len(names) == 0 {
		return false, nil
	}
	count, err := l.visit.union(document(seen.page), names...).Count()
	if err != nil || count == 0 {
		if err == nil && asked == partCode {
			_, boxes, err := l.codeBoxes(seen)
			return boxes, err
		}
		return false, err
	}
	switch asked {
	case partUsername, partPassword, partCode, partPasswordWay, partCodeWay, partOtherWay, partConfirm:
		_, found, err := l.find(seen, names)
		return found, err
	default:
		return true, nil
	}
}

// find returns the one element that any of the names finds, in their order.
func (l *logIn) find(seen view, names []element) (playwright.Locator, bool, error) {
	for _, name := range names {
		located, found, err := l.visit.has(document(seen.page), name)
		if err != nil || found {
			return located, found, err
		}
	}
	return nil, false, nil
}

// The fewest and the most digits of a code that has a field for each.
const (
	minCodeBoxes = 4
	maxCodeBoxes = 8
)

// codeBoxes returns the fields of a code that has one for each digit.
func (l *logIn) codeBoxes(seen view) (playwright.Locator, bool, error) {
	boxes := l.visit.union(document(seen.page), seen.site.boxes)
	count, err := boxes.Count()
	return boxes, count >= minCodeBoxes && count <= maxCodeBoxes, err
}

// alertText is what a page says is wrong, or "".
func (v *visit) alertText(page playwright.Page, names []element) (string, error) {
	for _, name := range names {
		for _, rung := range v.book.ladders[name] {
			texts, err := rung.in(document(page)).AllTextContents()
			if err != nil {
				return "", err
			}
			if text := strings.TrimSpace(strings.Join(texts, " ")); text != "" {
				return text, nil
			}
		}
	}
	return "", nil
}
