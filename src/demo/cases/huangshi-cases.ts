import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { readCsv } from '../../csv/read-csv.ts'
import { type PlotName, plots } from './plots.ts'
import type { CaseScript, CaseSet } from './script.ts'
import { stories } from './stories.ts'
import { unitCodeFor } from './unit-code.ts'

const isPlotName = (name: string): name is PlotName => Object.hasOwn(plots, name)

const caseRow = z.object({
  community: z.string().regex(/^\d{12}$/),
  plot: z.string().refine(isPlotName),
  category: z.string(),
  service: z.string(),
  /** Whoever reports: a name, or nothing for the community's own grid worker. */
  reporter: z.string(),
  address: z.string(),
  description: z.string(),
  answer: z.string(),
  result: z.string(),
})
export type HuangshiCase = z.output<typeof caseRow>

/** Our own cases as they stand in huangshi-cases.csv. */
export async function readHuangshiRows(): Promise<HuangshiCase[]> {
  const columns = { required: Object.keys(caseRow.shape) }
  const source = createReadStream(new URL('huangshi-cases.csv', import.meta.url))
  return (await readCsv(source, { columns, row: caseRow })).rows.map(({ row }) => row)
}

/**
 * Our own cases, in Chinese, in real communities of Huangshi: the stories first, so that a short show tells them, too. Names,
 * telephone numbers and events are made up.
 */
export async function readHuangshiCases(): Promise<CaseSet> {
  return { cases: [...stories, ...(await readHuangshiRows()).map(scriptOf)], readLateBySource: null }
}

function scriptOf(row: HuangshiCase, index: number): CaseScript {
  const { community, plot, category, service, reporter, address, description, answer, result } = row
  const { steps, expected } = plots[plot]
  const number = String(index + 1).padStart(3, '0')
  return {
    id: `huangshi-${number}`,
    reporter: reporter === '' ? 'grid_worker' : 'resident',
    report: {
      categoryCode: category,
      areaCode: community,
      description,
      address,
      ...(reporter === '' ? {} : { contact: { name: reporter, phone: `130 0000 0${number}` } }),
    },
    unitCode: unitCodeFor(community, service),
    steps: steps({ answer, result }),
    expected,
  }
}
