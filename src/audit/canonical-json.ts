/**
 * Canonical JSON (RFC 8785) of a plain value, such as JSON.parse makes: keys in the order of their UTF-16 units, no white
 * space, numbers as JavaScript writes them. Properties that are undefined are left out, as JSON has it.
 *
 * @throws TypeError for what JSON cannot hold: NaN, infinities, surrogates without their other half, instances of classes
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is no number of JSON`)
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? listOf(value) : membersOf(value)
    default:
      throw new TypeError(`JSON has no ${typeof value}`)
  }
}

function listOf(values: readonly unknown[]): string {
  let list = ''
  for (const value of values) list += list === '' ? canonicalJson(value) : `,${canonicalJson(value)}`
  return `[${list}]`
}

function membersOf(object: object): string {
  if (!isPlain(object)) throw new TypeError('Not a plain object')
  let members = ''
  for (const name of sorted(Object.keys(object))) {
    const value = object[name]
    if (value === undefined) continue
    members += `${members === '' ? '' : ','}${quoted(name)}:${canonicalJson(value)}`
  }
  return `{${members}}`
}

function isPlain(object: object): object is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === Object.prototype || prototype === null
}

/** Sorting makes more garbage than all the rest, and an object of ours has some ten keys. */
const fewNames = 24

/** The names in the order of their UTF-16 units, which is how JavaScript compares texts. Sorts in place. */
function sorted(names: string[]): string[] {
  if (names.length > fewNames) return names.sort()
  for (let end = 1; end < names.length; end += 1) {
    for (let at = end; at > 0; at -= 1) {
      const before = names[at - 1] ?? ''
      const name = names[at] ?? ''
      if (before <= name) break
      names[at - 1] = name
      names[at] = before
    }
  }
  return names
}

/** Nearly all texts of an event are codes and words, which stand in JSON as they are. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const loneSurrogate = /\p{Surrogate}/u

function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`
  if (loneSurrogate.test(text)) throw new TypeError('A surrogate without its other half is no text')
  return JSON.stringify(text)
}
