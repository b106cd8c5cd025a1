import { Readable } from 'node:stream'

/** A file's bytes as an import takes them, cut into small pieces so that characters are cut too. */
export function csvSource(...lines: string[]): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(lines.join('\n'))
  const pieces = []
  for (let start = 0; start < bytes.length; start += 50) pieces.push(bytes.subarray(start, start + 50))
  return Readable.from(pieces)
}

/** A file of areas with their usual columns. */
export function areaSource(...rows: string[]): AsyncIterable<Uint8Array> {
  return csvSource('code,name,kind,parent_code', ...rows)
}
