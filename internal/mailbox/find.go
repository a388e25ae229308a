package mailbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// minDigits and maxDigits bound a code; usualDigits is how many nearly all have.
	minDigits, usualDigits, maxDigits = 4, 6, 8
	// nearby is how far from the word a code may stand in a line, in bytes: half a sentence.
	nearby = 60
	// maxSentence is the longest line that is looked at, in bytes: no longer one is for people.
	maxSentence = 2000
	// linesBefore and linesAfter are how far from the word the line of a code may be: "Your code:", a pause, and the code.
	linesBefore, linesAfter = 2, 1

	// zipDigits are those of a postal code of the United States.
	zipDigits = 5
	// yearDigits are those of a year.
	yearDigits = 4
)

var (
	digits = regexp.MustCompile(`[0-9]+`)
	// codeWord finds the word. Its first group is the word before it.
	codeWord = regexp.MustCompile(`(?i)(?:\b([a-z]+)[ \t-]+)?\b(?:pass)?codes?\b`)
	// otherCodes are the words that make another thing of it.
	otherCodes = newSet("zip", "postal", "post", "area", "country", "dialing", "promo", "promotional", "promotion", "discount", "coupon", "voucher",
		"referral", "gift", "source", "bar", "qr", "dress", "error", "status", "colour", "color", "no")
	// signingIn is what every message with a code is about.
	signingIn = regexp.MustCompile(`(?i)\b(?:pass)?codes?\b|\bverif(?:y|ication)\b|\b(?:sign|log)(?:ging)?[ -]?in(?:to)?\b|\bone[ -]time\b|\botp\b`)

	// counted are the words before a number that say what it is, other than a code.
	counted = newSet("invoice", "order", "receipt", "ticket", "case", "suite", "ste", "unit", "box", "floor", "room", "building", "ref", "reference",
		"account", "customer", "ending", "zip", "postal", "area", "version", "usd", "eur", "gbp", "tel", "phone", "fax")
	// fillers may stand between such a word and its number.
	fillers = newSet("number", "no", "nr", "id", "is", "in")

	// year is a number that is most likely one.
	year = regexp.MustCompile(`^(?:19|20)[0-9]{2}$`)
	// state is the abbreviation of one in an address.
	state = regexp.MustCompile(`^[A-Z]{2}$`)
)

const (
	// opening and closing are the characters that may stand around a number without being part of it.
	opening = "([{\"'“‘«*_"
	closing = ".,;:!?)]}\"'”’»*_"
	around  = "()[]{}\"'“”‘’«»*_.,;:!?#"
	// sentence are those that end what a number belongs to.
	sentence = ".,;:!?"
	// joining are those that hold the parts of a longer number together.
	joining = "+-()./"
)

// find returns the code in a message, or "" where there is none. The error is ErrAmbiguous.
func find(raw []byte) (string, error) {
	text := readText(raw)
	if !signingIn.MatchString(text.subject) && !slices.ContainsFunc(text.lines, signingIn.MatchString) {
		return "", nil
	}
	certain, other := map[string]bool{}, map[string]bool{}
	for _, found := range candidates(text.subject) {
		if len(found.number) == usualDigits || found.named {
			certain[found.number] = true
		}
	}
	for index, line := range text.lines {
		nearLines := text.lines[max(0, index-linesBefore):min(len(text.lines), index+linesAfter+1)]
		for _, found := range candidates(line) {
			switch {
			case found.named, found.alone && (len(found.number) == usualDigits || slices.ContainsFunc(nearLines, hasCodeWord)):
				certain[found.number] = true
			case len(found.number) == usualDigits:
				other[found.number] = true
			}
		}
	}
	if len(certain) > 0 {
		return only(certain)
	}
	return only(other)
}

// only returns the one code that was found, if there is one. The empty text stands for a message that holds several.
func only(found map[string]bool) (string, error) {
	if found[""] || len(found) > 1 {
		return "", fmt.Errorf("%w; open the mailbox and type the code by hand", ErrAmbiguous)
	}
	for code := range found {
		return code, nil
	}
	return "", nil
}

func hasCodeWord(line string) bool { return len(codeWords(line)) > 0 }

// codeWords returns where the word code stands in a line, in bytes.
func codeWords(line string) [][]int {
	var places [][]int
	for _, place := range codeWord.FindAllStringSubmatchIndex(line, -1) {
		before := ""
		if place[2] >= 0 {
			before = strings.ToLower(line[place[2]:place[3]])
		}
		if !otherCodes[before] {
			places = append(places, place[:2])
		}
	}
	return places
}

// candidate is a number that may be a code.
type candidate struct {
	number string
	// named says that the word stands near it, alone that nothing else is in its line.
	named, alone bool
}

// candidates are the numbers in a line that stand for themselves.
func candidates(line string) []candidate {
	if len(line) > maxSentence {
		return nil
	}
	var found []candidate
	words := codeWords(line)
	for _, place := range digits.FindAllStringIndex(line, -1) {
		start, end := place[0], place[1]
		number := line[start:end]
		if len(number) < minDigits || len(number) > maxDigits || isYear(number) {
			continue
		}
		before, after := line[:start], line[end:]
		if !standsFree(before, after) || isPartOfNumber(before, after) || isExplained(before, number) {
			continue
		}
		found = append(found, candidate{
			number: number,
			named:  isNear(words, start, end),
			alone:  strings.Trim(before, opening+" \t") == "" && strings.Trim(after, closing+" \t") == "",
		})
	}
	return found
}

func isYear(number string) bool { return len(number) == yearDigits && year.MatchString(number) }

// isNear says whether one of the words is at most nearby bytes away.
func isNear(words [][]int, start, end int) bool {
	for _, word := range words {
		if start-word[1] <= nearby && word[0]-end <= nearby {
			return true
		}
	}
	return false
}

// standsFree says whether a number is a word of its own and no part of an address, a link, a date, a colour or an amount.
func standsFree(before, after string) bool {
	head := strings.TrimLeft(before[lastSpace(before):], opening)
	label := strings.ToLower(head)
	return (head == "" || label == "code:" || label == "passcode:") && strings.TrimRight(after[:firstSpace(after)], closing) == ""
}

// lastSpace is where the word begins that a text ends with, firstSpace where the one ends that it begins with.
func lastSpace(text string) int {
	index := strings.LastIndexFunc(text, unicode.IsSpace)
	if index < 0 {
		return 0
	}
	_, size := utf8.DecodeRuneInString(text[index:])
	return index + size
}

func firstSpace(text string) int {
	if index := strings.IndexFunc(text, unicode.IsSpace); index >= 0 {
		return index
	}
	return len(text)
}

// isPartOfNumber says whether a neighbour is a number too, as in the number of a telephone or a card.
func isPartOfNumber(before, after string) bool {
	previous, next := lastWord(before), ""
	if rest := after[firstSpace(after):]; strings.TrimRight(after[:firstSpace(after)], joining) == "" {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		next = rest[:firstSpace(rest)]
	}
	return isNumber(previous) && !strings.ContainsAny(previous[len(previous)-1:], sentence) || isNumber(strings.TrimRight(next, closing))
}

func isNumber(word string) bool {
	bare := strings.Trim(word, joining)
	return bare != "" && strings.Trim(bare, "0123456789"+joining) == ""
}

// isExplained says whether the words before a number say that it is something else: an amount, an address, the number of an invoice.
func isExplained(before, number string) bool {
	word := lastWord(before)
	if strings.ContainsAny(word, "$€£#©") && strings.Trim(word, "$€£#©") == "" {
		return true
	}
	if len(number) == zipDigits && state.MatchString(strings.TrimRight(word, sentence)) {
		return true
	}
	for {
		word = strings.ToLower(strings.Trim(lastWord(before), around))
		if counted[word] {
			return true
		}
		if !fillers[word] {
			return false
		}
		before = strings.TrimRightFunc(before, unicode.IsSpace)
		before = before[:lastSpace(before)]
	}
}

// lastWord is the last word of a text, which may be followed by space.
func lastWord(text string) string {
	text = strings.TrimRightFunc(text, unicode.IsSpace)
	return text[lastSpace(text):]
}
