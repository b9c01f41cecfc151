import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { BASE_URL } from '../../emulator/address.js'
import { client } from '../../emulator/client.js'
import { printDuration, wallSecond } from '../../emulator/clock.js'
import { health } from '../../emulator/contents.js'
import { useAction } from '../../parts/action.js'
import { CopyButton } from '../../parts/button.js'
import { Facts, Part } from '../../parts/detail.js'
import { Text } from '../../parts/text.js'

/** What runs here: version, database, uptime. */
export function EmulatorFacts(): JSX.Element {
  const { run } = useAction()
  useEffect(() => {
    void run(async () => void (health.value = await client.health())) // the connection says when it does not answer
  }, [])
  const now = health.value
  const startedAt = useMemo(() => Date.now() - (now?.uptimeMs ?? 0), [now])
  void wallSecond.value
  const uptime = Math.max(0, Math.floor((Date.now() - startedAt) / 1_000)) * 1_000
  return (
    <Part title="This emulator">
      <Facts
        rows={[
          [
            'Address',
            <>
              <code>{BASE_URL}</code> <CopyButton text={BASE_URL} what="the address" />
            </>
          ],
          ['Version', now?.version],
          ['Database', now && <Text value={now.database} />],
          ['Runs for', now && printDuration(uptime)]
        ]}
      />
    </Part>
  )
}
