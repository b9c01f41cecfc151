import type { Extension, User } from '../../../schema/directory.js'
import { findEventType } from '../../../schema/event-type.js'
import type { EventList } from '../../../schema/fixture.js'
import { METHODS } from '../../../schema/phone-call-event.js'
import { foldLines } from '../../terminal/fold.js'
import type { Page } from '../../terminal/page.js'
import { type Cell, createTable, fitColumns } from '../../terminal/table.js'

/** A list of phone call events as a table. */
export function renderEvents({ events, total }: Pick<EventList, 'events' | 'total'>, page: Page): string {
  if (events.length === 0) return foldLines(NO_EVENT, page.width)
  const rows = events.map(({ id, extension, type, status, method, url, note }) => [
    id,
    extension,
    `${type} ${findEventType(type)?.name ?? ''}`,
    status === '1' ? 'enabled' : 'disabled',
    note,
    `${method === METHODS.GET ? 'GET' : 'POST'} ${url}`
  ])
  const table = renderTable(['id', 'extension', 'type', 'status', 'note', 'request'], rows, page)
  return total > events.length ? `${table}\nThe newest ${events.length} of ${total}.\n` : table
}

const NO_EVENT =
  'No such phone call event. uapi-emulator events add adds one, and so does Create of the PhoneCallEvents service.\n'

/** A list of users as a table. */
export function renderUsers(users: readonly User[], page: Page): string {
  if (users.length === 0) return 'No users.\n'
  const rows = users.map(({ id, role, organization, name }) => [id, role, organization ?? '', name])
  return renderTable(['id', 'role', 'organization', 'name'], rows, page)
}

/** A list of extensions as a table. */
export function renderExtensions(extensions: readonly Extension[], page: Page): string {
  if (extensions.length === 0) return 'No extensions.\n'
  const rows = extensions.map(({ number, owner, kind, name = '', publicNumber, publicNumbers }) => [
    number,
    owner,
    kind,
    [...new Set([publicNumber ?? [], publicNumbers ?? []].flat())].join(', '),
    name
  ])
  return renderTable(['number', 'owner', 'kind', 'public numbers', 'name'], rows, page)
}

function renderTable(names: readonly string[], rows: readonly (readonly Cell[])[], page: Page): string {
  const texts = rows.map(row => row.map(cell => (typeof cell === 'string' ? cell : cell.text)))
  const columns = names.map((name, index) => ({ name, width: index === names.length - 1 ? 0 : name.length }))
  const { head, row } = createTable(fitColumns(columns, texts))
  return head(page) + rows.map(cells => row(cells, page)).join('')
}
