import { ClockAdvance, ClockAdvanced, ClockReading, ClockSetting } from '../clock.js'
import type { ControlOperation } from './operation.js'

/** The clock of the sandbox. @source control-api.md "Calls and deliveries" */
export const CLOCK = {
  getClock: {
    method: 'GET',
    path: '/clock',
    tag: 'Clock',
    summary: 'Get the clock',
    responses: { 200: ClockReading }
  },
  setClock: {
    method: 'PUT',
    path: '/clock',
    tag: 'Clock',
    summary: 'Set the clock',
    description: 'Freezes it or lets it run, from its present time or from `now`.',
    body: ClockSetting,
    responses: { 200: ClockReading },
    errors: ['state_replaced']
  },
  advanceClock: {
    method: 'POST',
    path: '/clock/advance',
    tag: 'Clock',
    summary: 'Advance the clock',
    description:
      'Moves the clock through every due call step in order, and answers when each delivery on the way has been answered.',
    body: ClockAdvance,
    responses: { 200: ClockAdvanced },
    errors: ['state_replaced']
  }
} as const satisfies Record<string, ControlOperation>
