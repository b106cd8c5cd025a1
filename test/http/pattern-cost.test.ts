import t from 'tap'
import { readDocument } from '../documents/markdown.ts'

/** As long as the largest body that is taken at all. */
const length = 64 * 1_024
/** A pattern that goes through a text once needs well under a millisecond for that; one that backtracks, for ever. */
const msMax = 100

t.test('no pattern of the contract takes long over any text, however it is made', async (t) => {
  const lines = readDocument('openapi/openapi.yaml').matchAll(/^ +pattern: (.+)$/gm)
  const patterns = [...new Set([...lines].map(([, pattern = '']) => pattern.replace(/^(['"])(.*)\1$/, '$2')))]
  t.ok(patterns.length >= 5, `${patterns.length} patterns`)
  const pieces = ['0', 'a', '-', '-0', 'a-', '000000000000-', ' ', '\t', '.', 'é', '　', '!', '0-a']
  for (const pattern of patterns) {
    const expression = new RegExp(pattern, 'u')
    let slowest = 0
    for (const piece of pieces) {
      for (const end of ['', '\n', '!', '\0']) {
        for (const start of ['', '420202005001', 'a']) {
          const text = start + piece.repeat(length / piece.length) + end
          const before = process.cpuUsage()
          expression.test(text)
          slowest = Math.max(slowest, process.cpuUsage(before).user / 1_000)
        }
      }
    }
    t.ok(slowest < msMax, `${pattern}: ${slowest.toFixed(1)} ms`)
  }
})
