/** A line that may stand in a stream of events (WHATWG HTML, 9.2.5). */
const line = /^(?::.*|retry: \d+|id: \S+|event: [a-z_]+|data: (?<data>.*))$/

/** What is wrong with the beginning of a stream of events, which ends after an event. */
export function eventStreamFaults(text: string): string[] {
  const faults = text
    .split('\n')
    .filter((each) => each !== '')
    .flatMap((each) => {
      const found = line.exec(each)
      if (found === null) return [`no line of a stream: ${each.slice(0, 200)}`]
      const { data } = found.groups ?? {}
      return data === undefined || isJson(data) ? [] : [`data that are no JSON: ${data.slice(0, 200)}`]
    })
  const first = /^event: (\S+)/m.exec(text)?.[1]
  if (first !== 'ready' && first !== 'reset') faults.push(`begins with ${first ?? 'nothing'}`)
  return faults
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
