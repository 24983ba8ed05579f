# One target for each process of the bank: auth accounts logging mailer frontend, and jobs for what the chart and Compose run beside them.
# `npm run images` builds them all; alone: docker build --target auth .

FROM docker.io/library/node:24-bookworm-slim AS node
WORKDIR /app

# Only what npm reads, so that a change of code leaves what is installed in the builder's cache.
FROM node AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json -delete

FROM node AS workshop
ENV npm_config_audit=false npm_config_fund=false npm_config_ignore_scripts=true npm_config_update_notifier=false
COPY --from=manifests /app .

FROM workshop AS auth-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace services/auth
COPY . .
RUN node tools/src/images/assemble.ts services/auth /image/app

FROM workshop AS accounts-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace services/accounts
COPY . .
RUN node tools/src/images/assemble.ts services/accounts /image/app

FROM workshop AS logging-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace services/logging
COPY . .
RUN node tools/src/images/assemble.ts services/logging /image/app

FROM workshop AS mailer-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace services/mailer
COPY . .
RUN node tools/src/images/assemble.ts services/mailer /image/app

FROM workshop AS browser-assets
RUN --mount=type=cache,target=/root/.npm npm ci --workspace frontend
COPY . .
RUN npm run build --workspace frontend

FROM workshop AS frontend-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace frontend
COPY . .
COPY --from=browser-assets /app/frontend/public frontend/public
RUN node tools/src/images/assemble.ts frontend /image/app

FROM workshop AS jobs-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace jobs
COPY . .
RUN node tools/src/images/assemble.ts jobs /image/app

# Node is process 1 and takes the signals itself; our processes have no children that could outlive them.
FROM node AS process
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.vendor="Guichet" \
      org.opencontainers.image.source="https://github.com/guichet-bank/guichet" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# A service gives back what its start took, which keeps it at rest below 120 MiB; young objects get room under load. Compiled code is kept per user and per options, so
# it is made below by the user and with the options that run it later; the root file system may be read-only then.
ENV NODE_ENV=production \
    NODE_OPTIONS='--max-semi-space-size=16 --expose-gc' \
    MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_TOP_PAD_=0 \
    NODE_COMPILE_CACHE=/app/.cache/node \
    GUICHET_REVISION=${REVISION}
RUN install -d -o 1000 -g 1000 .cache/node

# Started without settings, each process says so and stops: every module was found, and is compiled now.
FROM process AS auth
LABEL org.opencontainers.image.title="guichet-auth" org.opencontainers.image.description="Users, credentials, sessions, signing keys and roles."
COPY --from=auth-files /image/app .
USER 1000:1000
RUN node services/auth/src/main.ts 2>&1 | grep 'settings are not valid'
EXPOSE 8443 9100
ENTRYPOINT ["node", "services/auth/src/main.ts"]

FROM process AS accounts
LABEL org.opencontainers.image.title="guichet-accounts" org.opencontainers.image.description="Accounts, operations and the double-entry ledger."
COPY --from=accounts-files /image/app .
USER 1000:1000
RUN node services/accounts/src/main.ts 2>&1 | grep 'settings are not valid'
EXPOSE 8443 9100
ENTRYPOINT ["node", "services/accounts/src/main.ts"]

FROM process AS logging
LABEL org.opencontainers.image.title="guichet-logging" org.opencontainers.image.description="The central log store."
COPY --from=logging-files /image/app .
USER 1000:1000
RUN node services/logging/src/main.ts 2>&1 | grep 'settings are not valid'
EXPOSE 8443 9100
ENTRYPOINT ["node", "services/logging/src/main.ts"]

FROM process AS mailer
LABEL org.opencontainers.image.title="guichet-mailer" org.opencontainers.image.description="Sends the bank's mail."
COPY --from=mailer-files /image/app .
USER 1000:1000
RUN node services/mailer/src/main.ts 2>&1 | grep 'settings are not valid'
EXPOSE 9100
ENTRYPOINT ["node", "services/mailer/src/main.ts"]

FROM process AS frontend
LABEL org.opencontainers.image.title="guichet-frontend" org.opencontainers.image.description="The bank's pages, and the edge for /api."
COPY --from=frontend-files /image/app .
USER 1000:1000
RUN node frontend/src/main.ts 2>&1 | grep 'settings are not valid'
EXPOSE 8080 9100
ENTRYPOINT ["node", "frontend/src/main.ts"]

# What the chart and docker-compose.yml run once: they name the file.
FROM process AS jobs
LABEL org.opencontainers.image.title="guichet-jobs" org.opencontainers.image.description="Secrets, certificates, streams, demo people and helm test."
COPY --from=jobs-files /image/app .
USER 1000:1000
ENTRYPOINT ["node"]
