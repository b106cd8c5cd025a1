import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { areaFile, type CompleteAreaRow } from '../../areas/area-file.ts'
import { readCsv } from '../../csv/read-csv.ts'
import { projectRoot } from '../../project-root.ts'

/** The tree of Huangshi as the seed has it. */
export interface CityMap {
  readonly cityCode: string
  area(code: string): CompleteAreaRow
  parentOf(code: string): CompleteAreaRow
  /** The areas of a kind, in the order of their codes. */
  ofKind(kind: CompleteAreaRow['kind']): readonly CompleteAreaRow[]
  childrenOf(code: string): readonly CompleteAreaRow[]
}

export async function readCityMap(): Promise<CityMap> {
  const { rows } = await readCsv(createReadStream(join(projectRoot, 'data', 'huangshi-areas.csv')), areaFile)
  const areas = new Map(rows.map(({ row }) => [row.code, row]))
  const sorted = [...areas.values()].toSorted((a, b) => (a.code < b.code ? -1 : 1))
  const area = (code: string): CompleteAreaRow => {
    const found = areas.get(code)
    if (found === undefined) throw new Error(`Huangshi has no area ${code}`)
    return found
  }
  const city = sorted.find(({ kind }) => kind === 'city')
  if (city === undefined) throw new Error('The tree of areas has no city')
  return {
    cityCode: city.code,
    area,
    parentOf: (code) => area(area(code).parentCode ?? city.code),
    ofKind: (kind) => sorted.filter((row) => row.kind === kind),
    childrenOf: (code) => sorted.filter(({ parentCode }) => parentCode === code),
  }
}
