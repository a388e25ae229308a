package mailbox

import "strings"

// methodResult is what a mail server found out about a message by one method, such as dkim and pass.
type methodResult struct{ method, result string }

// unreadable is the result of a field that cannot be read.
var unreadable = methodResult{"", "unreadable"}

// authentication reads the value of an Authentication-Results field (RFC 8601): who checked, and what came out.
func authentication(value string) (checker string, results []methodResult) {
	kept, whole := bare(value)
	if !whole {
		results = append(results, unreadable)
	}
	for index, part := range strings.Split(kept, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		if index == 0 {
			checker = strings.ToLower(words[0])
			continue
		}
		// Around the first equals sign there may be spaces, and a method may carry a version, as in dkim/1.
		method, rest, found := strings.Cut(strings.Join(words, " "), "=")
		outcome := strings.Fields(rest)
		if !found || len(outcome) == 0 {
			continue
		}
		method, _, _ = strings.Cut(strings.TrimSpace(method), "/")
		results = append(results, methodResult{strings.ToLower(strings.TrimSpace(method)), strings.ToLower(outcome[0])})
	}
	return checker, results
}

// bare removes comments and what is quoted: a sender chooses what stands in them, such as the name of his server. It is not whole where one of
// them has no end.
func bare(value string) (bare string, whole bool) {
	var kept strings.Builder
	depth, quoted, escaped := 0, false, false
	for _, r := range value {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && (quoted || depth > 0):
			escaped = true
		case r == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth == 0:
			kept.WriteRune(r)
		}
	}
	return kept.String(), depth == 0 && !quoted
}
