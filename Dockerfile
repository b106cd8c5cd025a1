# The base is an argument, so that a site can build on an image of its own. It must hold Node 20.20 or newer and npm.
ARG BASE=node:24-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY workers ./workers
RUN npm run build && npm ci --omit=dev

FROM ${BASE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8110
WORKDIR /app
COPY package.json LICENSE ./
COPY bin ./bin
COPY data ./data
COPY migrations ./migrations
COPY openapi/openapi.yaml ./openapi/openapi.yaml
COPY openapi/examples ./openapi/examples
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A number and not a name: Kubernetes checks runAsNonRoot by it.
USER 10001:10001
EXPOSE 8110
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Why these flags: src/embedded/child-process.ts.
ENTRYPOINT ["node", "--no-parallel-scavenge", "--max-semi-space-size=16", "--max-old-space-size=1024", "bin/whistle.js"]
CMD ["serve"]
