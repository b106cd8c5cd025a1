import { Readable } from 'node:stream'
import t from 'tap'
import { RejectedRows } from '../../src/csv/rejected-rows.ts'
import { areaSource, csvSource } from './csv-source.ts'
import { createImportContext, smallTree } from './import-context.ts'

async function faultsOf(importing: Promise<unknown>, language: 'zh' | 'en' = 'en'): Promise<string[]> {
  try {
    await importing
  } catch (error) {
    if (error instanceof RejectedRows)
      return error.faults.map(({ line, detail }) => `${line}: ${detail[language]}`)
    throw error
  }
  return []
}

t.test('a file with a wrong row is refused with every line, and nothing of it is stored', async (t) => {
  const context = await createImportContext(t)
  await context.run(areaSource(...smallTree))
  const refused = async (rows: string[], faults: string[], retireMissing = false) => {
    const source = areaSource('420209000000,新区,district,420200000000', ...rows)
    t.strictSame(await faultsOf(context.run(source, retireMissing)), faults)
  }
  await refused(
    ['42020,短,street,420202000000'],
    ['3: An area code has 12 digits, for a grid with a suffix as in 420202001001-001'],
  )
  await refused(
    ['420202007000,胜阳港街道,town,420202000000'],
    ['3: The kind must be one of grid, community, street, district, city'],
  )
  await refused(['420202007000,胜阳港街道,street,429999000000'], ['3: There is no such parent'])
  await refused(
    ['420202007000, ,street,420202000000'],
    ['3: A name has 1 to 200 characters and no control characters'],
  )
  await refused(
    ['420202007000,胜阳港街道,street,420202000000', '420202007000,胜阳港,street,420202000000'],
    ['4: Stands in line 3 already'],
  )
  await refused(
    ['420202007000,胜阳港街道,street,420202005000'],
    ['3: 420202007000, a street, cannot lie below 420202005000, a street'],
  )
  await refused(
    [
      '420202005001-001,第一网格,grid,420202005001-002',
      '420202005001-002,第二网格,grid,420202005001-003',
      '420202005001-003,第三网格,grid,420202005001-001',
      '420202005001-004,环下,grid,420202005001-001',
    ],
    ['3: The area lies below itself', '4: The area lies below itself', '5: The area lies below itself'],
  )
  await refused(['420202007000,胜阳港街道,street,420202007000'], ['3: The area lies below itself'])
  await refused(
    ['420202005001,沈家营社区,grid,420202005000', '42020,坏,street,', '420202007000,胜阳港街道'],
    [
      '4: An area code has 12 digits, for a grid with a suffix as in 420202001001-001',
      '5: Has 2 fields instead of 4',
    ],
  )
  await refused(
    ['420202005000,沈家营街道,community,420202000000'],
    ['3: 420202005001, a community, cannot lie below 420202005000, a community'],
  )
  await refused(
    smallTree.filter((row) => !row.startsWith('420202005000')),
    ['7: 420202005000 is retired and 420202005001 still lies below it'],
    true,
  )

  const { length } = await context.db.selectFrom('areas').select('code').execute()
  t.equal(length, smallTree.length)
  const { version } = await context.db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
  t.equal(version, 1)
})

t.test('faults are told in Chinese too', async (t) => {
  const { run } = await createImportContext(t)
  const inChinese = (importing: Promise<unknown>) => faultsOf(importing, 'zh')
  t.strictSame(await inChinese(run(areaSource('420200000000,黄石市,city,420100000000'))), [
    '2: 上级辖区不存在',
  ])
  t.strictSame(await inChinese(run(csvSource())), ['null: 文件中没有数据行'])
  const gbk = Readable.from([Buffer.from('code,name,kind,parent_code\n'), Buffer.of(0xbb, 0xc6)])
  t.strictSame(await inChinese(run(gbk)), ['null: 文件不是 UTF-8 编码，请另存为“CSV UTF-8”'])
})

t.test('a successor must exist and may not lead back', async (t) => {
  const { run } = await createImportContext(t)
  await run(areaSource(...smallTree))
  const header = 'code,name,kind,parent_code,successor_code'
  t.strictSame(
    await faultsOf(run(csvSource(header, '420202006000,黄石港街道,street,420202000000,420202009000'))),
    ['2: There is no such successor'],
  )
  t.strictSame(
    await faultsOf(run(csvSource(header, '420202006000,黄石港街道,street,420202000000,420202006000'))),
    ['2: The area would succeed itself'],
  )
})
