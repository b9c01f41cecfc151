import type { JSX } from 'preact'
import { ClockPanel } from './clock-panel.js'
import { DueList, FiredList } from './due-list.js'
import { Faults } from './faults/faults.js'

/** Time and faults: the clock across, below it what will happen and what has, beside it the faults. */
export const TimeView = (): JSX.Element => (
  <div class="cards">
    <div class="inner state-columns">
      <ClockPanel />
      <div class="card state-card">
        <h2 class="visually-hidden">Calls and webhooks</h2>
        <DueList />
        <FiredList />
      </div>
      <div class="card state-card">
        <h2 class="visually-hidden">Faults</h2>
        <Faults />
      </div>
    </div>
  </div>
)
