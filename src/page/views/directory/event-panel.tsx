import type { JSX } from 'preact'
import type { ListedEvent } from '../../../schema/fixture.js'
import { client } from '../../emulator/client.js'
import { deliveries } from '../../emulator/contents.js'
import { readEvents } from '../../emulator/load.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Confirm } from '../../parts/confirm.js'
import { Facts, Part } from '../../parts/detail.js'
import { codeAndLabel } from '../../parts/labels.js'
import { Go } from '../../parts/link.js'
import { CopyId } from './copy-id.js'
import { EventForm } from './event-form.js'
import { select } from './select.js'

/** A phone call event: armed or not, and its members to change. */
export function EventPanel({ event }: { event: ListedEvent }): JSX.Element {
  const { id, extension, type, status, modified } = event
  const action = useAction()
  const isArmed = status === '1'
  const webhooks = deliveries.all.value.filter(({ eventId }) => eventId === id).length
  const act = (change: () => Promise<unknown>) =>
    action.run(async () => {
      await change()
      const show = await readEvents()
      show()
      return true
    })
  const remove = async () => {
    if (await act(() => client.events.remove(id))) select('extension', extension)
  }
  return (
    <>
      <Facts
        rows={[
          ['Id', <CopyId id={id} />],
          [
            'Extension',
            <Go to="directory" parameters={{ extension }}>
              {extension}
            </Go>
          ],
          ['Type', codeAndLabel(type)],
          ['State', isArmed ? 'armed: it fires' : 'disarmed: it does not fire'],
          ['Modified', modified],
          [
            'Webhooks',
            <Go to="webhooks" parameters={{ eventId: id }}>
              {String(webhooks)}
            </Go>
          ]
        ]}
      />
      <div class="row">
        <Button onClick={() => void act(() => client.events.change(id, { status: isArmed ? '0' : '1' }))}>
          {isArmed ? 'Disarm' : 'Arm'}
        </Button>
        <Confirm
          label="Delete"
          icon="trash"
          kind="danger"
          question="Delete this event?"
          confirm="Delete it"
          onConfirm={() => void remove()}
        />
      </div>
      <Failed of={action} />
      <Part title="Change">
        <EventForm extension={extension} event={event} onDone={() => {}} />
      </Part>
    </>
  )
}
