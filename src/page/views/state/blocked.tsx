import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { printDateTime } from '../../emulator/clock.js'
import { deliveries } from '../../emulator/contents.js'
import { CopyButton } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { Link } from '../../parts/link.js'
import { Text } from '../../parts/text.js'
import { hrefOf, openView } from '../../route.js'

/** The blocked webhooks to one origin. */
interface Blocked {
  origin: string
  count: number
  newest: { id: string; at: string | undefined }
  hint: string
  /** Those that the hint names: each lifts it. */
  flags: readonly string[]
}

/** The most origins that are listed. */
const LISTED = 50

/** Webhooks that the policy for callbacks has blocked, and the flag that allows each. */
export function BlockedWebhooks(): JSX.Element {
  const { value: list } = useComputed(groupBlocked)
  return (
    <Part title="Blocked webhooks">
      {list.length === 0 ? (
        <p class="muted">The policy for callbacks has blocked none.</p>
      ) : (
        <ul class="state-list state-rows lined" aria-label="Blocked webhooks">
          {list.slice(0, LISTED).map(({ origin, count, newest, hint, flags }) => (
            <li key={origin}>
              <div class="state-what">
                <code>
                  <Text value={origin} />
                </code>
                <span class="muted">
                  {count} {count === 1 ? 'webhook' : 'webhooks'}, newest{' '}
                  <Link
                    href={hrefOf('webhooks', { webhook: newest.id })}
                    onGo={() => openView('webhooks', { webhook: newest.id })}
                  >
                    {newest.at === undefined ? newest.id : printDateTime(newest.at)}
                  </Link>
                </span>
                <Text value={hint} long />
              </div>
              {flags.map(flag => (
                <CopyButton key={flag} text={flag} what={`the flag ${flag}`} kind="plain">
                  <Text value={flag} />
                </CopyButton>
              ))}
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}

function groupBlocked(): Blocked[] {
  const groups = new Map<string, Blocked>()
  for (const { id, state, request, attempts } of deliveries.all.value) {
    if (state !== 'blocked') continue
    const last = attempts.at(-1)
    const hint = last?.failure?.hint ?? ''
    const origin = originOf(request.url)
    const count = (groups.get(origin)?.count ?? 0) + 1
    const flags = hint.match(/--[a-z-]+ [^\s,]*[^\s,.]/g) ?? []
    groups.delete(origin) // the one with the newest comes last
    groups.set(origin, { origin, count, newest: { id, at: last?.at }, hint, flags })
  }
  return [...groups.values()].reverse()
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url)
