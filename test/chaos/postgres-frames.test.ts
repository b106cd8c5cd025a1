import t from 'tap'
import {
  asksCommit,
  completedTag,
  createFrameReader,
  type Frame,
  readyState,
} from '../../chaos/postgres-frames.ts'

function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(body) + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)])
}

function read(fromClient: boolean, pieces: readonly Buffer[]): Frame[] {
  const frames: Frame[] = []
  const reader = createFrameReader({ fromClient, onFrame: (frame) => frames.push(frame) })
  for (const piece of pieces) reader(piece)
  return frames
}

const startup = message('', '\0\x03\0\0user\0postgres\0\0')

t.test('messages are found however the bytes are cut', async (t) => {
  const bytes = Buffer.concat([
    startup,
    message('Q', 'select 1\0'),
    message('S', ''),
    message('Q', 'commit\0'),
  ])
  const whole = read(true, [bytes])
  t.same(
    whole.map(({ type, body }) => `${type} ${body}`),
    ['Q select 1\0', 'S ', 'Q commit\0'],
  )
  for (const size of [1, 2, 3, 7]) {
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
    t.same(read(true, pieces), whole, `in pieces of ${size}`)
  }
})

t.test('a message that is too long to keep is skipped, and the next one is found', async (t) => {
  const bytes = [message('D', 'x'.repeat(50_000)), message('C', 'COMMIT\0')]
  t.same(
    read(false, bytes).map(({ type, body }) => [type, body.length]),
    [
      ['D', 0],
      ['C', 7],
    ],
  )
})

t.test('a request to commit is told from a text that speaks of one', async (t) => {
  const asks = (type: string, body: string) => asksCommit({ type, body: Buffer.from(body) })
  t.ok(asks('Q', 'commit\0'))
  t.ok(asks('Q', 'COMMIT;\0'))
  t.ok(asks('Q', 'select 1; commit\0'))
  t.ok(asks('P', '\0commit\0\0\0'))
  t.notOk(asks('Q', 'select commitment from events\0'))
  t.notOk(asks('B', 'commit\0'), 'a bound value')
})

t.test('tags and states are read', async (t) => {
  t.equal(completedTag({ type: 'C', body: Buffer.from('COMMIT\0') }), 'COMMIT')
  t.equal(completedTag({ type: 'Z', body: Buffer.from('I') }), undefined)
  t.equal(readyState({ type: 'Z', body: Buffer.from('T') }), 'T')
  t.equal(readyState({ type: 'C', body: Buffer.from('T') }), undefined)
})
