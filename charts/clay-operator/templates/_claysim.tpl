{{- define "clay-operator.claysimPort" -}}
8770
{{- end }}

{{- define "clay-operator.claysimService" -}}
{{ include "clay-operator.fullname" . }}-claysim
{{- end }}

{{- /* The simulator's names end in .localhost, which a browser looks for on its own machine: what it finds there is this relay. The address of the
Service comes from the environment, so that it needs no DNS. */ -}}
{{- define "clay-operator.claysimRelay" -}}
{{- $variable := include "clay-operator.claysimService" . | trim | upper | replace "-" "_" }}
name: claysim-relay
image: {{ include "clay-operator.image" (list . .Values.claysim.image) }}
imagePullPolicy: {{ .Values.claysim.image.pullPolicy }}
restartPolicy: Always
args:
  - --listen=127.0.0.1:{{ include "clay-operator.claysimPort" . }}
  - --relay=$({{ $variable }}_SERVICE_HOST):$({{ $variable }}_SERVICE_PORT)
resources:
  {{- toYaml .Values.claysim.resources | nindent 2 }}
securityContext:
  {{- include "clay-operator.securityContext" . | nindent 2 }}
{{- end }}
