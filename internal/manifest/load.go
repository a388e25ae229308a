package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// Manifest is one resource of ours as a file has it.
type Manifest struct {
	// Object is a *ClayWorkspace, *ClayUser or *ClayGroup, without a status.
	Object client.Object
	Kind   string

	raw    map[string]any
	file   string
	line   int
	lineOf func(way) int
}

// Problem is a mistake in a manifest.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	// Object is the kind and the name, where they are known.
	Object string `json:"object,omitempty"`
	// Field is the way to it, such as spec.email.
	Field string `json:"field,omitempty"`
	// Message says what is wrong, and what to do.
	Message string `json:"message"`
}

// String writes a problem as compilers do, so that editors find the place.
func (p Problem) String() string {
	place := p.File
	if p.Line > 0 {
		place += ":" + strconv.Itoa(p.Line)
	}
	parts := []string{place}
	for _, part := range []string{p.Object, p.Field} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(append(parts, p.Message), ": ")
}

// Set is what sources hold.
type Set struct {
	Manifests []*Manifest
	// Others counts what is of no kind of ours, by kind.
	Others map[string]int
}

// Load reads manifests. A resource without a namespace gets the one that is given. With problems the set is not complete.
func Load(sources []Source, namespace string) (Set, []Problem) {
	loader := loader{set: Set{Others: map[string]int{}}, namespace: namespace, places: map[string]*Manifest{}}
	for _, source := range sources {
		loader.source(source)
	}
	return loader.set, loader.problems
}

type loader struct {
	set       Set
	namespace string
	problems  []Problem
	// places knows each resource by kind, namespace and name.
	places map[string]*Manifest
}

func (l *loader) complainf(file string, line int, object, format string, arguments ...any) {
	l.problems = append(l.problems, Problem{File: file, Line: line, Object: object, Message: fmt.Sprintf(format, arguments...)})
}

// document is one document of a source.
type document struct {
	file string
	// line is that of its first one in the file.
	line int
	text string
}

// split cuts a source into documents where YAML does.
func split(source Source) []document {
	text := strings.TrimPrefix(string(source.Text), "\ufeff")
	var documents []document
	next := document{file: source.Name, line: 1}
	var lines []string
	flush := func() {
		next.text = strings.Join(lines, "")
		documents = append(documents, next)
		lines = nil
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		rest, marker := strings.CutPrefix(line, "---")
		if marker && strings.TrimSpace(strings.SplitN(rest, "#", 2)[0]) == "" && (rest == "" || strings.ContainsAny(rest[:1], " \t\r\n")) {
			flush()
			next = document{file: source.Name, line: number + 1}
			continue
		}
		lines = append(lines, line)
	}
	flush()
	return documents
}

func (l *loader) source(source Source) {
	for _, document := range split(source) {
		l.document(document)
	}
}

// lineNumber is how YAML's errors name a line.
var lineNumber = regexp.MustCompile(`line (\d+): *`)

func (l *loader) document(d document) {
	var root yamlv3.Node
	if err := yamlv3.Unmarshal([]byte(d.text), &root); err != nil {
		l.invalid(d, err)
		return
	}
	if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return
	}
	// kubectl reads YAML so: "yes" without quotes is true there.
	text, err := yaml.YAMLToJSONStrict([]byte(d.text))
	if err != nil {
		l.invalid(d, err)
		return
	}
	value, err := decodeJSON(text)
	if err != nil {
		l.invalid(d, err)
		return
	}
	l.value(d, root.Content[0], value)
}

// invalid tells of a document that is no YAML. The line that the error names is one of the document's.
func (l *loader) invalid(d document, err error) {
	line, message := d.line, err.Error()
	for _, prefix := range []string{"yaml: ", "unmarshal errors:\n"} {
		message = strings.TrimPrefix(message, prefix)
	}
	if found := lineNumber.FindStringSubmatchIndex(message); found != nil {
		within, _ := strconv.Atoi(message[found[2]:found[3]])
		line, message = d.line+within-1, message[:found[0]]+message[found[1]:]
	}
	l.complainf(d.file, line, "", "not valid YAML: %s", strings.TrimSpace(message))
}

// decodeJSON keeps numbers as they were written.
func decodeJSON(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

// value takes in what a document, or an entry of a list, holds.
func (l *loader) value(d document, node *yamlv3.Node, value any) {
	line := d.line + node.Line - 1
	object, is := value.(map[string]any)
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	if !is || apiVersion == "" || kind == "" {
		l.complainf(d.file, line, "", "not a manifest: it lacks apiVersion or kind; move the file elsewhere, or name the others with -f")
		return
	}
	group, version, _ := strings.Cut(apiVersion, "/")
	switch {
	case apiVersion == "v1" && kind == "List":
		items, _ := object["items"].([]any)
		nodes := child(node, step{name: "items"})
		for i, item := range items {
			if nodes != nil && i < len(nodes.Content) {
				l.value(d, nodes.Content[i], item)
			}
		}
	case group != clayv1alpha1.GroupVersion.Group:
		l.set.Others[kind]++
	default:
		l.resource(d, node, object, kind, version)
	}
}

// resource takes in one of ours.
func (l *loader) resource(d document, node *yamlv3.Node, object map[string]any, kind, version string) {
	manifest := &Manifest{Kind: kind, raw: object, file: d.file, line: d.line + node.Line - 1}
	manifest.lineOf = func(at way) int { return d.line + deepest(node, at).Line - 1 }
	known, err := schemas()
	if err != nil {
		l.complainf(d.file, manifest.line, kind, "%v", err)
		return
	}
	definition, is := known[clayv1alpha1.GroupVersion.Group+"/"+version+" "+kind]
	if !is {
		l.complainf(d.file, manifest.line, kind, "there is no %s in the version %q of %s; use %s, and ClayWorkspace, ClayUser or ClayGroup",
			kind, version, clayv1alpha1.GroupVersion.Group, clayv1alpha1.GroupVersion)
		return
	}
	before := len(l.problems)
	l.problems = append(l.problems, manifest.checkMeta()...)
	l.problems = append(l.problems, manifest.check(&definition, nil)...)
	if len(l.problems) > before {
		return
	}
	if err := manifest.decode(l.namespace); err != nil {
		l.complainf(d.file, manifest.line, kind, "%v", err)
		return
	}
	key := kind + " " + client.ObjectKeyFromObject(manifest.Object).String()
	if first := l.places[key]; first != nil {
		l.complainf(d.file, manifest.line, manifest.name(), "it stands in %s:%d already; remove one of the two", first.file, first.line)
		return
	}
	l.places[key] = manifest
	l.set.Manifests = append(l.set.Manifests, manifest)
}

// name is how problems call a manifest.
func (m *Manifest) name() string {
	meta, _ := m.raw["metadata"].(map[string]any)
	if name, is := meta["name"].(string); is && name != "" {
		return fmt.Sprintf("%s %q", m.Kind, name)
	}
	return m.Kind
}

func (m *Manifest) problem(at way, format string, arguments ...any) Problem {
	return Problem{File: m.file, Line: m.lineOf(at), Object: m.name(), Field: at.String(), Message: fmt.Sprintf(format, arguments...)}
}

// checkMeta looks at what the resource definitions leave to Kubernetes.
func (m *Manifest) checkMeta() []Problem {
	at := way{}.field("metadata")
	meta, is := m.raw["metadata"].(map[string]any)
	if !is {
		return []Problem{m.problem(at, "it is missing: give the resource a name")}
	}
	var problems []Problem
	name, _ := meta["name"].(string)
	if wrong := validation.IsDNS1123Subdomain(name); len(wrong) > 0 {
		problems = append(problems, m.problem(at.field("name"), "%q cannot be a name: %s", name, strings.Join(wrong, "; ")))
	}
	if namespace, given := meta["namespace"]; given {
		text, _ := namespace.(string)
		if wrong := validation.IsDNS1123Label(text); len(wrong) > 0 {
			problems = append(problems, m.problem(at.field("namespace"), "%s cannot be a namespace: %s", show(namespace), strings.Join(wrong, "; ")))
		}
	}
	text, err := json.Marshal(meta)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&metav1.ObjectMeta{})
	}
	if err != nil {
		problems = append(problems, m.problem(at, "%s", strings.TrimPrefix(err.Error(), "json: ")))
	}
	return problems
}

// check compares the manifest with its definition, and with the resource that it takes the place of, where there is one.
func (m *Manifest) check(definition *schema, there any) []Problem {
	var checker checker
	root := *definition
	root.Properties = map[string]schema{"spec": definition.Properties["spec"]}
	object := map[string]any{}
	for name, value := range m.raw {
		// What is in the status no manifest says, and the API server drops it.
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "status"}, name) {
			object[name] = value
		}
	}
	var before any
	if old, is := there.(map[string]any); is {
		before = map[string]any{"spec": old["spec"]}
	}
	checker.check(way{}, &root, object, before)
	problems := make([]Problem, len(checker.complaints))
	for i, each := range checker.complaints {
		problems[i] = m.problem(each.way, "%s", each.message)
	}
	return problems
}

// decode makes the resource.
func (m *Manifest) decode(namespace string) error {
	object := map[string]client.Object{
		"ClayWorkspace": &clayv1alpha1.ClayWorkspace{}, "ClayUser": &clayv1alpha1.ClayUser{}, "ClayGroup": &clayv1alpha1.ClayGroup{},
	}[m.Kind]
	if object == nil {
		return errors.New("this version does not know what it is for")
	}
	rest := map[string]any{}
	for name, value := range m.raw {
		if name != "status" {
			rest[name] = value
		}
	}
	text, err := json.Marshal(rest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, object); err != nil {
		return err
	}
	if object.GetNamespace() == "" {
		object.SetNamespace(namespace)
	}
	m.Object = object
	return nil
}

// Against returns why the manifest cannot take the place of a resource that is there.
func (m *Manifest) Against(there client.Object) []Problem {
	known, err := schemas()
	definition, is := known[clayv1alpha1.GroupVersion.String()+" "+m.Kind]
	if err != nil || !is {
		return nil
	}
	text, err := json.Marshal(there)
	if err != nil {
		return []Problem{m.problem(nil, "%v", err)}
	}
	old, err := decodeJSON(text)
	if err != nil {
		return []Problem{m.problem(nil, "%v", err)}
	}
	return m.check(&definition, old)
}

// child returns what a step leads to, or nil.
func child(node *yamlv3.Node, to step) *yamlv3.Node {
	if node.Kind == yamlv3.AliasNode {
		node = node.Alias
	}
	switch {
	case node.Kind == yamlv3.MappingNode && to.name != "":
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == to.name {
				return node.Content[i+1]
			}
		}
	case node.Kind == yamlv3.SequenceNode && to.name == "" && to.index < len(node.Content):
		return node.Content[to.index]
	}
	return nil
}

// deepest follows a way as far as it goes. The line of a field is that of its name.
func deepest(node *yamlv3.Node, at way) *yamlv3.Node {
	place := node
	for _, to := range at {
		next := child(node, to)
		if next == nil {
			break
		}
		place = next
		if to.name != "" {
			place = keyOf(node, to.name)
		}
		node = next
	}
	return place
}

// keyOf returns the name of a field that is there.
func keyOf(node *yamlv3.Node, name string) *yamlv3.Node {
	if node.Kind == yamlv3.AliasNode {
		node = node.Alias
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i]
		}
	}
	return node
}
