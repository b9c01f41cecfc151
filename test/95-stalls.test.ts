import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { start } from './support/emulator.js'
import { answeredWhile, IN_ONE_GO, turnsUntil } from './support/turns.js'

/** Computes for a few milliseconds. */
function compute(): number {
  let sum = 0
  for (let at = 0; at < 2_000_000; at++) sum += Math.sqrt(at)
  return sum
}

t.test('the count of other requests distinguishes work in one go from work in slices', async t => {
  const emulator = await start(t)
  const inOneGo = await answeredWhile(emulator, async () => {
    for (let slice = 0; slice < 40; slice++) compute()
  })
  t.ok(inOneGo.answered <= IN_ONE_GO, `${inOneGo.answered} were answered`)
  const inSlices = await turnsUntil(
    answeredWhile(emulator, async () => {
      for (let slice = 0; slice < 40; slice++) {
        compute()
        await nextTurn()
      }
    })
  )
  t.ok(inSlices.result.answered > IN_ONE_GO, `${inSlices.result.answered} were answered`)
  t.ok(inSlices.turns >= 40, `${inSlices.turns} turns`)
  t.equal(inSlices.result.refused, 0)
})
