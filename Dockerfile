# Latchkey in a container; docker-compose.yml runs it. TypeScript is run directly: nothing is built.
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app

# The base image is the Node that runs it: npm leaves out the one in bin/own-node, which is for older ones.
# No package in production has an install script, and none that comes with a later version is run. --omit=optional would leave out too much: the native
# part of Argon2 is an optional package.
COPY package.json package-lock.json ./
COPY bin/own-node bin/own-node
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

COPY LICENSE ./
COPY config config
COPY views views
COPY lists lists
COPY interactions interactions
COPY src src
COPY bin bin
# The command line: docker compose exec latchkey latchkey user list
RUN ln -s /app/bin/latchkey.js /usr/local/bin/latchkey

# The store. A volume that is mounted here for the first time takes over the owner.
RUN mkdir --mode=0700 /data && chown node:node /data
VOLUME /data
USER node
ENV LATCHKEY_STORE_PATH=/data/latchkey.db LATCHKEY_LISTEN_HOST=0.0.0.0
EXPOSE 3000

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LATCHKEY_LISTEN_PORT ?? 3000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

CMD ["node", "src/main.ts", "serve"]
