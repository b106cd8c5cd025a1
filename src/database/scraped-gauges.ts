import { Gauge, type Registry } from 'prom-client'

/** However often they are asked for, the database is read once in this time. */
const cachedMs = 5_000
/** Scrapers give up after 10 s; what takes longer than this counts as unreadable. */
const readLimitMs = 3_000

export interface ScrapedGauges<Name extends string> {
  /** Of the gauge that is 1 where the others could be read and 0 where not. */
  readonly readableName: string
  /** What each gauge is, by its name. */
  readonly help: Readonly<Record<Name, string>>
  /** Reads all of them at once. One that has no value at present is undefined. */
  readonly read: () => Promise<Readonly<Record<Name, number | undefined>>>
}

/**
 * Registers gauges that are read when somebody asks for them, so that they tell how things stand even where every loop of
 * this process fails. They describe the whole database: each process shows the same. Where they cannot be read they have
 * no value, rather than an old one.
 */
export function registerScrapedGauges<Name extends string>(
  registry: Registry,
  { readableName, help, read }: ScrapedGauges<Name>,
): void {
  const readOnce = cached(() => withinLimit(read()))
  const names = Object.keys(help).filter((name): name is Name => name in help)
  for (const name of names) {
    const gauge: Gauge = new Gauge({
      name,
      help: help[name],
      registers: [registry],
      async collect() {
        const value = (await readOnce())?.[name]
        if (value === undefined) gauge.remove()
        else gauge.set(value)
      },
    })
  }
  const readable: Gauge = new Gauge({
    name: readableName,
    help: `Whether ${names.join(', ')} could be read from the database`,
    registers: [registry],
    async collect() {
      readable.set((await readOnce()) === undefined ? 0 : 1)
    },
  })
}

/** Joins calls while one is under way, and gives its result again for a while. Undefined where it failed. */
function cached<Result>(run: () => Promise<Result>): () => Promise<Result | undefined> {
  let latest: Promise<Result | undefined> | undefined
  let endedAt: number | undefined
  return () => {
    const fresh = endedAt === undefined || performance.now() - endedAt < cachedMs
    if (latest === undefined || !fresh) {
      endedAt = undefined
      latest = run()
        .catch(() => undefined)
        .finally(() => {
          endedAt = performance.now()
        })
    }
    return latest
  }
}

/** A statement that is still under way after that is left to its own limits. */
function withinLimit<Result>(reading: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The gauges could not be read in time')), readLimitMs)
    reading.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
