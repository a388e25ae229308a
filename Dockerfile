# Three images from one build. The manager talks to Kubernetes and has no browser; the browser has no Kubernetes:
#   docker build --target manager -t clay-operator .
#   docker build --target browser -t clay-operator-browser .
#   docker build --target claysim -t clay-operator-claysim .    # the simulator, for trying things out
#
# The same sources and base images make the same manager and simulator, byte by byte, and the browser where Debian's packages are the same as well:
# build with --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct), and with buildah besides --timestamp of that number. For several
# architectures at once: docker buildx build --platform=linux/amd64,linux/arm64 --output=type=image,rewrite-timestamp=true …

# What is made here is the same for every architecture, or compiled for the other one: it runs where the build does.
FROM --platform=$BUILDPLATFORM golang:1.26-trixie AS build
WORKDIR /src
ENV CGO_ENABLED=0
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY api api
COPY controllers controllers
COPY hack/claysim hack/claysim
COPY internal internal
# The version is what "clay-operator version" prints: the sources here have no history to take it from.
ARG VERSION=unknown
ARG TARGETOS TARGETARCH
# The tags leave out what gRPC brings for Google's own network and for its traces in a browser, which nothing here uses; the manager's leave
# out what drives a browser, too, because its image has none. More than 60 MB then
# is most likely a new dependency that calls methods by name, so that the linker keeps them all: see internal/cli/usage.go.
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -tags=disable_grpc_modules,grpcnotrace \
      -ldflags="-s -w -buildid= -X github.com/seatwright/clay-operator/internal/cli.release=$VERSION" -o /out/clay-operator . \
 && GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -tags=disable_grpc_modules,grpcnotrace,nobrowser \
      -ldflags="-s -w -buildid= -X github.com/seatwright/clay-operator/internal/cli.release=$VERSION" -o /out/manager/clay-operator . \
 && test "$(stat --format=%s /out/manager/clay-operator)" -le 59500000 \
 && GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -ldflags="-s -w -buildid=" -o /out/claysim ./hack/claysim

# npm is needed to fetch the driver and not to run it. The certificates are for the images below.
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS driver
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates nodejs npm \
 && rm -rf /var/lib/apt/lists/*
COPY hack/driver.sh /
RUN /driver.sh /opt/playwright

FROM debian:trixie-slim AS system
# Left out: the drivers of graphics cards, which no pod has here and which are a third of it all (Chromium draws with SwiftShader), Chromium's tools
# for debugging graphics, and texts that nobody reads. The licences stay.
RUN printf 'path-exclude=%s\n' '/usr/lib/*/libLLVM.so.*' '/usr/lib/*/libgallium-*.so' '/usr/lib/*/libz3.so.*' \
      '/usr/lib/chromium/libVkLayer_*' '/usr/lib/chromium/libVkICD_*' '/usr/share/locale/*' '/usr/share/man/*' > /etc/dpkg/dpkg.cfg.d/lean
# tini reaps what a killed Chromium leaves behind; the font is for the pictures kept as evidence.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates chromium-headless-shell fonts-dejavu-core nodejs tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/locale/* /usr/share/man/* \
 && find /usr/share/doc -type f ! -name copyright -delete

# One layer of what is left.
FROM scratch AS browser
COPY --from=system / /
COPY --from=driver /opt/playwright /opt/playwright
COPY --from=build /out/clay-operator /usr/local/bin/clay-operator
ENV PATH=/usr/local/bin:/usr/bin:/bin PLAYWRIGHT_DRIVER_PATH=/opt/playwright PLAYWRIGHT_NODEJS_PATH=/usr/bin/node
USER 65532:65532
ARG VERSION=unknown REVISION=unknown
LABEL org.opencontainers.image.title="clay-operator browser" \
      org.opencontainers.image.description="Works in Clay's web app for clay-operator, in Chromium" \
      org.opencontainers.image.source="https://github.com/seatwright/clay-operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      dev.playwright.version="1.60.0"
ENTRYPOINT ["tini", "--", "clay-operator"]
CMD ["browser", "--listen=unix:///run/clay/browser.sock"]

FROM scratch AS claysim
COPY --from=build /out/claysim /usr/local/bin/claysim
USER 65532:65532
ARG VERSION=unknown REVISION=unknown
LABEL org.opencontainers.image.title="claysim" \
      org.opencontainers.image.description="A simulator of Clay's members page, for trying clay-operator out" \
      org.opencontainers.image.source="https://github.com/seatwright/clay-operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION
ENTRYPOINT ["/usr/local/bin/claysim"]

# Last, so that it is what a build without --target makes.
FROM scratch AS manager
COPY --from=driver /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/manager/clay-operator /usr/local/bin/clay-operator
ENV PATH=/usr/local/bin
USER 65532:65532
ARG VERSION=unknown REVISION=unknown
LABEL org.opencontainers.image.title="clay-operator" \
      org.opencontainers.image.description="Seats in Clay as Kubernetes resources" \
      org.opencontainers.image.source="https://github.com/seatwright/clay-operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION
ENTRYPOINT ["/usr/local/bin/clay-operator"]
CMD ["manager"]
