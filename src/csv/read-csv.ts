import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'
import { wordingOf } from '../wording/wording.ts'
import { RejectedRows, type RowFault } from './rejected-rows.ts'

/** One row and where it ends in its file; the header is line 1. */
export interface NumberedRow<Row> {
  readonly line: number
  readonly row: Row
}

export interface CsvFile<Row> {
  readonly rows: readonly NumberedRow<Row>[]
  /** Of the file's bytes, hexadecimal: what an import's event says was imported. */
  readonly sha256: string
}

export interface CsvFormat<Row> {
  /** Columns that the header must name, in any order, and columns that it may name; others are refused. */
  readonly columns: { readonly required: readonly string[]; readonly optional?: readonly string[] }
  /** Checks one row, given as an object of texts; its messages come from `bilingual`. */
  readonly row: z.ZodType<Row>
}

/** A whole city with its grids has some ten thousand rows of about 100 bytes. */
const fileLimits = { rowsMax: 100_000, bytesMax: 32 * 1024 * 1024 }
const recordMaxBytes = 4 * 1024
/**
 * What is parsed and checked before everything else in the process has its turn, however much has come in: a hundred rows or
 * so, and a few hundred of the shortest.
 */
const bytesPerTurn = 4 * 1024

/** How much a file may hold. */
export interface CsvLimits {
  readonly rowsMax: number
  readonly bytesMax: number
}

const fieldsOf = z.array(z.string())

/**
 * Reads a CSV file (RFC 4180, UTF-8 with or without BOM) as it comes in, and checks each row, a few KB in each turn of the loop.
 *
 * @throws RejectedRows naming every line that is wrong, or the one thing that makes the file unreadable.
 */
export async function readCsv<Row>(
  source: AsyncIterable<Uint8Array>,
  format: CsvFormat<Row>,
  { rowsMax, bytesMax }: CsvLimits = fileLimits,
): Promise<CsvFile<Row>> {
  const digest = createHash('sha256')
  const rows: NumberedRow<Row>[] = []
  const faults: RowFault[] = []
  let header: readonly string[] | undefined

  function take(fields: readonly string[], line: number): void {
    if (header === undefined) {
      header = fields
      const wrong = headerFaults(fields, format.columns)
      if (wrong.length > 0) throw new RejectedRows(wrong)
      return
    }
    if (rows.length + faults.length >= rowsMax) throw new RejectedRows([tooManyRows(rowsMax)])
    if (fields.length !== header.length) {
      faults.push(wrongFieldCount(line, fields.length, header.length))
      return
    }
    const parsed = format.row.safeParse(
      Object.fromEntries(header.map((name, index) => [name, fields[index]])),
    )
    if (parsed.success) rows.push({ line, row: parsed.data })
    else faults.push(...parsed.error.issues.map((issue) => faultOf(line, issue)))
  }

  const parser = parse({
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: recordMaxBytes,
    // Rows are taken here and none is handed on, so that a quote out of place further down does not hide them.
    on_record: (record, { lines }) => {
      take(fieldsOf.parse(record), lines)
      return null
    },
  })
  parser.resume()
  try {
    await pipeline(Readable.from(utf8Texts(source, digest, bytesMax)), parser)
  } catch (error) {
    throw error instanceof CsvError ? new RejectedRows([...faults, faultOfParser(error)]) : error
  }
  if (faults.length > 0) throw new RejectedRows(faults)
  if (rows.length === 0) throw new RejectedRows([noRows])
  return { rows, sha256: digest.digest('hex') }
}

/** Decodes and counts the bytes. The decoder drops a BOM; an old spreadsheet's GBK is refused, not guessed at. */
async function* utf8Texts(
  source: AsyncIterable<Uint8Array>,
  digest: { update(bytes: Uint8Array): unknown },
  bytesMax: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw new RejectedRows([tooManyBytes(bytesMax)])
    for (let from = 0; from < chunk.byteLength; from += bytesPerTurn) {
      const piece = chunk.subarray(from, from + bytesPerTurn)
      await nextTurn()
      digest.update(piece)
      yield decode(decoder, piece)
    }
  }
  yield decode(decoder)
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw new RejectedRows([notUtf8])
  }
}

function headerFaults(header: readonly string[], { required, optional = [] }: CsvFormat<unknown>['columns']) {
  const faults: RowFault[] = []
  for (const column of required) {
    if (!header.includes(column))
      faults.push({ line: 1, column, detail: { zh: '缺少此列', en: 'The column is missing' } })
  }
  for (const [index, column] of header.entries()) {
    if (header.indexOf(column) < index) {
      faults.push({ line: 1, column, detail: { zh: '列名重复', en: 'The column stands there twice' } })
    } else if (!required.includes(column) && !optional.includes(column)) {
      faults.push({ line: 1, column, detail: { zh: '未知的列', en: 'There is no such column' } })
    }
  }
  return faults
}

function wrongFieldCount(line: number, found: number, wanted: number): RowFault {
  return {
    line,
    detail: { zh: `有 ${found} 个字段，应为 ${wanted} 个`, en: `Has ${found} fields instead of ${wanted}` },
  }
}

function faultOf(line: number, issue: z.core.$ZodIssue): RowFault {
  const detail = wordingOf(issue.message) ?? { zh: issue.message, en: issue.message }
  const [column] = issue.path
  return column === undefined ? { line, detail } : { line, column: String(column), detail }
}

function faultOfParser(error: CsvError): RowFault {
  const line = z.object({ lines: z.int() }).safeParse(error).data?.lines ?? null
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return {
      line,
      detail: { zh: '此行过长，或引号未闭合', en: 'The line is too long, or a quote is not closed' },
    }
  }
  return { line, detail: { zh: '引号使用有误', en: 'A quote is out of place or not closed' } }
}

const notUtf8 = {
  line: null,
  detail: {
    zh: '文件不是 UTF-8 编码，请另存为“CSV UTF-8”',
    en: 'The file is not UTF-8; save it as "CSV UTF-8"',
  },
}
const noRows = { line: null, detail: { zh: '文件中没有数据行', en: 'The file holds no rows' } }

function tooManyRows(rowsMax: number): RowFault {
  return { line: null, detail: { zh: `超过 ${rowsMax} 行`, en: `More than ${rowsMax} rows` } }
}

function tooManyBytes(bytesMax: number): RowFault {
  const mebibytes = bytesMax / 1024 / 1024
  return {
    line: null,
    detail: { zh: `文件超过 ${mebibytes} MiB`, en: `The file is larger than ${mebibytes} MiB` },
  }
}
