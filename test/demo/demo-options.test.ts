import t from 'tap'
import { readDemoOptions, WrongOptions } from '../../src/demo/demo-options.ts'
import { demoEnvironment } from '../../src/demo/demo-stack.ts'

t.test('without words our own cases are played at full length', (t) => {
  t.same(readDemoOptions([]), {
    casesFile: undefined,
    fault: undefined,
    first: undefined,
    pace: 1,
    instance: 'demo',
  })
  t.end()
})

t.test('a file, a fault and a shorter show can be asked for', (t) => {
  t.same(readDemoOptions(['--cases', 'a.csv', '--fault', 'worker-kill', '--first', '20', '--pace', '0.5']), {
    casesFile: 'a.csv',
    fault: 'worker-kill',
    first: 20,
    pace: 0.5,
    instance: 'demo',
  })
  t.equal(readDemoOptions(['--help']), undefined)
  t.end()
})

t.test('other words are refused with what there is', (t) => {
  for (const words of [
    ['--fault', 'earthquake'],
    ['--pace', '0'],
    ['--first', 'x'],
    ['--case', 'a'],
    ['extra'],
  ])
    t.throws(() => readDemoOptions(words), WrongOptions, words.join(' '))
  t.throws(() => readDemoOptions(['--fault', 'x']), { message: /redis-stop, redis-flush, worker-kill/ })
  t.end()
})

t.test('the show never touches the database or the queue of whoever starts it', (t) => {
  const theirs = {
    PATH: '/bin',
    DATABASE_URL: 'postgres://theirs/x',
    REDIS_URL_FILE: '/theirs',
    NODE_ENV: 'production',
  }
  t.same(demoEnvironment(theirs), { PATH: '/bin', NODE_ENV: 'development' })
  t.end()
})
