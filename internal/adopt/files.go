package adopt

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// The names of the files of an import, as paths with slashes.
const (
	WorkspaceFile     = "clayworkspace.yaml"
	UsersFile         = "clayusers.yaml"
	UsersDirectory    = "clayusers"
	KustomizationFile = "kustomization.yaml"
)

// commentWidth is the width of comments, in columns.
const commentWidth = 110

// FileOptions say how resources are put into files.
type FileOptions struct {
	// Single puts all ClayUsers into one file.
	Single bool
	// Suggest writes the suggestions into the ClayWorkspace's file, as comments.
	Suggest bool
	// Adopting says of a ClayWorkspace that is new that its mode is to be changed once all is as it should be.
	Adopting bool
}

// Files returns the manifests, by their paths.
func Files(result Result, options FileOptions) (map[string][]byte, error) {
	workspace, err := document("ClayWorkspace", result.Workspace.Name, result.Workspace.Namespace, result.Workspace.Spec)
	if err != nil {
		return nil, err
	}
	if options.Adopting && result.Workspace.Spec.Mode == clayv1alpha1.ModeObserve {
		workspace = strings.Replace(workspace, "\n  mode: ", "\n"+comment("  ", modeComment)+"  mode: ", 1)
	}
	if options.Suggest {
		if workspace, err = withSuggestions(workspace, result.Suggestions); err != nil {
			return nil, err
		}
	}
	files := map[string][]byte{WorkspaceFile: []byte(workspace)}
	resources := []string{WorkspaceFile}
	var all []string
	for i := range result.Users {
		user := &result.Users[i]
		text, err := document("ClayUser", user.Name, user.Namespace, user.Spec)
		if err != nil {
			return nil, err
		}
		if options.Single {
			all = append(all, text)
			continue
		}
		file := path.Join(UsersDirectory, user.Name+".yaml")
		files[file], resources = []byte(text), append(resources, file)
	}
	if len(all) > 0 {
		files[UsersFile], resources = []byte(strings.Join(all, "---\n")), append(resources, UsersFile)
	}
	slices.Sort(resources)
	kustomization, err := yaml.Marshal(map[string]any{
		"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources,
	})
	files[KustomizationFile] = kustomization
	return files, err
}

// modeComment stands above the mode of a workspace that is new.
const modeComment = "The operator reads and reports, and changes nothing. Take this line out once \"clay-operator plan\" shows no difference."

// document writes one resource, without what a manifest does not say.
func document(kind, name, namespace string, spec any) (string, error) {
	fields, err := fieldsOf(spec)
	if err != nil {
		return "", err
	}
	meta := map[string]any{"name": name}
	if namespace != "" {
		meta["namespace"] = namespace
	}
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": clayv1alpha1.GroupVersion.String(), "kind": kind, "metadata": meta, "spec": fields,
	})
	return string(text), err
}

// fieldsOf returns the fields of a spec. A list of a ClayUser that is empty and given means "none", which encoding/json would leave out.
func fieldsOf(spec any) (map[string]any, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	if err := yaml.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	if user, is := spec.(clayv1alpha1.ClayUserSpec); is {
		for name, list := range map[string][]string{"groups": user.Groups, "budgets": user.Budgets} {
			if list != nil && len(list) == 0 {
				fields[name] = []string{}
			}
		}
	}
	return fields, nil
}

// withSuggestions adds the suggestions to the manifest of a workspace, as a block that is ready once the signs of comments are taken away.
func withSuggestions(workspace string, suggestions []Suggestion) (string, error) {
	if len(suggestions) == 0 {
		return workspace + comment("  ", "No rule is suggested: the ClayWorkspace has rules already, or too few people have the same."), nil
	}
	var text strings.Builder
	text.WriteString(workspace)
	text.WriteString(comment("  ", "Rules that say the same in fewer words, as far as Clay tells. They are a suggestion: nothing of it is in effect. "+
		"To use them, take the sign \"# \" away from the lines of YAML below. What a ClayUser names by itself wins over every rule, so "+
		"adding them changes nothing yet; \"clay-operator plan -f\" shows what does."))
	text.WriteString("  # accessRules:\n")
	for _, each := range suggestions {
		text.WriteString(comment("  # ", each.Why))
		text.WriteString(comment("  # ", "They are: "+strings.Join(each.Who, ", ")+"."))
		rule, err := yaml.Marshal([]clayv1alpha1.AccessRule{each.Rule})
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(string(rule)) {
			fmt.Fprintf(&text, "  # %s", line)
		}
	}
	return text.String(), nil
}

// comment wraps a text into lines of comments.
func comment(indent, text string) string {
	var lines strings.Builder
	line := indent + "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > commentWidth && line != indent+"#" {
			lines.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	lines.WriteString(line + "\n")
	return lines.String()
}
