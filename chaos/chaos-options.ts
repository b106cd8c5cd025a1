import { parseArgs } from 'node:util'

export interface ChaosOptions {
  readonly minutes: number
  readonly seed: string
  /** Whether to write the result to chaos/results/. */
  readonly out: boolean
  /** Names the run's own folder, so that two runs can go on side by side. */
  readonly instance: string
}

const minutesMax = 24 * 60

export const usage = `npm run chaos -- [--minutes N] [--seed S] [--out] [--instance NAME]
  --minutes   有故障的时长，默认 2  how long faults go on (2)
  --seed      同一种子，同一故障表，默认 1  the same seed plans the same faults (1)
  --out       结果写入 chaos/results/（JSON 与 Markdown）  write the result there, as JSON and as a page
  --instance  运行目录名，默认 chaos  the name of the run's own folder (chaos)`

/** @throws Error where the arguments are not usable; its message says why. */
export function readChaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      out: { type: 'boolean', default: false },
      instance: { type: 'string', default: 'chaos' },
    },
  })
  const minutes = Number(values.minutes)
  if (!(minutes >= 0.1 && minutes <= minutesMax)) throw new Error(`--minutes: ${values.minutes}`)
  if (!/^[\w-]{1,40}$/.test(values.seed)) throw new Error(`--seed: ${values.seed}`)
  return { minutes, seed: values.seed, out: values.out, instance: values.instance }
}
