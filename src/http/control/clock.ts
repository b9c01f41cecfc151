import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ClockAdvance, ClockAdvanced, ClockReading, ClockSetting } from '../../schema/clock.js'
import { described } from './described.js'

/** The clock of the sandbox. @source control-api.md "Calls and deliveries" */
export const clockRoutes: FastifyPluginAsyncTypebox = async app => {
  const get = described('getClock', 'Clock', 'What time it is, and whether time goes on.', { 200: ClockReading }, [])
  app.get('/clock', { schema: get }, async ({ sandbox }) => sandbox.clock.get())

  const set = described('setClock', 'Clock', 'Freezes the clock, lets it run, or sets it.', { 200: ClockReading }, [
    'request_invalid'
  ])
  app.put('/clock', { schema: { ...set, body: ClockSetting } }, async ({ sandbox, body }) => sandbox.clock.set(body))

  const advance = described(
    'advanceClock',
    'Clock',
    'Moves the clock on through every due step of a call, and answers when what that owed has been answered.',
    { 200: ClockAdvanced },
    ['request_invalid']
  )
  app.post('/clock/advance', { schema: { ...advance, body: ClockAdvance } }, async ({ sandbox, body }) =>
    sandbox.clock.advance(body)
  )
}
