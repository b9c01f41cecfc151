# The emulator in a container: docker build -t uapi-emulator .
# Any Debian image with Node 20.19 or newer can be the base: --build-arg NODE_IMAGE=…
# It uses no BuildKit instructions, so that buildah and older engines can build it.
ARG NODE_IMAGE=node:24-slim

# Modules for the running image: a stage of their own, so that a change of the source does not reinstall them.
FROM ${NODE_IMAGE} AS modules
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# better-sqlite3 12 (in the lockfile, for Node 20) aborts when it was compiled for Node 24.19 or newer. 13 needs Node 22
# and comes with its binary; package.json allows both, and npm installs 13 on such a Node.
# For an older Node 12 is compiled, against the headers beside node: a ready binary, or headers, would be fetched from
# hosts other than the registry. ca-certificates is for a Node that trusts what the system trusts, as Debian's own does.
RUN if [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 22 ]; then \
      npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund better-sqlite3@13.2.0; \
    else \
      apt-get update \
      && apt-get install --yes --no-install-recommends python3 make g++ ca-certificates \
      && npm_config_nodedir="$(node -p "path.resolve(process.execPath, '../..')")" npm_config_build_from_source=true \
         npm rebuild better-sqlite3; \
    fi
# SQLite's source, objects and the binaries of other platforms are only weight.
# Last, the module is loaded, so that a broken one fails the build and not the start of a container.
RUN cd node_modules/better-sqlite3 \
 && rm -rf deps src build/Release/obj* \
 && find . -name '*.a' -delete \
 && find . -name '*.node' ! -name better_sqlite3.node ! -name "linux-$(node -p process.arch).node" -delete \
 && node -e "new (require('better-sqlite3'))(':memory:')" \
 && chmod -R a+rX /app/node_modules

# Modules for the build, without the install scripts of packages.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# touch: beside modules from the cache, the lockfile of a fresh clone looks newer, and they would be installed again.
# chmod: files cloned under a strict umask would not be readable for the user of the image.
RUN touch node_modules/.package-lock.json \
 && npm run build \
 && chmod -R a+rX dist docs/openapi migrations fixtures corpus package.json LICENSE

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="uapi-emulator" \
      org.opencontainers.image.description="An emulator of the 4PSA VoipNow UnifiedAPI v5 PhoneCallEvents and PhoneCalls services" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/fixtures ./fixtures
COPY --from=build /app/corpus ./corpus
COPY --from=build /app/docs/openapi ./docs/openapi
COPY --from=build /app/dist ./dist

# Only /data is written to. A new volume inherits its owner; a mounted folder must be writable for the user:
# docker run --user "$(id -u)" …
# The link is for other commands than the default one: docker run … uapi-emulator uapi-emulator serve --fresh
RUN install -d -o 1000 -g 1000 /data \
 && ln -s /app/dist/main.js /usr/local/bin/uapi-emulator
VOLUME /data

# One run, so that V8's cache of the compiled program is in the image: starts and health checks take less time then.
RUN node dist/main.js serve --database :memory: & server=$! \
 && node dist/main.js healthcheck --wait 60s \
 && sleep 2 \
 && kill "$server" \
 && wait "$server"

# Listens on every address, because a published port does not reach the container's loopback. The control API then
# requires a token, which is printed at the start unless UAPI_EMULATOR_CONTROL_TOKEN is set.
# TMPDIR: SQLite sorts large results in a temporary file, and a read-only root has no other folder for it.
ENV NODE_ENV=production \
    UAPI_EMULATOR_HOST=0.0.0.0 \
    UAPI_EMULATOR_DATABASE=/data/uapi-emulator.db \
    TMPDIR=/data

# Numeric, so that Kubernetes can verify that the user is not root.
USER 1000:1000
EXPOSE 4772

# The check reads the environment: set another port as UAPI_EMULATOR_PORT, not as a flag of the command.
# The first check runs after one interval, which "up --wait" waits for.
# (buildah and podman keep a health check only in images of --format docker.)
HEALTHCHECK --interval=3s --timeout=5s --retries=5 CMD ["node", "dist/main.js", "healthcheck"]

# Without a shell or npm in between, node is process 1 and receives SIGTERM.
ENTRYPOINT []
CMD ["node", "dist/main.js", "serve"]
