# Latchkey in a container; docker-compose.yml runs it. Built by Docker, Podman and buildah (1.28 of Debian 12 too):
#   docker build -t latchkey .        or        buildah build --format docker -t latchkey .
#
# The base is pinned by the digest of its index, which has every platform: what is built today is built of the same in a year.
# For one that has been patched since, give its own (`docker buildx imagetools inspect node:24-slim` prints it):
#   --build-arg BASE=docker.io/library/node:24-slim@sha256:…
ARG BASE=docker.io/library/node:24.21.0-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY bin/own-node bin/own-node
# No package has an install script that is needed, and none that comes with a later version is run.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build build
COPY views views
COPY lists lists
COPY interactions interactions
COPY src src
COPY bin bin
RUN npm run -s build

FROM ${BASE}
# Of Node: no debugger on SIGUSR1, and young objects are cleared away early; of glibc: memory is shared by the threads.
# Both take much less of it.
ENV NODE_ENV=production NODE_OPTIONS="--disable-sigusr1 --max-semi-space-size=8" MALLOC_ARENA_MAX=2
WORKDIR /app

# The base image is the Node that runs it: npm leaves out the one in bin/own-node, which is for older ones.
# --omit=optional would leave out too much: the native part of Argon2 is an optional package.
COPY package.json package-lock.json ./
COPY bin/own-node bin/own-node
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

COPY LICENSE ./
COPY config config
COPY bin bin
COPY --from=build /app/dist/app dist/app
# The command line: docker compose exec latchkey latchkey user list
RUN ln -s /app/bin/latchkey.js /usr/local/bin/latchkey
# The store. A volume that is mounted here for the first time takes over the owner.
RUN mkdir --mode=0700 /data dist/compiled && chown node:node /data dist/compiled
VOLUME /data
USER node
# One start: what is compiled at it is there at each other one, when nothing can be written here. It is kept by user.
RUN LATCHKEY_STORE_PATH=/tmp/first/latchkey.db LATCHKEY_ENCRYPTION_KEY_FILE=/tmp/first/latchkey.key \
  timeout --preserve-status --signal=TERM 10 latchkey serve \
  && latchkey --help > /dev/null && rm -rf /tmp/first
ENV LATCHKEY_STORE_PATH=/data/latchkey.db LATCHKEY_LISTEN_HOST=0.0.0.0
EXPOSE 3000

# Is it able to serve? An orchestrator that restarts what is unhealthy should ask /healthz instead.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LATCHKEY_LISTEN_PORT ?? 3000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

CMD ["latchkey", "serve"]
