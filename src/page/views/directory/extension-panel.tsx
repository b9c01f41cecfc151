import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { EXTENSION_KINDS, type Extension } from '../../../schema/directory.js'
import { client } from '../../emulator/client.js'
import { events } from '../../emulator/contents.js'
import { readEvents } from '../../emulator/load.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Confirm } from '../../parts/confirm.js'
import { Facts, Part } from '../../parts/detail.js'
import { codeAndLabel } from '../../parts/labels.js'
import { Go } from '../../parts/link.js'
import { Tag } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { openView } from '../../route.js'
import { isDialOpen } from '../calls/dial-pad.js'
import { CopyId } from './copy-id.js'
import { EventForm } from './event-form.js'
import { PhoneForm } from './phone-form.js'

/** An extension with its events, and how its phone behaves. */
export function ExtensionPanel({ extension }: { extension: Extension }): JSX.Element {
  const { number, owner, kind, name = '', publicNumber, publicNumbers = publicNumber ? [publicNumber] : [] } = extension
  const call = () => {
    isDialOpen.value = true
    openView('calls', { to: number })
  }
  return (
    <>
      <Facts
        rows={[
          ['Number', <CopyId id={number} />],
          ['Name', <Text value={name} long />],
          ['Kind', EXTENSION_KINDS[kind].label],
          ['Public', publicNumbers.length > 0 && publicNumbers.map(one => <CopyId key={one} id={one} />)],
          [
            'Owner',
            <Go to="directory" parameters={{ user: owner }}>
              {owner}
            </Go>
          ]
        ]}
      />
      <div class="row">
        <Button icon="phone" onClick={call}>
          Call it
        </Button>
        {EXTENSION_KINDS[kind].hasPhoneCallEvents && (
          <Go class="button" to="webhooks" parameters={{ catch: 'page', extension: number }}>
            Catch here
          </Go>
        )}
      </div>
      {EXTENSION_KINDS[kind].hasPhoneCallEvents && <Events extension={number} />}
      {kind === 'phoneTerminal' && (
        <Part title="Phone">
          <PhoneForm number={number} />
        </Part>
      )}
    </>
  )
}

/** The phone call events of an extension. */
function Events({ extension }: { extension: string }): JSX.Element {
  const isAdding = useSignal(false)
  const action = useAction()
  const list = events.value.filter(event => event.extension === extension)
  const removeAll = () =>
    action.run(async () => {
      await client.events.removeAll({ extension })
      const show = await readEvents()
      show()
    })
  return (
    <Part title="Phone call events" aside={String(list.length)}>
      <ul class="directory-list">
        {list.slice(0, 100).map(({ id, type, status, method, url }) => (
          <li key={id}>
            <Go to="directory" parameters={{ event: id }}>
              {codeAndLabel(type)}
            </Go>{' '}
            {status === '0' ? <Tag>disarmed</Tag> : <Tag tone="good">armed</Tag>}{' '}
            <code>
              {method === '0' ? 'GET' : 'POST'} <Text value={url} />
            </code>
          </li>
        ))}
      </ul>
      {list.length > 100 && <p class="muted">… and {list.length - 100} more.</p>}
      <div class="row">
        {!isAdding.value && (
          <Button icon="plus" onClick={() => void (isAdding.value = true)}>
            Event
          </Button>
        )}
        {list.length > 0 && (
          <Confirm
            label="Remove all events"
            icon="trash"
            question={`Remove ${list.length === 1 ? 'the event' : `all ${list.length} events`} of ${extension}?`}
            confirm="Remove"
            onConfirm={() => void removeAll()}
          />
        )}
      </div>
      <Failed of={action} />
      {isAdding.value && <EventForm extension={extension} onDone={() => void (isAdding.value = false)} />}
    </Part>
  )
}
