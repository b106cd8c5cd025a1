/** One environment variable, as config.ts reads it and as the README and .env.example describe it. */
export interface ConfigVariable {
  readonly name: string
  /** What it is when it is not set, in words or as a value. */
  readonly byDefault: string
  /** A secret can also be given as a file, by the same name with `_FILE` at its end. */
  readonly secret: boolean
  readonly description: { readonly en: string; readonly zh: string }
}

const ownInstance = 'own instance'

/** Every environment variable there is. The README's tables and .env.example are compared with this one. */
export const configVariables = [
  {
    name: 'NODE_ENV',
    byDefault: 'development',
    secret: false,
    description: {
      en: '`development`, `test` or `production`. Production demands a database, a queue and an issuer of tokens.',
      zh: '`development`、`test` 或 `production`；生产环境必须配置数据库、队列和令牌签发方。',
    },
  },
  {
    name: 'HOST',
    byDefault: '127.0.0.1',
    secret: false,
    description: { en: 'Address that the API listens on.', zh: '接口监听的地址。' },
  },
  {
    name: 'PORT',
    byDefault: '8110',
    secret: false,
    description: {
      en: 'Port that the API listens on; 0 takes a free one.',
      zh: '接口监听的端口；0 表示任选空闲端口。',
    },
  },
  {
    name: 'DATABASE_URL',
    byDefault: ownInstance,
    secret: true,
    description: {
      en: 'PostgreSQL 15 to 18, for the API and the workers.',
      zh: 'PostgreSQL 15 至 18，供接口和后台进程使用。',
    },
  },
  {
    name: 'MIGRATION_DATABASE_URL',
    byDefault: 'DATABASE_URL',
    secret: true,
    description: {
      en: 'The same database as the role that owns the tables; used by `whistle migrate` only.',
      zh: '以表的所有者身份连接同一数据库，仅 `whistle migrate` 使用。',
    },
  },
  {
    name: 'DATABASE_POOL_MAX',
    byDefault: '10',
    secret: false,
    description: { en: 'Connections of the API, at most.', zh: '接口的数据库连接数上限。' },
  },
  {
    name: 'DEADLINE_POOL_MAX',
    byDefault: '4',
    secret: false,
    description: {
      en: 'Connections of the deadline worker, at most; a pool of its own, so that no burst of requests delays a deadline.',
      zh: '时限进程的连接数上限；独立连接池，请求高峰不会耽误时限。',
    },
  },
  {
    name: 'REDIS_URL',
    byDefault: ownInstance,
    secret: true,
    description: { en: 'Redis or Valkey for BullMQ.', zh: 'BullMQ 使用的 Redis 或 Valkey。' },
  },
  {
    name: 'QUEUE_DATABASE_URL',
    byDefault: ownInstance,
    secret: true,
    description: {
      en: "PostgreSQL for BullMQ's own backend, instead of Redis.",
      zh: '不用 Redis 时，BullMQ 使用的 PostgreSQL。',
    },
  },
  {
    name: 'QUEUE_PREFIX',
    byDefault: '{whistle}',
    secret: false,
    description: {
      en: 'Prefix of every queue key; the braces keep them on one node of a Redis Cluster.',
      zh: '队列键的前缀；花括号使其落在 Redis 集群的同一节点。',
    },
  },
  {
    name: 'JWKS_URL',
    byDefault: 'none',
    secret: false,
    description: { en: "The token issuer's public keys.", zh: '令牌签发方的公钥地址。' },
  },
  {
    name: 'JWKS_FILE',
    byDefault: ownInstance,
    secret: false,
    description: {
      en: 'Public keys of the development issuer; refused in production.',
      zh: '开发用签发方的公钥文件；生产环境拒绝使用。',
    },
  },
  {
    name: 'JWT_ISSUER',
    byDefault: 'urn:whistle-report:development',
    secret: false,
    description: { en: '`iss` that tokens must carry.', zh: '令牌必须携带的 `iss`。' },
  },
  {
    name: 'JWT_AUDIENCE',
    byDefault: 'whistle-report',
    secret: false,
    description: { en: '`aud` that tokens must carry.', zh: '令牌必须携带的 `aud`。' },
  },
  {
    name: 'LOG_LEVEL',
    byDefault: 'info',
    secret: false,
    description: {
      en: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
      zh: '`fatal`、`error`、`warn`、`info`、`debug`、`trace` 或 `silent`。',
    },
  },
  {
    name: 'NOTICE_URL',
    byDefault: 'the log',
    secret: false,
    description: {
      en: 'Where notices are delivered (https; http in development).',
      zh: '通知的投递地址（https；开发环境可用 http）。',
    },
  },
  {
    name: 'NOTICE_SECRET',
    byDefault: 'none',
    secret: true,
    description: {
      en: 'Signs delivered notices (Standard Webhooks, `whsec_…`).',
      zh: '通知的签名密钥（Standard Webhooks，`whsec_…`）。',
    },
  },
  {
    name: 'TRUSTED_PROXIES',
    byDefault: 'none',
    secret: false,
    description: {
      en: 'Addresses and networks of your proxies, separated by commas (`10.0.0.0/8,fd00::/8`): their `X-Forwarded-For` says who calls. Without it, everybody behind a proxy shares one quota.',
      zh: '反向代理的地址或网段，以逗号分隔（如 `10.0.0.0/8,fd00::/8`）：来访地址以其 `X-Forwarded-For` 为准；不设置时，同一代理后面的所有人共用一份配额。',
    },
  },
  {
    name: 'REPORTS_PER_PERSON',
    byDefault: '200',
    secret: false,
    description: {
      en: 'Reports that one person who is logged in may send in ten minutes, and a third as many looks at what others have reported nearby.',
      zh: '每名登录用户十分钟内可反映的线索数；查询附近已反映事件的次数为其三分之一。',
    },
  },
  {
    name: 'PUBLIC_REPORTS_PER_ADDRESS',
    byDefault: '30',
    secret: false,
    description: {
      en: 'Reports without a login that one network address may send in ten minutes, and twenty times as many looks; 0 closes reporting without a login.',
      zh: '每个网络地址十分钟内可免登录反映的线索数，查看次数为其二十倍；0 表示关闭免登录反映。',
    },
  },
  {
    name: 'REGISTRY_CHANGES_PER_PERSON',
    byDefault: '200',
    secret: false,
    description: {
      en: 'Changes of registries and policies that one person may ask for in ten minutes; a file counts as one, whatever it holds.',
      zh: '每人十分钟内可提交的名录与规则变更数；一个导入文件无论行数计为一次。',
    },
  },
  {
    name: 'WORKER_PORT',
    byDefault: '0',
    secret: false,
    description: {
      en: 'Port of a worker process for /livez, /readyz and /metrics; 0 takes a free one.',
      zh: '后台进程提供 /livez、/readyz、/metrics 的端口；0 表示任选空闲端口。',
    },
  },
] as const satisfies readonly ConfigVariable[]

export type ConfigVariableName = (typeof configVariables)[number]['name']

/** The names of the variables that may also be given as files. */
export const secretNames: readonly ConfigVariableName[] = configVariables
  .filter((variable) => variable.secret)
  .map((variable) => variable.name)
