{{- /* team is what the values and the try-out say of workspaces, users and groups, in one. */ -}}
{{- define "clay-operator.team" -}}
{{- $team := dict "workspaces" dict "users" dict "groups" dict }}
{{- if and .Values.claysim.enabled .Values.claysim.sample }}
{{- $team = merge (.Files.Get "files/claysim.yaml" | fromYaml) $team }}
{{- $_ := set $team.workspaces.claysim "appURL" (printf "http://app.clay.localhost:%s" (include "clay-operator.claysimPort" .)) }}
{{- $_ := set $team.workspaces.claysim "login" (dict "secretRef" (dict "name" (printf "%s-login" (include "clay-operator.claysimService" . | trim)))) }}
{{- end }}
{{- range $kind, $known := $team }}
{{- range $name, $given := get $.Values $kind | default dict }}
{{- $_ := set $known $name (include "clay-operator.over" (list (get $known $name | default dict) $given) | fromYaml) }}
{{- end }}
{{- end }}
{{- toYaml $team }}
{{- end }}

{{- /* over lays one set of fields over another. The functions for that take a false for nothing, and a leaver would stay. */ -}}
{{- define "clay-operator.over" -}}
{{- $result := deepCopy (index . 0) }}
{{- range $field, $value := index . 1 }}
{{- $_ := set $result $field $value }}
{{- end }}
{{- toYaml $result }}
{{- end }}

{{- /* first says whether this is the first installation in a cluster that has no resource definitions yet, and answers questions. Helm cannot make a
resource whose kind is not known before everything else is there: only then are workspaces, users and groups made by a hook. A hook deletes what it
finds under its name, and there can be no ClayUser where there is no definition of one. Nothing else may ever be a hook. */ -}}
{{- define "clay-operator.first" -}}
{{- if and .Values.crds.enabled .Release.IsInstall (lookup "v1" "Namespace" "" "kube-system") }}
{{- $known := dict }}
{{- range list "claygroups" "clayusers" "clayworkspaces" }}
{{- $known = merge $known (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" (printf "%s.clay.seatwright.dev" .)) }}
{{- end }}
{{- if not $known }}true{{ end }}
{{- end }}
{{- end }}

{{- /* metadata of a workspace, a user or a group: takes the chart's root, whether this is the first installation, the name, the namespace and what the
values say. Its labels do not change with the version of the chart, so that an upgrade touches nobody. */ -}}
{{- define "clay-operator.teamMetadata" -}}
{{- $root := index . 0 }}
{{- $entry := index . 4 }}
name: {{ index . 2 }}
namespace: {{ index . 3 }}
labels:
  {{- with $entry.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- include "clay-operator.selectorLabels" $root | nindent 2 }}
  app.kubernetes.io/managed-by: {{ $root.Release.Service }}
annotations:
  {{- with $entry.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  # With the resource would go seats, or access.
  helm.sh/resource-policy: keep
  {{- if index . 1 }}
  helm.sh/hook: post-install
  helm.sh/hook-weight: "1"
  # What Helm asks for before it takes the resource over at the next upgrade.
  meta.helm.sh/release-name: {{ $root.Release.Name }}
  meta.helm.sh/release-namespace: {{ $root.Release.Namespace }}
  {{- end }}
{{- end }}

{{- /* teamNamespace is that of a workspace of the values. */ -}}
{{- define "clay-operator.teamNamespace" -}}
{{- $root := index . 0 }}
{{- $workspace := index . 1 }}
{{- $namespace := default $root.Release.Namespace $workspace.namespace }}
{{- if and $root.Values.watch.namespaces (not (has $namespace $root.Values.watch.namespaces)) }}
{{- fail (printf "workspaces: the namespace %s is none of watch.namespaces, so that nobody would work on what is there" $namespace) }}
{{- end }}
{{- $namespace }}
{{- end }}

{{- /* teamWorkspace is the name of the workspace of a user or a group: what is said there, what all users say, or the only one that there is. Takes the
team, where in the values the user or the group is, and what they say. */ -}}
{{- define "clay-operator.teamWorkspace" -}}
{{- $team := index . 0 }}
{{- $place := index . 1 }}
{{- $entry := index . 2 }}
{{- $workspace := $entry.workspace }}
{{- if and (not $workspace) (eq (len $team.workspaces) 1) }}
{{- $workspace = first (keys $team.workspaces) }}
{{- end }}
{{- if not $workspace }}
{{- fail (printf "%s.workspace: name the workspace; there is more than one, or none, to choose from" $place) }}
{{- end }}
{{- if and $team.workspaces (not (hasKey $team.workspaces $workspace)) }}
{{- fail (printf "%s.workspace: there is no %s in workspaces, only %s" $place $workspace (keys $team.workspaces | sortAlpha | join ", ")) }}
{{- end }}
{{- $workspace }}
{{- end }}
