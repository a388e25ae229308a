{{- define "clay-operator.metricsPort" -}}
{{- ternary 8443 8080 .Values.metrics.secure }}
{{- end }}

{{- /* Where the audit trail is kept: the same place whatever volume is mounted there. */ -}}
{{- define "clay-operator.auditStore" -}}
{{- default "file:///var/lib/clay-operator/audit" .Values.audit.store }}
{{- end }}

{{- define "clay-operator.managerArguments" -}}
- manager
- --leader-elect
- --browser-socket=/run/clay/browser.sock
- --audit-store={{ include "clay-operator.auditStore" . }}
{{- with .Values.audit.retention }}
- --audit-retention={{ . }}
{{- end }}
{{- with .Values.audit.evidenceRetention }}
- --evidence-retention={{ . }}
{{- end }}
- --evidence={{ .Values.manager.evidence }}
- --concurrent-workspaces={{ int .Values.manager.concurrentWorkspaces }}
{{- with .Values.manager.invitationLifetime }}
- --invitation-lifetime={{ . }}
{{- end }}
{{- with .Values.manager.expiryWarning }}
- --expiry-warning={{ . }}
{{- end }}
{{- range .Values.watch.namespaces }}
- --namespace={{ . }}
{{- end }}
- --health-probe-bind-address=:8081
{{- if .Values.metrics.enabled }}
- --metrics-bind-address=:{{ include "clay-operator.metricsPort" . }}
{{- if .Values.metrics.secure }}
- --metrics-secure
{{- with .Values.metrics.certificateSecret }}
- --metrics-cert-dir=/var/run/clay-operator/metrics
{{- end }}
{{- end }}
{{- else }}
- --metrics-bind-address=0
{{- end }}
{{ include "clay-operator.logArguments" . }}
{{- with .Values.manager.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "clay-operator.logArguments" -}}
- --log-level={{ .Values.manager.log.level }}
- --log-format={{ .Values.manager.log.format }}
{{- end }}

{{- define "clay-operator.manager" -}}
name: manager
image: {{ include "clay-operator.image" (list . .Values.manager.image) }}
imagePullPolicy: {{ .Values.manager.image.pullPolicy }}
args:
  {{- include "clay-operator.managerArguments" . | nindent 2 }}
{{- with .Values.manager.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: health
    containerPort: 8081
  {{- if .Values.metrics.enabled }}
  - name: metrics
    containerPort: {{ include "clay-operator.metricsPort" . }}
  {{- end }}
livenessProbe:
  httpGet:
    path: /healthz
    port: health
  initialDelaySeconds: 15
  periodSeconds: 20
readinessProbe:
  httpGet:
    path: /readyz
    port: health
  periodSeconds: 10
resources:
  {{- toYaml .Values.manager.resources | nindent 2 }}
securityContext:
  {{- include "clay-operator.securityContext" . | nindent 2 }}
volumeMounts:
  - name: socket
    mountPath: /run/clay
  {{- if not .Values.audit.store }}
  - name: audit
    mountPath: /var/lib/clay-operator/audit
  {{- end }}
  - {{- include "clay-operator.tokenMount" . | nindent 4 }}
  {{- if .Values.metrics.certificateSecret }}
  - name: metrics-certificate
    mountPath: /var/run/clay-operator/metrics
    readOnly: true
  {{- end }}
  {{- with .Values.manager.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
