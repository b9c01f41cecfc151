import { ControlError } from '../../domain/errors/control.js'
import type { App } from '../../schema/directory.js'
import { type AppChange, type ChangedApp, type Directory, type ListedApp, MASK } from '../../schema/state.js'
import type { Store } from '../../store/store.js'
import type { EventSource } from '../watch/event-source.js'

/** Changes of apps at run time. @source control-api.md "State"; contract §7 (vendor's page on apps) @assumed 0009 */
export interface AppService {
  /**
   * Disables or enables an app, or gives it another secret, which ends its access tokens, refresh tokens and codes.
   * @throws ControlError `app_unknown`
   */
  change(clientId: string, change: AppChange): ChangedApp
}

/** Stores the change until the state is replaced. Publishes `state`. */
export const createAppService = ({ store, eventSource }: { store: Store; eventSource: EventSource }): AppService => ({
  change(clientId, { disabled, clientSecret }) {
    const changed = store.write(() => {
      const { directory, credentials, grants } = store
      const found = directory.findApp(clientId)
      if (found === undefined) throw new ControlError('app_unknown')
      const app: App = {
        ...found,
        ...(disabled !== undefined && { disabled }),
        ...(clientSecret !== undefined && { clientSecret })
      }
      directory.saveApp(app)
      if (app.clientSecret !== found.clientSecret) {
        credentials.revokeTokens({ clientId })
        grants.remove({ clientId })
      }
      return { ...withoutSecret(app), disabled: app.disabled ?? false }
    })
    eventSource.publish('state', { change: 'apps' })
    return changed
  }
})

/** Lists organizations, users, extensions and apps; the secrets of apps are masked. @source control-api.md "State" */
export const createListDirectory =
  ({ directory }: Store): (() => Directory) =>
  () => ({
    organizations: directory.organizations(),
    users: directory.users(),
    extensions: directory.extensions(),
    apps: directory.apps().map(withoutSecret)
  })

const withoutSecret = (app: App): ListedApp => ({ ...app, clientSecret: MASK })
