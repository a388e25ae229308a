{{- /* The ranges that are nobody's in the internet. Those of a node's own link hold the metadata of clouds. */ -}}
{{- define "clay-operator.linkLocal" -}}
v4: [169.254.0.0/16]
v6: ["fe80::/10"]
{{- end }}
{{- define "clay-operator.private" -}}
v4: [10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16]
v6: ["fc00::/7"]
{{- end }}

{{- define "clay-operator.cidrs" -}}
{{- range . }}
- ipBlock:
    cidr: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* Where the web is: what the values name, or everything but what is nobody's. Behind its own sandbox the browser may go to an identity provider
in a private network. */ -}}
{{- define "clay-operator.web" -}}
{{- if .Values.networkPolicy.web.cidrs }}
{{- include "clay-operator.cidrs" .Values.networkPolicy.web.cidrs }}
{{- else }}
{{- $closed := include "clay-operator.linkLocal" . | fromYaml }}
{{- $private := include "clay-operator.private" . | fromYaml }}
{{- if .Values.browser.sandbox.enabled }}
{{- $private = dict "v4" list "v6" list }}
{{- end }}
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      {{- toYaml (concat $closed.v4 $private.v4) | nindent 6 }}
- ipBlock:
    cidr: ::/0
    except:
      {{- toYaml (concat $closed.v6 $private.v6) | nindent 6 }}
{{- end }}
{{- end }}
