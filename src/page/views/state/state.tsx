import type { JSX } from 'preact'
import { BlockedWebhooks } from './blocked.js'
import { EmulatorFacts } from './emulator-facts.js'
import { Export } from './export.js'
import { Fixtures } from './fixtures.js'
import { Reset } from './reset.js'
import { Sandboxes } from './sandboxes.js'
import { SettingsInForceList } from './settings.js'
import { Snapshots } from './snapshots.js'
import { Undo } from './undo.js'

/** State: fixtures, snapshots, reset and export on the left; settings and what surrounds them on the right. */
export const StateView = (): JSX.Element => (
  <div class="cards">
    <Undo />
    <div class="inner state-columns">
      <div class="card state-card">
        <h2 class="visually-hidden">Snapshots and fixtures</h2>
        <Snapshots />
        <Reset />
        <Fixtures />
        <Export />
      </div>
      <div class="card state-card">
        <h2 class="visually-hidden">Settings and surroundings</h2>
        <SettingsInForceList />
        <BlockedWebhooks />
        <Sandboxes />
        <EmulatorFacts />
      </div>
    </div>
  </div>
)
