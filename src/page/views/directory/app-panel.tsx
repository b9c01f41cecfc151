import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Organization } from '../../../schema/directory.js'
import type { ListedApp } from '../../../schema/state.js'
import { client } from '../../emulator/client.js'
import { directory } from '../../emulator/contents.js'
import { readDirectory } from '../../emulator/load.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Facts, Part } from '../../parts/detail.js'
import { Field } from '../../parts/field.js'
import { Go } from '../../parts/link.js'
import { Text } from '../../parts/text.js'
import { CopyId, ToCopy } from './copy-id.js'

/** An app: enabled or not, and its secret, which can be replaced but not read. */
export function AppPanel({ app }: { app: ListedApp }): JSX.Element {
  const { clientId, name = '', user, trusted, redirectUris, disabled = false } = app
  const action = useAction()
  const secret = useSignal('')
  const kept = useSignal('')
  const change = (members: Parameters<typeof client.apps.change>[1]) =>
    action.run(async () => {
      await client.apps.change(clientId, members)
      const show = await readDirectory()
      show()
      return true
    })
  const replace = async () => {
    const next = secret.value
    if (!(await change({ clientSecret: next }))) return
    kept.value = next
    secret.value = ''
  }
  return (
    <>
      <Facts
        rows={[
          ['Client id', <CopyId id={clientId} />],
          ['Name', <Text value={name} long />],
          [
            'User',
            <Go to="directory" parameters={{ user }}>
              {user}
            </Go>
          ],
          ['Trusted', trusted ? 'yes: client_credentials is allowed' : 'no'],
          ['State', disabled ? 'disabled: it gets no tokens, and those that it has are refused' : 'enabled'],
          [
            'Redirects to',
            redirectUris.length > 0 &&
              redirectUris.map(uri => (
                <p key={uri}>
                  <Text value={uri} long />
                </p>
              ))
          ]
        ]}
      />
      <div class="row">
        <Button onClick={() => void change({ disabled: !disabled })}>{disabled ? 'Enable' : 'Disable'}</Button>
      </div>
      <Part title="New secret">
        <form
          class="form"
          onSubmit={event => {
            event.preventDefault()
            void replace()
          }}
        >
          <Field
            label="Secret"
            hint="It ends the tokens of the app, refresh tokens and authorization codes too."
            value={secret.value}
            mono
            onInput={value => void (secret.value = value)}
          />
          <div class="row">
            <Button type="submit" kind="primary" disabled={action.isRunning.value}>
              Replace the secret
            </Button>
            <Button
              onClick={() =>
                void (secret.value = crypto
                  .getRandomValues(new Uint8Array(16))
                  .reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), ''))
              }
            >
              Random
            </Button>
          </div>
        </form>
        {kept.value && <ToCopy name="The secret from now on, shown once" text={kept.value} />}
      </Part>
      <Failed of={action} />
    </>
  )
}

/** An organization and its users. */
export function OrganizationPanel({ organization: { id, name } }: { organization: Organization }): JSX.Element {
  const users = directory.value?.users.filter(({ organization }) => organization === id) ?? []
  return (
    <>
      <Facts
        rows={[
          ['Id', <CopyId id={id} />],
          ['Name', <Text value={name} long />]
        ]}
      />
      <Part title="Users">
        <ul class="directory-list">
          {users.slice(0, 100).map(user => (
            <li key={user.id}>
              <Go to="directory" parameters={{ user: user.id }}>
                <Text value={user.name} />
              </Go>{' '}
              <span class="muted">{user.role}</span>
            </li>
          ))}
        </ul>
        {users.length > 100 && <p class="muted">… and {users.length - 100} more.</p>}
      </Part>
    </>
  )
}
