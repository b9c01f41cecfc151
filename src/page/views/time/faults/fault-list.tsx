import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Fault } from '../../../../schema/fault.js'
import { client } from '../../../emulator/client.js'
import { deliveries, faults } from '../../../emulator/contents.js'
import { Failed, useAction } from '../../../parts/action.js'
import { Button, CopyButton } from '../../../parts/button.js'
import { Tag } from '../../../parts/marks.js'
import { Text } from '../../../parts/text.js'
import { parameter } from '../../../route.js'
import { WebhookLink } from '../links.js'
import { sentenceOf } from './sentence.js'

/** The held webhooks of a fault that are listed. */
const LISTED = 20

/** The faults, each with its counts as they change, and the webhooks that it holds. */
export function FaultList(): JSX.Element {
  const all = faults.all.value
  const action = useAction()
  const selected = parameter('fault')
  return (
    <>
      {selected !== undefined && !all.some(({ id }) => id === selected) && (
        <p class="muted">
          Fault <Text value={selected} /> does not exist any more.
        </p>
      )}
      {all.length === 0 && <p class="muted">None: every request and every webhook goes through.</p>}
      <ul class="fault-list state-rows lined" aria-label="Faults">
        {all.map(fault => (
          <Row key={fault.id} fault={fault} isSelected={fault.id === selected} />
        ))}
      </ul>
      {all.length > 1 && (
        <div class="row">
          <Button kind="danger" icon="trash" onClick={() => void action.run(client.faults.clear)}>
            Remove all
          </Button>
        </div>
      )}
      <Failed of={action} />
    </>
  )
}

function Row({ fault, isSelected }: { fault: Fault; isSelected: boolean }): JSX.Element {
  const action = useAction()
  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isSelected) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isSelected])
  const { id, on, do: effect, times, skip, seen, hits, remaining, held } = fault
  const request = { on, ...(times !== null && { times }), ...(skip > 0 && { skip }), do: effect }
  return (
    <li ref={row} class={isSelected ? 'selected' : ''} aria-current={isSelected ? 'true' : undefined}>
      <div class="fault-head">
        <span class="fault-sentence">
          <span class="muted">{id}</span> <Text value={sentenceOf(fault)} long />{' '}
          {remaining === 0 && <Tag>exhausted</Tag>}
        </span>
        <CopyButton text={JSON.stringify(request, null, 2)} what={`the request of fault ${id}`} />
        <Button
          icon="trash"
          kind="quiet"
          title={held.length > 0 ? `Remove fault ${id}: its held webhooks are sent` : `Remove fault ${id}`}
          disabled={action.isRunning.value}
          onClick={() => void action.run(() => client.faults.remove(id))}
        />
      </div>
      <div class="row">
        <dl class="fault-counts figure">
          <Count name="seen" value={seen} title="Requests or webhooks that matched" />
          <Count name="hits" value={hits} title="How often it took effect" />
          <Count name="remaining" value={remaining ?? 'no end'} title="How many hits are left" />
          {held.length > 0 && <Count name="held" value={held.length} title="Webhooks that it holds" />}
        </dl>
        {effect.hold && (
          <Button
            kind={held.length > 0 ? 'primary' : 'plain'}
            disabled={held.length === 0 || action.isRunning.value}
            onClick={() => void action.run(() => client.faults.release(id))}
          >
            Release
          </Button>
        )}
      </div>
      {held.length > 0 && (
        <ul class="fault-held state-rows" aria-label={`Webhooks that fault ${id} holds`}>
          {held.slice(0, LISTED).map(webhook => {
            const delivery = deliveries.find(webhook)
            return <li key={webhook}>{delivery ? <WebhookLink {...delivery} /> : `webhook ${webhook}`}</li>
          })}
          {held.length > LISTED && <li class="muted">and {held.length - LISTED} more</li>}
        </ul>
      )}
      <Failed of={action} />
    </li>
  )
}

const Count = ({ name, value, title }: { name: string; value: number | string; title: string }): JSX.Element => (
  <div title={title}>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)
