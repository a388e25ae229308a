package clayweb

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/playwright-community/playwright-go"
	"go.yaml.in/yaml/v3"

	"github.com/seatwright/clay-operator/internal/browser"
)

//go:embed survey.js
var surveyScript string

const (
	// reportVersion is the version of the form of reports.
	reportVersion = 1
	// maxThere is how much of what is there a report tells, and maxName how long a name in it may be, in characters.
	maxThere = 60
	maxName  = 80
	// surveyWait is long for a script that runs within the page.
	surveyWait = 3 * time.Second
	// minPersonName is from which length on, in bytes, the names of members are taken out of a report; shorter ones are in many a word.
	minPersonName = 3
	// yamlIndent is that of locators.yaml.
	yamlIndent = 2
)

// driftReport says how a page differs from what is known of it. Nothing in it identifies a person.
type driftReport struct {
	Version int `json:"version"`
	// Path is that of the page's address.
	Path string `json:"path"`
	// ClayVersion is the build of Clay's web app, where it is known.
	ClayVersion string `json:"clayVersion,omitempty"`
	// Missing are the elements that were not found.
	Missing []missingElement `json:"missing"`
	// There is what the page holds, where it is not known what is missing.
	There []thing `json:"there,omitempty"`
	// Override is a document that would find the best candidates, where there are some.
	Override string `json:"override,omitempty"`
}

// missingElement is an element that was not found.
type missingElement struct {
	Element element `json:"element"`
	Purpose string  `json:"purpose"`
	// Expected are the rungs that were tried.
	Expected []TriedRung `json:"expected"`
	// There is what is there, within the row, menu or dialog in which it was looked for; Left counts what is left out.
	There []thing `json:"there"`
	Left  int     `json:"left,omitempty"`
	// Candidates are what may be meant, the likeliest first.
	Candidates []candidate `json:"candidates"`
}

// TriedRung is a rung that found none or several.
type TriedRung struct {
	Rung  string `json:"rung"`
	Found int    `json:"found"`
	// Override is true where it comes from the workspace's overrides.
	Override bool `json:"override,omitempty"`
}

// tried are the rungs that were tried in vain.
func (e *notFoundError) tried() []TriedRung {
	all := make([]TriedRung, len(e.ladder))
	for i, step := range e.ladder {
		all[i] = TriedRung{Rung: step.String(), Found: e.counts[i], Override: step.added}
	}
	return all
}

// noteThere notes what is there in place of an element that was not found, before the menu or the dialog in which it was looked for closes.
func (v *visit) noteThere(err error) {
	missing, ok := errors.AsType[*notFoundError](err)
	if !ok || missing.there != nil {
		return
	}
	there, err := survey(missing.scope)
	if err != nil {
		v.log.Debug("it is not known what is there", "element", missing.element, "error", browser.Wrap("look around", err))
		return
	}
	missing.there, missing.candidates = there, v.book.rank(missing.element, there)
	for i := range missing.candidates {
		found := &missing.candidates[i]
		step, err := overrideRung(missing.element, found.thing)
		if err != nil {
			continue
		}
		// The browser may read a name in another way than the survey did.
		if found.Matches, err = step.in(missing.scope).Count(); err != nil {
			return
		}
		found.usable = found.Matches == 1
	}
}

// survey lists what is in a scope.
func survey(scope playwright.Locator) ([]thing, error) {
	answer, err := scope.First().Evaluate(surveyScript, nil, playwright.LocatorEvaluateOptions{Timeout: new(float64(surveyWait.Milliseconds()))})
	if err != nil {
		return nil, err
	}
	text, _ := answer.(string)
	there := []thing{}
	return there, json.Unmarshal([]byte(text), &there)
}

// report says how the page differs from what is known of it. It is made even when the time of the call is over, and always says at least
// what was looked for.
func (v *visit) report(ctx context.Context, err error) []byte {
	made := driftReport{Version: reportVersion, ClayVersion: v.place.clayVersion, Missing: []missingElement{}}
	missing := missingIn(err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sessionWait)
	defer cancel()
	lookErr := v.session.Do(ctx, "look around", func(_ context.Context, page playwright.Page) error {
		if address, err := url.Parse(v.redactor().URL(page.URL())); err == nil {
			made.Path = address.Path
		}
		if len(missing) == 0 {
			var err error
			made.There, err = survey(document(page))
			made.There, _ = v.shown(made.There)
			return err
		}
		for _, each := range missing {
			v.noteThere(each)
			if each.there == nil {
				each.scope = document(page) // the row, menu or dialog is gone
				v.noteThere(each)
			}
		}
		return nil
	})
	if lookErr != nil {
		v.log.Warn("the report about the page is incomplete", "error", lookErr)
	}
	for _, each := range missing {
		made.Missing = append(made.Missing, v.tell(each))
	}
	made.Override = overrideText(made.Missing)
	return encodeReport(made)
}

// encodeReport writes a report for people: with line breaks, and without the escapes for web pages.
func encodeReport(made driftReport) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", strings.Repeat(" ", yamlIndent))
	if err := encoder.Encode(made); err != nil {
		return nil // numbers and texts alone always encode
	}
	return text.Bytes()
}

// missingIn returns the elements that an error is about.
func missingIn(err error) []*notFoundError {
	if broken, ok := errors.AsType[*contractError](err); ok {
		return broken.missing
	}
	if missing, ok := errors.AsType[*notFoundError](err); ok {
		return []*notFoundError{missing}
	}
	return nil
}

// tell says of an element that was not found what a report may say.
func (v *visit) tell(missing *notFoundError) missingElement {
	told := missingElement{
		Element: missing.element, Purpose: purposes[missing.element].purpose, Expected: missing.tried(), Candidates: []candidate{},
	}
	told.There, told.Left = v.shown(missing.there)
	for _, found := range missing.candidates {
		plain := v.shownThing(found.thing)
		found.usable = found.usable && plain.Name == found.Name
		found.thing = plain
		told.Candidates = append(told.Candidates, found)
	}
	return told
}

// errNotARung is why a thing cannot be found by a rung of its own.
var errNotARung = errors.New("it has no role and name by which it could be found")

// overrideRung is the rung that finds a thing in place of an element.
func overrideRung(name element, found thing) (rung, error) {
	if found.Role == "" || found.Name == "" || name == teamRow || name == listRow {
		return rung{}, errNotARung
	}
	return rung{Role: found.Role, Names: []string{found.Name}, Safe: guarded[name]}.compile()
}

// best chooses the best candidate for each element. One thing is not proposed for two: a button that removes must not be tried as one that
// opens a menu.
func best(missing []missingElement) map[element]candidate {
	chosen := map[element]candidate{}
	for _, each := range missing {
		for _, found := range each.Candidates {
			if found.usable {
				chosen[each.Element] = found
				break
			}
		}
	}
	for name, one := range chosen {
		for other, two := range chosen {
			if name != other && one.thing == two.thing && one.Score < two.Score {
				delete(chosen, name)
			}
		}
	}
	return chosen
}

// overrideText is a document that overrides elements, for a person to paste after a look at the page.
func overrideText(missing []missingElement) string {
	chosen := best(missing)
	if len(chosen) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString("# Candidates, found by likeness alone. Look at the page first: only if each is what its remark says, put this under the key\n" +
		"# locators.yaml of the ConfigMap that spec.locatorsRef names.\nversion: 1\nelements:\n")
	for _, each := range missing {
		found, is := chosen[each.Element]
		if !is {
			continue
		}
		step := rung{Role: found.Role, Names: []string{found.Name}, Safe: guarded[each.Element]}
		var line yaml.Node
		if line.Encode(step) != nil {
			return "" // texts alone always encode
		}
		line.Style = yaml.FlowStyle
		encoded, err := yaml.Marshal(&line)
		if err != nil {
			return ""
		}
		text.WriteString("  # " + each.Purpose + "\n  " + string(each.Element) + ":\n    - " + string(encoded))
	}
	return text.String()
}

// shown are things as a report may tell them, and how many were left out.
func (v *visit) shown(there []thing) (told []thing, left int) {
	told = make([]thing, 0, min(len(there), maxThere))
	for _, each := range there[:min(len(there), maxThere)] {
		told = append(told, v.shownThing(each))
	}
	return told, len(there) - len(told)
}

// shownThing is a thing with nothing in its name that identifies a person, and not too much of it.
func (v *visit) shownThing(each thing) thing {
	each.Name = v.redactor().Text(each.Name)
	if utf8.RuneCountInString(each.Name) > maxName {
		each.Name = string([]rune(each.Name)[:maxName]) + "…"
	}
	each.Role, each.Tag, each.Popup = v.redactor().Text(each.Role), v.redactor().Text(each.Tag), v.redactor().Text(each.Popup)
	return each
}

// redactor takes out of what people pass on, besides secrets, the names of the members.
func (v *visit) redactor() *browser.Redactor {
	if v.withoutPeople == nil {
		v.withoutPeople = browser.NewRedactor(append(v.secrets(), v.people...), nil)
	}
	return v.withoutPeople
}
