package clayweb

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"
)

// bookFields are the names of all fields in locators.yaml, for whoever mistyped one.
var bookFields = []string{
	"version", "elements", "replace", "overlays", "roles", "pending", "refusals", "neighbours", "name", "shows", "dismiss",
	"role", "names", "matching", "by", "label", "placeholder", "text", "css", "safe",
}

var (
	// unknownField, wrongType and goType are what the decoder says in terms of Go.
	unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)
	wrongType    = regexp.MustCompile("cannot unmarshal !!(\\w+)(?: `(.*?)`)? into (\\S+)")
)

// decodeBook decodes a document. What it returns together with mistakes is what could be decoded, so that the rest is checked as well.
func decodeBook(data []byte) (bookFile, []error) {
	var file bookFile
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	err := decoder.Decode(&file)
	if errors.Is(err, io.EOF) {
		return file, []error{errors.New("the document is empty")}
	}
	var mistakes []error
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok {
		for _, text := range typed.Errors {
			mistakes = append(mistakes, errors.New(inPlainWords(text)))
		}
	} else if err != nil {
		return file, []error{fmt.Errorf("the document is no YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	if file.Version != bookVersion {
		mistakes = append(mistakes, fmt.Errorf("version %d is not %d", file.Version, bookVersion))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		mistakes = append(mistakes, errors.New("there is more than one document; only the first would be read"))
	}
	return file, mistakes
}

// inPlainWords says what the decoder says without the names of types in this program.
func inPlainWords(text string) string {
	if match := unknownField.FindStringSubmatch(text); match != nil {
		return strings.Replace(text, match[0], unknown("field", match[1], bookFields).Error(), 1)
	}
	if match := wrongType.FindStringSubmatch(text); match != nil {
		what := map[string]string{"str": "a text", "seq": "a list", "map": "a mapping", "int": "a number", "bool": "true or false"}[match[1]]
		if what == "" {
			what = "this value"
		}
		if match[2] != "" {
			what += fmt.Sprintf(" (%s)", match[2])
		}
		wanted := "one value"
		switch into := match[3]; {
		case strings.HasPrefix(into, "[]"):
			wanted = "a list"
		case strings.HasPrefix(into, "map["), strings.HasPrefix(into, "clayweb."):
			wanted = "a mapping"
		}
		return strings.Replace(text, match[0], fmt.Sprintf("%s stands where %s is needed", what, wanted), 1)
	}
	return text
}

const (
	// nearEnough is how alike two names must be for one to be what was meant by the other.
	nearEnough = 0.5
	// namesNear is how many such names are told.
	namesNear = 3
)

// unknown says that a name is not known, and which ones are like it.
func unknown(what, name string, known []string) error {
	near := slices.DeleteFunc(slices.Clone(known), func(other string) bool { return other == name || likeness(name, other) < nearEnough })
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(likeness(name, b), likeness(name, a)) })
	near = near[:min(len(near), namesNear)]
	if len(near) == 0 {
		return fmt.Errorf("%s %s is not known", what, name)
	}
	return fmt.Errorf("%s %s is not known (did you mean %s?)", what, name, strings.Join(near, " or "))
}

// words parts a name into its words.
var words = regexp.MustCompile(`[\p{Lu}]?[\p{Ll}\p{Lo}\p{N}]+|\p{Lu}+`)

// likeness is how alike two names are, from 0 to 1: by their letters, or by their words, whichever is more.
func likeness(one, other string) float64 {
	if fold(one) == fold(other) {
		return 1
	}
	a, b := []rune(fold(one)), []rune(fold(other))
	longer := max(len(a), len(b))
	byLetters := 1 - float64(levenshtein.ComputeDistance(string(a), string(b)))/float64(longer)
	return max(byLetters, sharedWords(one, other))
}

// sharedWords is which part of the words of two names is common to both.
func sharedWords(one, other string) float64 {
	seen, common, all := map[string]bool{}, 0, 0
	for _, word := range words.FindAllString(one, -1) {
		if word = fold(word); !seen[word] {
			seen[word], all = true, all+1
		}
	}
	for _, word := range words.FindAllString(other, -1) {
		shared, known := seen[fold(word)]
		switch {
		case !known:
			all++
		case shared:
			common++
		}
		seen[fold(word)] = false
	}
	if all == 0 {
		return 0
	}
	return float64(common) / float64(all)
}

// texts are names as plain strings, sorted.
func texts[T ~string](names []T) []string {
	plain := make([]string, len(names))
	for i, name := range names {
		plain[i] = string(name)
	}
	slices.Sort(plain)
	return plain
}
