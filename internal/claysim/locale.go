package claysim

import "encoding/json"

// The languages of a document.
const (
	english = "en"
	german  = "de"
)

// language is what the scripts show in another language than English.
type language struct {
	Labels map[Label]string `json:"labels"`
	// Texts are all that are no labels, by their English words.
	Texts map[string]string `json:"texts"`
}

// inGerman is what FaultLocale shows.
var inGerman = readLanguage("assets/de.json")

func readLanguage(file string) language {
	content, err := assets.ReadFile(file)
	if err != nil {
		panic(err) // The file is compiled in.
	}
	var read language
	if err := json.Unmarshal(content, &read); err != nil {
		panic(err) // A test reads it.
	}
	return read
}
