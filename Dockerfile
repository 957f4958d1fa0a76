# Arterial as an image: Bun, the code, and what runs need of node_modules. No embedded PostgreSQL: set DATABASE_URL.
FROM oven/bun:1.4.5-slim AS modules
WORKDIR /app
COPY package.json bun.lock ./
# Optional packages are the embedded PostgreSQL's and Bun's own binaries: the one is a server of yours, the other is here.
RUN bun install --frozen-lockfile --production --omit optional --ignore-scripts \
  && find node_modules -name '*.map' -delete

FROM oven/bun:1.4.5-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    BUN_RUNTIME_TRANSPILER_CACHE_PATH=0
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY LICENSE package.json tsconfig.json bunfig.toml ./
COPY sql ./sql
COPY public ./public
COPY views ./views
COPY routes ./routes
COPY jobs ./jobs
COPY src ./src
# Everything belongs to root and nothing is written: with DATABASE_URL no state is kept here.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["bun", "-e", "process.exit((await fetch('http://127.0.0.1:3000/readyz')).ok ? 0 : 1)"]
CMD ["bun", "src/main.ts"]
