package manifest

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// step is one step on the way to a value: the name of a field, or the place in a list.
type step struct {
	name  string
	index int
}

// way leads from the root of an object to a value.
type way []step

func (w way) field(name string) way { return append(slices.Clip(w), step{name: name}) }
func (w way) item(index int) way    { return append(slices.Clip(w), step{index: index}) }

// String writes a way as the API server does, for example spec.groups[2].name.
func (w way) String() string {
	var text strings.Builder
	for i, each := range w {
		switch {
		case each.name == "":
			fmt.Fprintf(&text, "[%d]", each.index)
		case strings.Contains(each.name, "."):
			fmt.Fprintf(&text, "[%s]", each.name)
		default:
			if i > 0 {
				text.WriteByte('.')
			}
			text.WriteString(each.name)
		}
	}
	return text.String()
}

// complaint is what is wrong with a value, and what to do.
type complaint struct {
	way     way
	message string
}

// checker compares values with a schema.
type checker struct{ complaints []complaint }

func (c *checker) complainf(at way, format string, arguments ...any) {
	c.complaints = append(c.complaints, complaint{way: at, message: fmt.Sprintf(format, arguments...)})
}

// check compares a value, and the one that it takes the place of, where there is one, with the schema. A value that has another type than it
// should is looked into no further.
func (c *checker) check(at way, s *schema, value, old any) {
	before := len(c.complaints)
	switch s.Type {
	case "object":
		c.checkObject(at, s, value, old)
	case "array":
		c.checkList(at, s, value)
	case "string":
		c.checkString(at, s, value)
	case "integer":
		c.checkInteger(at, s, value)
	case "boolean":
		if _, is := value.(bool); !is {
			c.complainf(at, "%s is neither true nor false", show(value))
		}
	default:
		c.complainf(at, "the resource definition gives it the type %q, which this version does not know", s.Type)
	}
	// Rules may rely on what the schema says, as they do on the API server.
	if len(c.complaints) == before {
		c.checkRules(at, s, value, old)
	}
}

func (c *checker) checkObject(at way, s *schema, value, old any) {
	object, is := value.(map[string]any)
	if !is {
		c.complainf(at, "%s is not a set of fields; indent the fields below it", show(value))
		return
	}
	before, _ := old.(map[string]any)
	for _, name := range s.Required {
		if object[name] == nil {
			c.complainf(at, "the field %s is missing", at.field(name))
		}
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	count := int64(0)
	for _, name := range names {
		// The API server drops a null.
		if object[name] == nil {
			continue
		}
		count++
		field, known := s.Properties[name]
		switch {
		case known:
			c.check(at.field(name), &field, object[name], before[name])
		case s.AdditionalProperties != nil:
			c.check(at.field(name), s.AdditionalProperties, object[name], before[name])
		default:
			c.complainf(at.field(name), "unknown field%s", suggestion(name, s))
		}
	}
	if s.MinProperties != nil && count < *s.MinProperties {
		c.complainf(at, "it needs %d fields at least, and has %d", *s.MinProperties, count)
	}
	if s.MaxProperties != nil && count > *s.MaxProperties {
		c.complainf(at, "it may have %d fields at most, and has %d", *s.MaxProperties, count)
	}
}

// suggestion names the field that is most likely meant.
func suggestion(name string, s *schema) string {
	known := make([]string, 0, len(s.Properties))
	for each := range s.Properties {
		known = append(known, each)
	}
	slices.Sort(known)
	best, distance := "", len(name)/2+1
	for _, each := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(each)); d < distance {
			best, distance = each, d
		}
	}
	if best == "" {
		return "; known are " + strings.Join(known, ", ")
	}
	return fmt.Sprintf("; is %q meant?", best)
}

func (c *checker) checkList(at way, s *schema, value any) {
	list, is := value.([]any)
	if !is {
		c.complainf(at, "%s is not a list; begin each of its lines with a dash", show(value))
		return
	}
	if s.MinItems != nil && int64(len(list)) < *s.MinItems {
		c.complainf(at, "it needs %d entries at least, and has %d", *s.MinItems, len(list))
	}
	if s.MaxItems != nil && int64(len(list)) > *s.MaxItems {
		c.complainf(at, "it may have %d entries at most, and has %d", *s.MaxItems, len(list))
	}
	seen := map[string]bool{}
	for i, item := range list {
		c.check(at.item(i), s.Items, item, nil)
		key := identity(s, item)
		if key != "" && seen[key] {
			c.complainf(at.item(i), "duplicate of an entry above: %s; remove one of them", key)
		}
		seen[key] = true
	}
}

// identity is what may be in a list once; nothing where the list does not care.
func identity(s *schema, item any) string {
	switch s.ListType {
	case "set":
		return show(item)
	case "map":
		object, _ := item.(map[string]any)
		keys := make([]string, 0, len(s.ListMapKeys))
		for _, key := range s.ListMapKeys {
			keys = append(keys, key+" "+show(object[key]))
		}
		return strings.Join(keys, ", ")
	default:
		return ""
	}
}

func (c *checker) checkString(at way, s *schema, value any) {
	text, is := value.(string)
	if !is {
		c.complainf(at, "%s is not a text; put it in quotes", show(value))
		return
	}
	length := int64(utf8.RuneCountInString(text))
	if s.MinLength != nil && length < *s.MinLength {
		c.complainf(at, "it needs %d characters at least, and has %d", *s.MinLength, length)
	}
	if s.MaxLength != nil && length > *s.MaxLength {
		c.complainf(at, "it may have %d characters at most, and has %d", *s.MaxLength, length)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		c.complainf(at, "%q is none of %s", text, strings.Join(s.Enum, ", "))
	}
	if s.Pattern != "" {
		if fits, err := regexp.MatchString(s.Pattern, text); err != nil || !fits {
			c.complainf(at, "%q does not fit %s", text, s.Pattern)
		}
	}
	if s.Format == "date-time" {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			c.complainf(at, "%q is no time; write it like 2026-12-31T18:00:00Z", text)
		}
	}
}

func (c *checker) checkInteger(at way, s *schema, value any) {
	number, is := value.(json.Number)
	whole, err := number.Int64()
	if !is || err != nil {
		c.complainf(at, "%s is not a whole number", show(value))
		return
	}
	if s.Format == "int32" && (whole < math.MinInt32 || whole > math.MaxInt32) {
		c.complainf(at, "%d is too large", whole)
	}
	if s.Minimum != nil && float64(whole) < *s.Minimum {
		c.complainf(at, "%d is too small: use %s at least", whole, strconv.FormatFloat(*s.Minimum, 'f', -1, 64))
	}
	if s.Maximum != nil && float64(whole) > *s.Maximum {
		c.complainf(at, "%d is too large: use %s at most", whole, strconv.FormatFloat(*s.Maximum, 'f', -1, 64))
	}
}

// maxShown is how much of a value a message repeats, in characters.
const maxShown = 60

// show writes a value for a message.
func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil || utf8.RuneCount(text) > maxShown {
		return "what is there"
	}
	return string(text)
}
