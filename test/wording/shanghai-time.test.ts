import t from 'tap'
import { inShanghai, monthStart, readAs, toShanghaiTime } from '../../src/wording/shanghai-time.ts'

t.test('times are read in Asia/Shanghai, whatever the host’s time zone is', async (t) => {
  t.equal(inShanghai(Date.UTC(2026, 0, 1)), '2026-01-01 08:00:00')
  t.equal(inShanghai(Date.UTC(2026, 11, 31, 16)), '2027-01-01 00:00:00')
  t.equal(toShanghaiTime(Date.UTC(2026, 10, 20, 16, 0, 1, 5)), '2026-11-21T00:00:01.005+08:00')
})

t.test('the fixed offset is what the zone’s own rules say', async (t) => {
  const zone = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  for (let at = Date.UTC(2020, 0, 1); at < Date.UTC(2040, 0, 1); at += 7 * 86_400_000 + 1_234_567)
    if (inShanghai(at) !== zone.format(at)) t.fail(new Date(at).toISOString())
  t.equal(inShanghai(0), zone.format(0))
})

t.test(
  'beside another time of the same day a time needs no date, and no seconds where it has none',
  async (t) => {
    const beside = Date.UTC(2026, 10, 20, 1)
    t.equal(readAs(Date.UTC(2026, 10, 20, 7, 30), beside), '15:30')
    t.equal(readAs(Date.UTC(2026, 10, 20, 7, 30, 5), beside), '15:30:05')
    t.equal(readAs(Date.UTC(2026, 10, 20, 16), beside), '2026-11-21 00:00')
  },
)

t.test('a month begins at its midnight in Shanghai', async (t) => {
  t.equal(monthStart(Date.UTC(2026, 9, 31, 16)), Date.UTC(2026, 9, 31, 16))
  t.equal(monthStart(Date.UTC(2026, 9, 31, 16) - 1), Date.UTC(2026, 8, 30, 16))
  t.equal(monthStart(Date.UTC(2026, 11, 5), 1), Date.UTC(2026, 11, 31, 16))
})
