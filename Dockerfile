# Two images from one build. The manager talks to Kubernetes and has no browser; the browser has no Kubernetes:
#   docker build --target manager -t clay-operator .
#   docker build --target browser -t clay-operator-browser .

FROM golang:1.26-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY api api
COPY controllers controllers
COPY internal internal
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /clay-operator .

# npm is needed to fetch the driver and not to run it.
FROM debian:trixie-slim AS driver
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates nodejs npm \
 && rm -rf /var/lib/apt/lists/*
COPY hack/driver.sh /
RUN /driver.sh /opt/playwright

FROM debian:trixie-slim AS browser
# tini reaps what a killed Chromium leaves behind; the font is for the pictures kept as evidence.
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core nodejs tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=driver /opt/playwright /opt/playwright
COPY --from=build /clay-operator /usr/local/bin/clay-operator
ENV PLAYWRIGHT_DRIVER_PATH=/opt/playwright PLAYWRIGHT_NODEJS_PATH=/usr/bin/node
USER 65532:65532
ENTRYPOINT ["tini", "--", "clay-operator"]
CMD ["browser", "--listen=unix:///run/clay/browser.sock"]

FROM debian:trixie-slim AS manager
COPY --from=build /clay-operator /usr/local/bin/clay-operator
USER 65532:65532
ENTRYPOINT ["clay-operator"]
CMD ["manager"]
