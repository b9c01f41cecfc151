import t from 'tap'
import { type Balanced, HAPROXY, startBalanced } from '../support/balanced.js'
import { startWork } from '../support/balanced-work.js'
import { receive } from '../support/receiver.js'

const TOKEN = 'the-control-token'

/** The instance that has used each sandbox last. */
async function placesOf({ sandboxesOf }: Balanced, numbers = [1, 2, 3, 4]): Promise<Map<string, number>> {
  const found = new Map<string, { number: number; idleMs: number }>()
  for (const number of numbers) {
    for (const { name, idleMs } of await sandboxesOf(number)) {
      if (idleMs < (found.get(name)?.idleMs ?? Number.POSITIVE_INFINITY)) found.set(name, { number, idleMs })
    }
  }
  return new Map([...found].map(([name, { number }]) => [name, number]))
}

t.test('200 sandboxes of 8 workers on four instances, of which one goes and comes back', HAPROXY, async t => {
  const balanced = await startBalanced(t, TOKEN, '--fixture', 'clean')
  const receiver = await receive(t)
  const work = startWork(balanced.url, TOKEN, receiver.url, { workers: 8, sandboxes: 200 })
  t.teardown(work.end)
  await work.round().catch(e => { console.log(work.visits(), work.problems.slice(0,5)); throw e })
  const before = await placesOf(balanced)
  const on = (number: number) => [...before].filter(([, at]) => at === number).map(([name]) => name)
  const counts = [1, 2, 3, 4].map(number => on(number).length)
  t.equal(before.size, 200)
  for (const count of counts) t.ok(count >= 25, `spread over all of them: ${counts}`)

  await balanced.stop(2)
  await balanced.isSaid(2, 'DOWN')
  t.match(balanced.out(), /emulator-2 is DOWN, reason: Layer7 wrong status, code: 503/, 'while it still answered')
  await work.round()
  const during = await placesOf(balanced, [1, 3, 4])

  await balanced.startAgain(2)
  await balanced.isSaid(2, 'UP')
  await work.round()
  const after = await placesOf(balanced)
  await work.end()

  const moved = work.names.filter(name => during.get(name) !== before.get(name))
  t.strictSame(moved.sort(), on(2).sort(), 'only the sandboxes of the stopped instance moved')
  t.equal(new Set(moved.map(name => during.get(name))).size, 3, 'to all of the others')
  t.strictSame([...after].sort(), [...before].sort(), 'and all are back')
  const isMoved = new Set(moved)
  t.strictSame(
    work.problems.filter(({ name }) => !isMoved.has(name)),
    [],
    'the tests in all others saw nothing of it'
  )
  t.strictSame(
    work.problems.filter(({ isFailure }) => isFailure),
    [],
    'and no request failed, wherever it went'
  )
  const targets = receiver.received.map(({ target }) => target.replace(/\?.*/, ''))
  t.equal(new Set(targets).size, targets.length, 'no webhook came twice')
  t.comment(
    `${work.visits()} visits, ${counts} sandboxes, ${moved.length} moved, ${work.problems.length} lost their state`
  )
})
