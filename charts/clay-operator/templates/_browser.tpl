{{- /* A native sidecar: up before the manager, stopped after it, restarted alone. It ends itself when its browser cannot be saved; the liveness probe
is for a process that cannot even do that. It has no readiness probe, because a lost browser is a condition of the workspaces and no reason
to take the pod out of service. It has no token: it shows foreign pages. */ -}}
{{- define "clay-operator.browser" -}}
name: browser
image: {{ include "clay-operator.image" (list . .Values.browser.image) }}
imagePullPolicy: {{ .Values.browser.image.pullPolicy }}
restartPolicy: Always
args:
  - browser
  - --listen=unix:///run/clay/browser.sock
  - --sandbox={{ ternary "required" "off" .Values.browser.sandbox.enabled }}
  - --max-sessions={{ int .Values.manager.concurrentWorkspaces }}
  - --memory-limit={{ .Values.browser.memoryLimit }}
  {{- include "clay-operator.logArguments" . | nindent 2 }}
  {{- with .Values.browser.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  - name: HOME
    value: /tmp
  {{- with .Values.browser.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
startupProbe:
  exec:
    command: [clay-operator, browser, check]
  periodSeconds: 2
  timeoutSeconds: 6
  failureThreshold: 60
livenessProbe:
  exec:
    command: [clay-operator, browser, check]
  periodSeconds: 30
  timeoutSeconds: 6
  failureThreshold: 3
resources:
  {{- toYaml .Values.browser.resources | nindent 2 }}
securityContext:
  {{- include "clay-operator.securityContext" . | nindent 2 }}
  {{- if .Values.browser.sandbox.enabled }}
  # Chromium makes a user namespace for its sandbox, which RuntimeDefault forbids.
  seccompProfile:
    type: Localhost
    localhostProfile: {{ .Values.browser.sandbox.seccompProfile }}
  {{- end }}
volumeMounts:
  - name: socket
    mountPath: /run/clay
  - name: browser-scratch
    mountPath: /tmp
{{- end }}
